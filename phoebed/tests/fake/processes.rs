//! Processes as `/proc` shows them.

use std::fs;
use std::path::Path;

/// Every process, zombies included, that has this in its environment or is one of `known`, as
/// `pid state`. A zombie has no environment any more, hence the list.
pub fn left_behind(marker: &str, known: &[i32]) -> Vec<String> {
    let all = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.parse::<i32>().ok());
    let own = std::process::id();
    all.filter_map(|pid| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        let marked = environment.split(|byte| *byte == 0).any(|entry| entry == marker.as_bytes());
        let state = state(pid)?;
        // A number that is somebody else's by now is a child of somebody else.
        let zombie = known.contains(&pid) && state == 'Z' && parent(pid) == Some(own);
        (marked || zombie).then(|| format!("{pid} {state}"))
    })
    .collect()
}

/// Whether there is such a process, be it a zombie.
pub fn exists(pid: i32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

/// Whether it runs, so is there and not a zombie.
pub fn runs(pid: i32) -> bool {
    state(pid).is_some_and(|state| !matches!(state, 'Z' | 'X'))
}

fn state(pid: i32) -> Option<char> {
    stat(pid)?.first()?.chars().next()
}

fn parent(pid: i32) -> Option<u32> {
    stat(pid)?.get(1)?.parse().ok()
}

/// The fields after the name, which may hold anything.
fn stat(pid: i32) -> Option<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let after = stat.rsplit_once(") ")?.1;
    Some(after.split(' ').map(str::to_owned).collect())
}

/// Sends a signal; the process must be there.
pub fn signal(pid: i32, signal: nix::sys::signal::Signal) {
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), signal).unwrap();
}
