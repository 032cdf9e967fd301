//! Request bodies: accepted if and only if they are one JSON object, and handed on unchanged.

use std::collections::BTreeSet;

use bytes::Bytes;
use phoebed::fuzzing::{Refusal, auth_body, command_body, metadata_body};

use crate::json::Json;
use crate::wait;

/// Checks what becomes of `input` as the body of each kind of request.
pub fn check(input: &[u8]) {
    let body = Bytes::copy_from_slice(input);
    let json = Json::read(input);
    let object = json.as_ref().filter(|json| json.members().is_some());

    match (wait(command_body(body.clone())), object) {
        (Ok((name, bytes)), Some(object)) => {
            assert_eq!(bytes, input, "the worker gets other bytes than the client sent");
            let command = object.member("command").and_then(Json::text);
            assert_eq!(name.as_deref(), command, "the command's name");
        }
        (Err(refusal), None) => right_refusal(input, json.is_some(), &refusal),
        (Ok(_), None) => panic!("a command that is no JSON object is accepted"),
        (Err(refusal), Some(_)) => panic!("a command is refused: {refusal:?}"),
    }

    match (wait(auth_body(body.clone())), object.and_then(Json::members)) {
        (Ok(names), Some(members)) => {
            let expected: BTreeSet<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names.iter().map(String::as_str).collect::<BTreeSet<_>>(), expected);
        }
        (Err(refusal), None) => right_refusal(input, json.is_some(), &refusal),
        (Ok(_), None) => panic!("an auth request that is no JSON object is accepted"),
        (Err(refusal), Some(_)) => panic!("an auth request is refused: {refusal:?}"),
    }

    let blank = matches!(input.trim_ascii(), b"" | b"null");
    match wait(metadata_body(body)) {
        Ok(()) => assert!(blank || object.is_some(), "a start takes what is no JSON object"),
        // Of an object, some member may be of the wrong type.
        Err(refusal) => {
            assert!(!blank, "a start without a body is refused: {refusal:?}");
            right_refusal(input, json.is_some(), &refusal);
        }
    }
}

/// A refusal says what it is in the words of the contract, and points into the body.
fn right_refusal(input: &[u8], is_json: bool, (status, answer): &Refusal) {
    let answer = Json::read(answer).expect("a refusal is JSON");
    let detail = answer.member("detail").expect("a refusal has a detail");
    if std::str::from_utf8(input).is_err() {
        assert_eq!(*status, 400, "not text: {answer:?}");
        return;
    }
    assert_eq!(*status, 422, "{answer:?}");
    let Json::List(items) = detail else { panic!("{answer:?}") };
    for item in items {
        let kind = item.member("type").and_then(Json::text).expect("an item has a type");
        assert!(!(is_json && kind == "json_invalid"), "this is JSON: {answer:?}");
        let Some(Json::List(place)) = item.member("loc") else { panic!("{answer:?}") };
        for step in place {
            if let Json::Number(offset) = step {
                let offset: usize = offset.parse().expect("an offset is a whole number");
                assert!(offset <= input.len(), "{offset} lies outside of the body");
            }
        }
    }
}
