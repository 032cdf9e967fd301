//! The engines on the disk: what each is called, which are still needed, and the removal of the
//! others.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use nix::sys::statvfs::statvfs;

use super::error::EngineError;
use super::place::file;

/// Bytes that building an engine takes at most: PHOEBE 2.5.4 and all it brings have 563 MB, and
/// pip has each wheel beside it for a while.
const ROOM: u64 = 1 << 30;

/// A new engine's directory, named by the time; `now` in Unix seconds.
pub fn new_directory(builds: &Path, now: f64) -> PathBuf {
    #[allow(clippy::cast_possible_truncation, reason = "a clock's seconds fit")]
    let time = Timestamp::from_second(now as i64).unwrap_or_default();
    let name = time.strftime("%Y%m%dT%H%M%S").to_string();
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    let names = std::iter::once(name.clone()).chain(numbered);
    names.map(|name| builds.join(name)).find(|path| !path.exists()).unwrap_or(builds.join(name))
}

/// Names of the engines that running processes have parts of in memory, as far as this user may
/// see: ask as root.
pub fn in_use(builds: &Path) -> BTreeSet<OsString> {
    let Ok(builds) = builds.canonicalize() else { return BTreeSet::new() };
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let maps = processes.filter_map(|entry| fs::read_to_string(entry.path().join("maps")).ok());
    maps.flat_map(|maps| mapped_below(&maps, &builds)).collect()
}

/// The names below `directory` of files that are mapped, by the text of `/proc/PID/maps`.
fn mapped_below(maps: &str, directory: &Path) -> BTreeSet<OsString> {
    let paths = maps.lines().filter_map(|line| line.find('/').map(|at| Path::new(&line[at..])));
    let below = paths.filter_map(|path| path.strip_prefix(directory).ok());
    below.filter_map(|path| Some(path.components().next()?.as_os_str().to_owned())).collect()
}

/// Removes every engine but these; answers which could not be removed, and why: an old engine
/// that stays keeps nobody from a new one.
pub fn remove_others(
    builds: &Path,
    keep: &BTreeSet<OsString>,
) -> Result<Vec<(PathBuf, io::Error)>, EngineError> {
    let entries = fs::read_dir(builds).map_err(|error| file("read", builds, error))?;
    let others = entries.flatten().filter(|entry| entry.path().is_dir());
    let others = others.filter(|entry| !keep.contains(&entry.file_name()));
    let removed = others.map(|entry| (fs::remove_dir_all(entry.path()), entry.path()));
    Ok(removed.filter_map(|(removed, path)| Some((path, removed.err()?))).collect())
}

/// Whether another engine has room there.
pub fn has_room(builds: &Path) -> Result<(), EngineError> {
    let found = statvfs(builds).map_err(|error| file("look at", builds, error.into()))?;
    #[allow(clippy::useless_conversion, reason = "32 bits on some machines")]
    let free = u64::from(found.blocks_available()) * u64::from(found.fragment_size());
    match free < ROOM {
        true => Err(EngineError::NoRoom { place: builds.to_owned(), free, needed: ROOM }),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_named_by_the_time_and_never_twice() {
        let builds = tempfile::tempdir().unwrap();
        let first = new_directory(builds.path(), 1_760_000_000.0);
        assert_eq!(first, builds.path().join("20251009T085320"));
        fs::create_dir(&first).unwrap();
        let second = new_directory(builds.path(), 1_760_000_000.0);
        assert_eq!(second, builds.path().join("20251009T085320-2"));
    }

    #[test]
    fn engines_that_processes_have_in_memory_are_known() {
        let maps = "7f00-7f10 r-xp 00000000 fe:00 12 /var/lib/phoebed/engine/b1/lib/x.so\n\
                    7f20-7f30 rw-p 00000000 00:00 0\n\
                    7f40-7f50 r--p 00000000 fe:00 13 /usr/lib/engine/b2/y.so\n";
        let used = mapped_below(maps, Path::new("/var/lib/phoebed/engine"));
        assert_eq!(used, BTreeSet::from([OsString::from("b1")]));
    }

    #[test]
    fn what_is_not_kept_is_removed() {
        let builds = tempfile::tempdir().unwrap();
        for name in ["old", "current"] {
            fs::create_dir_all(builds.path().join(name).join("bin")).unwrap();
        }
        fs::write(builds.path().join(".lock"), "").unwrap();
        let left = remove_others(builds.path(), &BTreeSet::from(["current".into()])).unwrap();
        assert!(left.is_empty());
        let left = fs::read_dir(builds.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(left.collect::<BTreeSet<_>>(), [".lock".into(), "current".into()].into());
    }
}
