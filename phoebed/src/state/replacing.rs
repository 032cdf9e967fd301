//! A damaged database is set aside, with a new one in its place.
//!
//! ```text
//!   damaged, no new one ──▶ damaged, new one being made ──▶ set aside, new one whole ──▶ in place
//!            ▲      killed: made anew │                       killed: │ put in place ▲
//!            └────────────────────────┘                               └──────────────┘
//! ```

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::error::StateError;
use super::opening::{OpenReport, make_file, open_migrated, sync_folder};
use super::options::Durability;
use super::salvage::salvage;
use crate::store::side_file;

/// The file and its companions.
const SUFFIXES: [&str; 3] = ["", "-wal", "-shm"];

/// Makes a new database of what can still be read of the damaged one, and exchanges them.
pub(super) fn replace(
    path: &Path,
    durability: Durability,
    why: &str,
) -> Result<OpenReport, StateError> {
    let new = new_name(path);
    for suffix in SUFFIXES {
        let left = side_file(&new, suffix);
        match fs::remove_file(&left) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(StateError::from_io(&left, "remove", error));
            }
            _ => {}
        }
    }
    make_file(&new)?;
    let mut connection = open_migrated(&new, durability)?;
    let salvaged = salvage(path, &new, &mut connection)?;
    // Whole without its log: only the file is renamed.
    let sql = |error| StateError::from_sqlite(&new, "close", error);
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(sql)?;
    connection.close().map_err(|(_, error)| sql(error))?;
    let aside = set_aside(path)?;
    finish_replacing(path)?;
    log::error!(path:% = path.display(), kept_as:% = aside.display(), why, sessions = salvaged;
        "the state database is damaged and was set aside; what could be read of it is in a new \
        one, `sqlite3 FILE .recover` may find more in the file that was set aside");
    Ok(OpenReport { created: true, set_aside: Some(aside), salvaged })
}

/// Puts a new database in its place, if one is ready for that.
pub(super) fn finish_replacing(path: &Path) -> Result<(), StateError> {
    let new = new_name(path);
    // As long as there is a damaged one, the new one may be half made.
    if path.exists() || !new.exists() {
        return Ok(());
    }
    if SUFFIXES.iter().any(|suffix| side_file(path, suffix).exists()) {
        set_aside(path)?;
    }
    fs::rename(&new, path).map_err(|error| StateError::from_io(&new, "rename", error))?;
    sync_folder(path)
}

fn new_name(path: &Path) -> PathBuf {
    side_file(path, ".new")
}

/// Moves the file and its log away under a dated name; answers the name.
fn set_aside(path: &Path) -> Result<PathBuf, StateError> {
    let stamp = jiff::Timestamp::now().strftime("%Y-%m-%dT%H%M%SZ").to_string();
    let name = |turn: u32| match turn {
        1 => side_file(path, &format!(".damaged-{stamp}")),
        turn => side_file(path, &format!(".damaged-{stamp}.{turn}")),
    };
    let is_free = |name: &PathBuf| !name.exists() && !side_file(name, "-wal").exists();
    let aside = (1..).map(name).find(is_free).unwrap_or_else(|| name(1));
    for suffix in SUFFIXES {
        let (from, to) = (side_file(path, suffix), side_file(&aside, suffix));
        match fs::rename(&from, &to) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(StateError::from_io(&from, "set aside", error));
            }
            _ => {}
        }
    }
    Ok(aside)
}
