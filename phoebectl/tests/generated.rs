//! The manual pages and completions of the package are those of this version.
//! `UPDATE_EXPECTED=1` writes them anew.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use phoebectl::generate::{self, SHELLS};

/// Compares a folder of the package with what is generated: no file more, none less.
fn check(folder: &str, files: BTreeMap<String, Vec<u8>>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging").join(folder);
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        fs::create_dir_all(&folder).unwrap();
        ours(&folder).iter().for_each(|old| fs::remove_file(old).unwrap());
        files.iter().for_each(|(name, content)| fs::write(folder.join(name), content).unwrap());
    }
    let there = ours(&folder);
    let names: Vec<_> = there.iter().filter_map(|path| path.file_name()?.to_str()).collect();
    let expected: Vec<_> = files.keys().collect();
    assert_eq!(names, expected, "{}; UPDATE_EXPECTED=1 makes it so", folder.display());
    for (name, content) in &files {
        let file = fs::read(folder.join(name)).unwrap();
        assert!(file == *content, "{name} is out of date; UPDATE_EXPECTED=1 writes it anew");
    }
}

/// The folder's files that are about phoebectl.
fn ours(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    let mut ours: Vec<_> = files
        .filter(|path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().contains("phoebectl"))
        })
        .collect();
    ours.sort();
    ours
}

#[test]
fn the_manual_pages_are_up_to_date() {
    let pages = generate::man_pages().into_iter();
    check("man", pages.map(|page| (page.name, page.content)).collect());
}

#[test]
fn the_completions_are_up_to_date() {
    let files = SHELLS.map(|(shell, file)| (file.to_owned(), generate::completions(shell)));
    check("completions", files.into());
}
