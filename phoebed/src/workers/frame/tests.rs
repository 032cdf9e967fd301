//! Frames, whole and broken.

use proptest::prelude::*;

use super::*;

fn answer(id: u64, header: &str, body: &[u8]) -> Vec<u8> {
    answer_with(id, header, body, b"")
}

fn answer_with(id: u64, header: &str, body: &[u8], state: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    frame.put_u64(id);
    frame.put_u32(u32::try_from(header.len()).unwrap());
    frame.put_u64(body.len() as u64);
    frame.put_u64(state.len() as u64);
    frame.put_slice(header.as_bytes());
    frame.put_slice(body);
    frame.put_slice(state);
    frame
}

/// All answers of a stream that comes in pieces.
fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<Answer>, FrameError> {
    let (mut answers, mut buffer, mut seen) = (Answers::up_to(0), BytesMut::new(), Vec::new());
    for piece in pieces {
        buffer.extend_from_slice(piece);
        while let Some(answer) = answers.decode(&mut buffer)? {
            seen.push(answer);
        }
    }
    Ok(seen)
}

proptest! {
    #[test]
    fn answers_do_not_depend_on_how_the_stream_is_cut(
        bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..8),
        piece in 1_usize..64,
    ) {
        let header =
            r#"{"success":false,"error":"no","seconds":0.5,"state":"fast","engine":"e"}"#;
        let ids = 1_u64..;
        let stream: Vec<u8> = ids
            .zip(&bodies)
            .flat_map(|(id, body)| answer_with(id, header, body, &body[body.len() / 2..]))
            .collect();
        let seen = decode(stream.chunks(piece)).unwrap();
        prop_assert_eq!(seen.len(), bodies.len());
        for ((id, body), seen) in (1..).zip(&bodies).zip(seen) {
            let error = Some("no".to_owned());
            let body = Bytes::copy_from_slice(body);
            let bytes = body.slice(body.len() / 2..);
            let state = Some(State { form: Form::Fast, engine: Some("e".to_owned()), bytes });
            let (state_error, progress) = (None, None);
            let success = false;
            let expected = Answer { id, success, error, body, state, state_error, progress };
            prop_assert_eq!(seen, expected);
        }
    }

    #[test]
    fn garbage_is_an_error_or_waits_and_sets_no_memory_aside(
        bytes in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let (mut answers, mut buffer) = (Answers::up_to(1 << 30), BytesMut::from(&bytes[..]));
        let _ = answers.decode(&mut buffer);
        prop_assert!(buffer.capacity() <= 2 * GROWTH);
    }
}

#[test]
fn what_is_announced_beyond_the_limits_is_refused_before_it_comes() {
    let mut frame = answer(1, r#"{"success":true}"#, b"");
    frame[12..20].copy_from_slice(&u64::MAX.to_be_bytes());
    let error = decode([&frame[..]]).unwrap_err();
    assert!(matches!(error, FrameError::TooLarge { length: u64::MAX, limit: 65536 }));
    frame[12..20].copy_from_slice(&0_u64.to_be_bytes());
    frame[20..28].copy_from_slice(&(MAX_STATE + 1).to_be_bytes());
    let error = decode([&frame[..]]).unwrap_err();
    assert!(matches!(error, FrameError::StateTooLarge { limit: MAX_STATE, .. }));
    frame[8..12].copy_from_slice(&u32::MAX.to_be_bytes());
    assert!(matches!(decode([&frame[..]]).unwrap_err(), FrameError::Header(_)));
}

#[test]
fn a_header_that_is_not_one_is_an_error() {
    for header in ["", "{", "{}", "[true]", "null", r#"{"success":1}"#, r#"{"success":true}x"#] {
        let error = decode([&answer(1, header, b"{}")[..]]).unwrap_err();
        assert!(matches!(error, FrameError::Header(_)), "{header}");
    }
}

#[test]
fn a_state_is_what_the_header_says_or_an_error() {
    let header = r#"{"success":true,"state":"journal","engine":null,"state_error":null}"#;
    let state = decode([&answer_with(1, header, b"{}", b"entry")[..]]).unwrap()[0].state.clone();
    let bytes = Bytes::from_static(b"entry");
    assert_eq!(state, Some(State { form: Form::Journal, engine: None, bytes }));
    let header = r#"{"success":true,"state":null,"state_error":"too large"}"#;
    let seen = decode([&answer(1, header, b"{}")[..]]).unwrap();
    assert_eq!((&seen[0].state, seen[0].state_error.as_deref()), (&None, Some("too large")));
    for header in [header, r#"{"success":true,"state":"pickle"}"#] {
        let error = decode([&answer_with(1, header, b"{}", b"x")[..]]).unwrap_err();
        assert!(matches!(error, FrameError::Header(_)), "{header}");
    }
}

#[test]
fn a_stream_that_ends_within_an_answer_has_failed() {
    let frame = answer(1, r#"{"success":true}"#, b"{}");
    for length in 1..frame.len() {
        let (mut answers, mut buffer) = (Answers::up_to(0), BytesMut::from(&frame[..length]));
        let end = answers.decode(&mut buffer).and_then(|_| answers.decode_eof(&mut buffer));
        assert!(matches!(end, Err(FrameError::Io(_))), "{length} bytes");
    }
    let (mut answers, mut buffer) = (Answers::up_to(0), BytesMut::from(&frame[..]));
    assert!(answers.decode_eof(&mut buffer).unwrap().is_some());
    assert!(answers.decode_eof(&mut buffer).unwrap().is_none());
}

#[test]
fn a_buffer_that_grew_large_is_let_go() {
    let frame = answer(1, r#"{"success":true}"#, &vec![b'x'; 4 << 20]);
    let (mut answers, mut buffer) = (Answers::up_to(8 << 20), BytesMut::from(&frame[..]));
    let seen = answers.decode(&mut buffer).unwrap().unwrap();
    assert_eq!((seen.body.len(), buffer.capacity()), (4 << 20, 0));
}
