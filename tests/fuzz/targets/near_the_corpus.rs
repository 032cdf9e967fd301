//! The fuzz targets with inputs that differ a little from those of the corpus: random bytes are
//! hardly ever JSON or TOML.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Pieces on which readers of JSON, TOML and frames turn.
const PIECES: &[&str] = &[
    "\"",
    "'",
    "'''",
    "\"\"\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "\n",
    "\r",
    "\t",
    " ",
    "\0",
    "\u{1b}",
    "\u{feff}",
    "\u{85}",
    "é",
    "{",
    "}",
    "[",
    "]",
    "[[",
    "]]",
    "{}",
    "[]",
    ":",
    ",",
    "=",
    ".",
    "#",
    "-",
    "0",
    "1",
    "9",
    "1e999",
    "1e-10",
    "0.1",
    "0x7f",
    "inf",
    "nan",
    "null",
    "true",
    "false",
    "9223372036854775808",
    "18446744073709551616",
    "\"command\"",
    "server",
    "admin",
    "1979-05-27",
    "\0\0\0\0",
    "\0\0\0\u{1}",
];

/// One change: where, how much goes, and what comes.
#[derive(Debug, Clone)]
struct Change {
    at: Index,
    removed: usize,
    added: Vec<u8>,
}

fn change() -> impl Strategy<Value = Change> {
    let piece = select(PIECES).prop_map(|piece| piece.as_bytes().to_vec());
    let deep = (select(&["[", "{\"a\":", "a."][..]), 100_usize..200)
        .prop_map(|(piece, times)| piece.repeat(times).into_bytes());
    let bytes = prop::collection::vec(any::<u8>(), 0..5);
    let added = prop_oneof![8 => piece, 1 => deep, 4 => bytes, 4 => Just(Vec::new())];
    let removed = prop_oneof![4 => Just(0_usize), 3 => 1_usize..4, 1 => 4_usize..60];
    (any::<Index>(), removed, added).prop_map(|(at, removed, added)| Change { at, removed, added })
}

fn changed(mut input: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for Change { at, removed, added } in changes {
        let at = at.index(input.len() + 1);
        let end = (at + removed).min(input.len());
        input.splice(at..end, added.iter().copied());
    }
    input
}

fn try_near(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = folder.join("targets/__fuzz__").join(target).join("corpus");
    let files = fs::read_dir(&folder).and_then(|files| files.collect::<Result<Vec<_>, _>>());
    let files = files.expect("the corpus is there").into_iter().map(|file| fs::read(file.path()));
    let corpus: Vec<Vec<u8>> = files.collect::<Result<_, _>>().expect("each file can be read");
    let inputs = (select(corpus), prop::collection::vec(change(), 1..5));
    let config = ProptestConfig { cases: 3000, failure_persistence: None, ..Default::default() };
    proptest!(config, |((seed, changes) in inputs)| {
        let input = changed(seed, &changes);
        check(&input);
    });
}

#[test]
fn body() {
    try_near("body", crate::body::check);
}

#[test]
fn config() {
    try_near("config", crate::config::check);
}

#[test]
fn control() {
    try_near("control", crate::control::check);
}

#[test]
fn frames() {
    try_near("frames", crate::frames::check);
}
