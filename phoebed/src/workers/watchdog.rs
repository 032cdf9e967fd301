//! Watches what the kernel's limits, which are for one process, cannot: how many processes a
//! session has, and how much it keeps on the disk. Ends the one that has too much.
//!
//! A look costs two short reads while nothing grows: only when the machine has more processes than
//! at the last full look, or less free space, are all groups and directories gone through.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::sys::statvfs::statvfs;
use nix::unistd::Pid;
use tokio::time::{MissedTickBehavior, interval};

use super::sandbox::FileUser;

/// How often is looked.
const EVERY: Duration = Duration::from_millis(500);
/// All is gone through this often in any case, in looks: what one takes another may free.
const AT_LEAST_EVERY: u32 = 8;
/// Growth of the machine's processes after which groups are counted.
const MORE_PROCESSES: u64 = 16;
/// Growth of used space, in bytes, and of files after which directories are measured.
const MORE_BYTES: u64 = 8 << 20;
const MORE_FILES: u64 = 2_000;
/// What an entry of a directory takes at least, so that empty files count.
const ENTRY: u64 = 4096;
/// A path this long is about to become too long to be followed.
const LONG_PATH: usize = 3_800;

/// What a whole session may take; `None` means no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GroupLimits {
    /// Processes at a time.
    pub processes: Option<u32>,
    /// Bytes in its scratch directory, deleted files that it still has open included.
    pub scratch_bytes: Option<u64>,
}

#[derive(Debug)]
struct Watched {
    scratch: PathBuf,
    limits: GroupLimits,
    verdict: Arc<OnceLock<String>>,
}

type Groups = BTreeMap<i32, Watched>;

/// All process groups that are watched; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Watchdog {
    groups: Arc<Mutex<Groups>>,
    user: FileUser,
}

/// A group is watched as long as this lives. Drop it before its leader is waited for, since the
/// number may be another's after that.
#[derive(Debug)]
pub struct Watching {
    leader: i32,
    verdict: Arc<OnceLock<String>>,
    watchdog: Watchdog,
}

impl Watching {
    /// Ends the watch. The reason, if the group was ended for having too much.
    pub fn verdict(self) -> Option<String> {
        self.watchdog.lock().remove(&self.leader);
        self.verdict.get().cloned()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.watchdog.lock().remove(&self.leader);
    }
}

impl Watchdog {
    /// Watches groups of this user.
    pub fn new(user: FileUser) -> Self {
        Self { user, ..Self::default() }
    }

    /// Watches the process group of this leader, which has this scratch directory.
    pub fn watch(&self, leader: i32, scratch: &Path, limits: GroupLimits) -> Watching {
        let verdict = Arc::<OnceLock<String>>::default();
        let watched = Watched { scratch: scratch.to_owned(), limits, verdict: verdict.clone() };
        self.lock().insert(leader, watched);
        Watching { leader, verdict, watchdog: self.clone() }
    }

    /// Looks until it is cancelled.
    pub async fn run(self) {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut seen = Seen::default();
        loop {
            ticks.tick().await;
            let watchdog = self.clone();
            let looked = tokio::task::spawn_blocking(move || {
                watchdog.look(&mut seen);
                seen
            });
            seen = looked.await.unwrap_or_default();
        }
    }

