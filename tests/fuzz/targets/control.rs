//! Messages from the zygote: what is understood is what was said, and one that is not understood
//! harms no other.

use std::os::fd::AsFd;

use nix::unistd::write;
use phoebed::fuzzing::ZygoteChannel;

use crate::json::Json;
use crate::wait;

/// The largest message that the daemon takes, in bytes.
const LARGEST: usize = 64 * 1024;

/// Checks what the daemon understands when the zygote sends `input` in one packet.
pub fn check(input: &[u8]) {
    // The kernel would not take much more in one packet.
    let input = &input[..input.len().min(LARGEST + 1)];
    let (heard, next) = wait(async {
        let (ours, theirs) = ZygoteChannel::pair().expect("a socket pair");
        for packet in [input, br#"{"event":"forked","worker":1,"pid":2}"#] {
            write(theirs.as_fd(), packet).expect("room for a packet");
        }
        (ours.receive().await, ours.receive().await)
    });
    let next = next.expect("a message after another").expect("a message");
    assert_eq!(next, "Forked { worker: 1, pid: 2 }");

    let heard = match heard {
        Ok(None) => return assert!(input.is_empty(), "taken for the end of the stream"),
        Ok(Some(heard)) => Some(heard),
        Err(_) => None,
    };
    assert!(!input.is_empty() && (heard.is_none() || input.len() <= LARGEST));
    // What is no object with a named event, our zygote never says.
    let said = Json::read(input);
    let named = |json: &&Json| json.member("event").and_then(Json::text).is_some();
    let Some(said) = said.as_ref().filter(named) else { return };
    match (meaning(said), heard) {
        (Some(meaning), Some(heard)) => assert!(heard.starts_with(&meaning), "{heard}: {meaning}"),
        (None, None) => {}
        (None, Some(heard)) => panic!("{said:?} is understood as {heard}"),
        (Some(meaning), None) => assert!(input.len() > LARGEST, "not understood: {meaning}"),
    }
}

/// How a message begins in the log, by what `phoebed/worker/README.md` says of messages.
fn meaning(said: &Json) -> Option<String> {
    let number = |name| match said.member(name) {
        Some(Json::Number(digits)) => Some(digits.as_str()),
        _ => None,
    };
    let worker = || number("worker").and_then(|digits| digits.parse::<u64>().ok());
    let error = said.member("error").and_then(Json::text);
    let (meaning, names): (_, &[&str]) = match said.member("event").and_then(Json::text)? {
        "ready" => {
            let text = |name| said.member(name).and_then(Json::text);
            let (phoebe, python) = (text("phoebe")?, text("python")?);
            let lists = ["passbands", "paths"].map(|name| said.member(name));
            let seconds = said.member("seconds");
            let right = lists.into_iter().flatten().all(is_list_of_texts)
                && seconds.is_none_or(|seconds| matches!(seconds, Json::Number(_)));
            let meaning = format!("Ready(EngineInfo {{ phoebe: {phoebe:?}, python: {python:?}, ");
            (right.then_some(meaning)?, &["phoebe", "python", "passbands", "paths", "seconds"])
        }
        "failed" => {
            let traceback = optional(said.member("traceback"), Json::text)?;
            let meaning = format!("Failed {{ error: {:?}, traceback: {traceback:?} }}", error?);
            (meaning, &["error", "traceback"])
        }
        "forked" => {
            let pid: i32 = number("pid")?.parse().ok()?;
            (format!("Forked {{ worker: {}, pid: {pid} }}", worker()?), &["worker", "pid"])
        }
        "fork_failed" => {
            let worker = optional(said.member("worker"), |_| worker())?;
            let meaning = format!("ForkFailed {{ worker: {worker:?}, error: {:?} }}", error?);
            (meaning, &["worker", "error"])
        }
        _ => return None,
    };
    (!said.repeats(names) && !said.repeats(&["event"])).then_some(meaning)
}

/// A member that may be missing or null; the outer `None` is for a wrong one.
fn optional<'a, T>(
    member: Option<&'a Json>,
    read: impl Fn(&'a Json) -> Option<T>,
) -> Option<Option<T>> {
    match member {
        None | Some(Json::Null) => Some(None),
        Some(other) => read(other).map(Some),
    }
}

fn is_list_of_texts(json: &Json) -> bool {
    matches!(json, Json::List(items) if items.iter().all(|item| item.text().is_some()))
}
