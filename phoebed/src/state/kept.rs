//! States on their way to the disk and back: compression and checksums.
//!
//! The daemon never looks into a state. The checksum is SHA-256 cut to 16 bytes: in hardware it
//! costs under a millisecond for a megabyte, it misses no damage (one of 4 billion would pass a
//! CRC), and it binds the bytes to their session, number, form and engine, so that a row in a
//! wrong place is damage too.

use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;

use super::room::Place;

const CHECKSUM_BYTES: usize = 16;
const LEVEL: i32 = 1;

/// What a session ships to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// Repeats one change, after what was kept before.
    Journal(Bytes),
    /// The whole session.
    Snapshot {
        /// Who can read it.
        form: SnapshotForm,
        /// Who made it.
        engine: String,
        /// The snapshot itself.
        bytes: Bytes,
    },
}

/// Who can read a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnapshotForm {
    /// The same engine.
    Fast,
    /// Any engine. It is no change: it shows the session as it is after all that was kept before,
    /// so one that was overtaken by a change must not be kept.
    Portable,
}

impl SnapshotForm {
    /// Its name in the database.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Portable => "portable",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::Fast, Self::Portable].into_iter().find(|form| form.name() == name)
    }
}

/// The newest state of a session that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Who can read the snapshot.
    pub form: SnapshotForm,
    /// The snapshot.
    pub bytes: Bytes,
    /// What came after it, in order.
    pub journal: Vec<Bytes>,
    /// What is kept for any engine is older than this, or not there.
    pub portable_is_old: bool,
    /// What is lost and why, if this is not the latest state, or if damage was found.
    pub damage: Option<String>,
}

impl Kept {
    /// Its bytes before compression.
    pub(super) fn bytes(&self) -> &Bytes {
        match self {
            Self::Journal(bytes) | Self::Snapshot { bytes, .. } => bytes,
        }
    }
}

/// What the writer puts into a row.
pub(super) struct Packed {
    /// None for a journal entry.
    pub snapshot: Option<(SnapshotForm, String)>,
    pub content: Bytes,
    digest: [u8; 32],
    /// The room that it takes until it is on the disk.
    _place: Place,
}

/// Which row some content belongs into.
pub(super) struct Label<'a> {
    pub session_id: &'a str,
    pub seq: i64,
    /// Form and engine; none for a journal entry.
    pub snapshot: Option<(SnapshotForm, &'a str)>,
}

impl Packed {
    /// Compresses a snapshot and takes the checksum; for a blocking thread. Journal entries are
    /// too short to gain from compression.
    pub(super) fn new(kept: Kept, place: Place) -> std::io::Result<Self> {
        let (snapshot, content) = match kept {
            Kept::Journal(entry) => (None, entry),
            Kept::Snapshot { form, engine, bytes } => {
                let compressed = zstd::bulk::compress(&bytes, LEVEL)?;
                (Some((form, engine)), Bytes::from(compressed))
            }
        };
        let digest = digest(&content);
        Ok(Self { snapshot, content, digest, _place: place })
    }

    /// The checksum of the row that it goes into, whose number only the writer knows.
    pub(super) fn checksum(&self, session_id: &str, seq: i64) -> Vec<u8> {
        let snapshot = self.snapshot.as_ref().map(|(form, engine)| (*form, engine.as_str()));
        seal(&Label { session_id, seq, snapshot }, &self.digest)
    }
}

/// Whether the content is what was put into this row.
pub(super) fn is_whole(label: &Label<'_>, content: &[u8], checksum: &[u8]) -> bool {
    seal(label, &digest(content)) == checksum
}

/// The snapshot of compressed bytes whose checksum is right.
pub(super) fn unpack(compressed: &[u8]) -> std::io::Result<Bytes> {
    zstd::stream::decode_all(compressed).map(Bytes::from)
}

fn digest(content: &[u8]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    context.update(content);
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    digest
}

fn seal(label: &Label<'_>, content: &[u8; 32]) -> Vec<u8> {
    let (form, engine) = match label.snapshot {
        Some((form, engine)) => (form.name(), engine),
        None => ("journal", ""),
    };
    let mut context = Context::new(&SHA256);
    for text in [label.session_id, form, engine] {
        // With its length, so that no two labels read the same.
        context.update(&(text.len() as u64).to_le_bytes());
        context.update(text.as_bytes());
    }
    context.update(&label.seq.to_le_bytes());
    context.update(content);
    context.finish().as_ref()[..CHECKSUM_BYTES].to_vec()
}
