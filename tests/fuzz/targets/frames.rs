//! Answers of a worker: the same however the stream is cut, as the layout says, and without memory
//! for bytes that have not come.

use bytes::{Buf, BytesMut};
use phoebed::fuzzing::{Answer, Answers, FrameError};
use tokio_util::codec::Decoder;

use crate::json::Json;

/// Bytes before the header.
const PREFIX: usize = 28;
/// The largest header, in bytes.
const LARGEST_HEADER: usize = 64 * 1024;
/// The result's limit, and what is allowed around it.
const LIMIT: u64 = 4 * 1024 * 1024;
const LARGEST_BODY: u64 = LIMIT + 64 * 1024;
/// The largest state, in bytes.
const LARGEST_STATE: u64 = 1 << 30;
/// What a state can be.
const FORMS: [&str; 3] = ["journal", "fast", "portable"];
/// A buffer grows by as much at a time, and a vector doubles.
const GROWTH: usize = 1024 * 1024;

/// Checks what the daemon reads from a worker that sends `input` and closes its end.
pub fn check(input: &[u8]) {
    let whole = read([input]);
    expect(input, &whole);
    let thin = read(input.chunks(1));
    let mixed = read(input.chunk_by(|a, b| a <= b));
    for (how, cut) in [("byte by byte", thin), ("at its descents", mixed)] {
        assert_eq!(cut, whole, "the stream cut {how}");
    }
}

/// The answers of a stream, and why it ended if not well.
type Read = (Vec<Answer>, Option<String>);

fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Read {
    let (mut decoder, mut buffer, mut came) = (Answers::up_to(LIMIT), BytesMut::new(), 0);
    let mut answers = Vec::new();
    let mut take = |next: Result<Option<Answer>, FrameError>| match next {
        Ok(Some(answer)) => {
            answers.push(answer);
            None
        }
        Ok(None) => Some(None),
        Err(error) => Some(Some(error.to_string())),
    };
    let mut end = None;
    for piece in pieces {
        buffer.extend_from_slice(piece);
        came += piece.len();
        let stop = std::iter::repeat_with(|| {
            let next = decoder.decode(&mut buffer);
            let room = buffer.capacity();
            assert!(room <= 2 * (came + GROWTH), "{room} bytes set aside when {came} came");
            take(next)
        });
        end = stop.flatten().next().flatten();
        if end.is_some() {
            return (answers, end);
        }
    }
    end = end.or_else(|| {
        std::iter::repeat_with(|| take(decoder.decode_eof(&mut buffer))).flatten().next().flatten()
    });
    (answers, end)
}

/// Reads the layout by hand and compares.
fn expect(mut stream: &[u8], (answers, end): &Read) {
    let mut answers = answers.iter();
    let end = end.as_deref().unwrap_or("");
    while !stream.is_empty() {
        if stream.len() < PREFIX {
            return assert!(answers.next().is_none() && !end.is_empty(), "an end in a prefix");
        }
        let (id, header, body) = (stream.get_u64(), stream.get_u32() as usize, stream.get_u64());
        let state = stream.get_u64();
        if header > LARGEST_HEADER || body > LARGEST_BODY || state > LARGEST_STATE {
            assert!(answers.next().is_none(), "an answer beyond the limits");
            return assert!(end.contains("the limit is"), "a frame beyond the limits: {end}");
        }
        let (body, state) = (body as usize, state as usize);
        if stream.len() < header + body + state {
            return assert!(answers.next().is_none() && !end.is_empty(), "an end in a frame");
        }
        let (header, rest) = stream.split_at(header);
        let (body, rest) = rest.split_at(body);
        let (state, rest) = rest.split_at(state);
        stream = rest;
        let Some(answer) = answers.next() else {
            assert!(end.contains("is not understood"), "an answer is lost: {end}");
            let header = Json::read(header).filter(|it| it.member("progress").is_none());
            let meaning = header.and_then(|header| meaning(&header, state));
            return assert!(meaning.is_none(), "a right header is refused: {end}");
        };
        assert_eq!((answer.id, &answer.body[..]), (id, body));
        assert_eq!(answer.state.as_ref().map_or(&b""[..], |kept| &kept.bytes[..]), state);
        assert_eq!(header.trim_ascii_start().first(), Some(&b'{'), "a header that is no object");
        // Members that nobody asked for may be what strict readers refuse.
        if let Some(header) = Json::read(header)
            && header.member("progress").is_none()
        {
            let meaning = meaning(&header, state).expect("a header with a meaning");
            assert_eq!((answer.success, answer.error.clone()), meaning);
        }
    }
    assert!(answers.next().is_none() && end.is_empty(), "more than was sent: {end}");
}

/// `success` and `error` of a header that is right beside such a state.
fn meaning(header: &Json, state: &[u8]) -> Option<(bool, Option<String>)> {
    let Some(Json::Bool(success)) = header.member("success") else { return None };
    let text = |name| match header.member(name) {
        None | Some(Json::Null) => Some(None),
        Some(text) => Some(Some(text.text()?.to_owned())),
    };
    let (error, form) = (text("error")?, text("state")?);
    text("engine")?;
    text("state_error")?;
    let known = form.as_deref().map_or(state.is_empty(), |form| FORMS.contains(&form));
    let members = ["success", "error", "state", "engine", "state_error"];
    (known && !header.repeats(&members)).then_some((*success, error))
}