    fn look(&self, seen: &mut Seen) {
        let Some(place) = self.lock().values().next().map(|watched| watched.scratch.clone()) else {
            return;
        };
        let _acting = self.user.act();
        let (grown, filled) = seen.growth(&place);
        if !grown && !filled {
            return;
        }
        let members = members();
        let groups = self.lock();
        let over: Vec<(i32, String)> = groups
            .iter()
            .filter_map(|(leader, watched)| {
                let members = members.get(leader).map_or(&[][..], Vec::as_slice);
                let too_much = watched
                    .too_many(members)
                    .or_else(|| filled.then(|| watched.too_full(members)).flatten())?;
                Some((*leader, too_much))
            })
            .collect();
        for (leader, why) in over {
            log::warn!(pid = leader; "ending a worker with all its processes: {why}");
            if let Some(watched) = groups.get(&leader) {
                let _ = watched.verdict.set(why);
            }
            // It is watched, so nobody has waited for it and the number is still its own.
            let _ = killpg(Pid::from_raw(leader), Signal::SIGKILL);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Groups> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watched {
    fn too_many(&self, members: &[i32]) -> Option<String> {
        let limit = self.limits.processes?;
        (members.len() > limit as usize).then(|| {
            format!("it had {} processes, resources.session_processes is {limit}", members.len())
        })
    }

    fn too_full(&self, members: &[i32]) -> Option<String> {
        let limit = self.limits.scratch_bytes?;
        let held = on_disk(&self.scratch, limit).saturating_add(deleted(members));
        (held > limit).then(|| {
            format!(
                "it kept more on the disk than resources.session_scratch_mb, {} MiB, allows",
                limit >> 20
            )
        })
    }
}

/// What was there at the last full look, or less if it was less since.
#[derive(Debug, Default)]
struct Seen {
    processes: u64,
    bytes: u64,
    files: u64,
    looks: u32,
}

impl Seen {
    /// Whether there are more processes, and whether there is more on the disk, than then.
    fn growth(&mut self, place: &Path) -> (bool, bool) {
        let processes = tasks_of_the_machine();
        let (bytes, files) = used(place);
        self.looks += 1;
        let due = self.looks >= AT_LEAST_EVERY;
        let grown = due || processes > self.processes + MORE_PROCESSES;
        let filled = due || bytes > self.bytes + MORE_BYTES || files > self.files + MORE_FILES;
        if due {
            self.looks = 0;
        }
        self.processes = if grown { processes } else { self.processes.min(processes) };
        if filled {
            (self.bytes, self.files) = (bytes, files);
        } else {
            (self.bytes, self.files) = (self.bytes.min(bytes), self.files.min(files));
        }
        (grown, filled)
    }
}

/// Processes and threads, the fourth field of `/proc/loadavg` after the slash.
fn tasks_of_the_machine() -> u64 {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let field = load.split_ascii_whitespace().nth(3).and_then(|field| field.split_once('/'));
    field.and_then(|(_, all)| all.parse().ok()).unwrap_or(u64::MAX)
}

/// Bytes and files in use on the file system of this place.
fn used(place: &Path) -> (u64, u64) {
    let Ok(found) = statvfs(place) else { return (u64::MAX, u64::MAX) };
    let blocks = found.blocks().saturating_sub(found.blocks_free());
    (blocks.saturating_mul(found.fragment_size()), found.files().saturating_sub(found.files_free()))
}

/// The processes of each group.
fn members() -> BTreeMap<i32, Vec<i32>> {
    let mut members = BTreeMap::<i32, Vec<i32>>::new();
    let Ok(entries) = fs::read_dir("/proc") else { return members };
    let numbers = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    for pid in numbers {
        let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
        // The name stands in parentheses and may hold anything; state, parent, group follow.
        let group = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(2));
        if let Some(group) = group.and_then(|group| group.parse().ok()) {
            members.entry(group).or_default().push(pid);
        }
    }
    members
}

/// What a directory holds, in bytes; no more is added up than is needed to be over the limit.
fn on_disk(directory: &Path, limit: u64) -> u64 {
    let (mut sum, mut left) = (0_u64, vec![directory.to_owned()]);
    while let Some(next) = left.pop() {
        if next.as_os_str().len() > LONG_PATH {
            // Nested so deep only to hide something.
            return u64::MAX;
        }
        let Ok(entries) = fs::read_dir(&next) else { continue };
        for entry in entries.flatten() {
            let Ok(found) = entry.metadata() else { continue };
            sum = sum.saturating_add((found.blocks() * 512).max(ENTRY));
            if found.is_dir() {
                left.push(entry.path());
            }
            if sum > limit {
                return sum;
            }
        }
    }
    sum
}

/// What these processes hold open that has no name any more, in bytes.
fn deleted(processes: &[i32]) -> u64 {
    let mut counted = BTreeSet::new();
    let mut sum = 0_u64;
    for pid in processes {
        let Ok(entries) = fs::read_dir(format!("/proc/{pid}/fd")) else { continue };
        for found in entries.flatten().filter_map(|entry| fs::metadata(entry.path()).ok()) {
            if found.is_file() && found.nlink() == 0 && counted.insert((found.dev(), found.ino())) {
                sum = sum.saturating_add(found.blocks() * 512);
            }
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command};

    use super::*;

    fn shell(script: &str) -> Child {
        Command::new("sh").args(["-c", script]).process_group(0).spawn().unwrap()
    }

    fn leader(child: &Child) -> i32 {
        i32::try_from(child.id()).unwrap()
    }

    fn full_look(watchdog: &Watchdog) {
        watchdog.look(&mut Seen { looks: AT_LEAST_EVERY, ..Seen::default() });
    }

    #[test]
    fn a_group_with_too_many_processes_is_ended_and_another_is_not() {
        let (watchdog, scratch) = (Watchdog::default(), tempfile::tempdir().unwrap());
        let limits = GroupLimits { processes: Some(3), scratch_bytes: None };
        let (mut many, mut few) =
            (shell("for n in 1 2 3 4 5; do sleep 600 & done; wait"), shell("sleep 600 & wait"));
        let watch = |child: &Child| watchdog.watch(leader(child), scratch.path(), limits);
        let (of_many, of_few) = (watch(&many), watch(&few));
        while members().get(&leader(&many)).is_none_or(|found| found.len() < 6) {
            std::thread::yield_now();
        }
        full_look(&watchdog);
        many.wait().unwrap();
        let verdict = of_many.verdict().unwrap();
        assert!(verdict.contains("6 processes, resources.session_processes is 3"), "{verdict}");
        assert_eq!(of_few.verdict(), None);
        assert!(few.try_wait().unwrap().is_none(), "the other one lives");
        killpg(Pid::from_raw(leader(&few)), Signal::SIGKILL).unwrap();
        few.wait().unwrap();
    }

    #[test]
    fn a_full_directory_ends_its_group_however_it_was_filled() {
        let mebibyte = vec![1_u8; 1 << 20];
        let limits = GroupLimits { processes: None, scratch_bytes: Some(2 << 20) };
        let fill: [fn(&Path, &[u8]); 2] = [
            |scratch, mebibyte| {
                for name in ["a", "b", "c"] {
                    fs::create_dir(scratch.join(name)).unwrap();
                    fs::write(scratch.join(name).join("file"), mebibyte).unwrap();
                }
            },
            |scratch, _| {
                for name in 0..600 {
                    fs::write(scratch.join(name.to_string()), "").unwrap();
                }
            },
        ];
        for fill in fill {
            let (watchdog, scratch) = (Watchdog::default(), tempfile::tempdir().unwrap());
            let mut child = shell("sleep 600");
            let watching = watchdog.watch(leader(&child), scratch.path(), limits);
            full_look(&watchdog);
            assert!(child.try_wait().unwrap().is_none(), "an empty one lives");
            fill(scratch.path(), &mebibyte);
            full_look(&watchdog);
            child.wait().unwrap();
            assert!(watching.verdict().unwrap().contains("resources.session_scratch_mb, 2 MiB"));
        }
    }

    #[test]
    fn a_deleted_file_counts_once_as_long_as_it_is_open() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&vec![1_u8; 1 << 20]).unwrap();
        file.sync_all().unwrap();
        let _second = file.try_clone().unwrap();
        let own = i32::try_from(std::process::id()).unwrap();
        assert!((1 << 20..4 << 20).contains(&deleted(&[own, own])));
    }
}
