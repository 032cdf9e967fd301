//! What must come of every attack, without the sandbox and in it.

use crate::attacks::Outcome;
use crate::ways::Way;

/// What must come of an attack that nothing blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Free {
    /// It succeeds, where the daemon runs as root.
    Succeeds,
    /// As [`Free::Succeeds`], unless the kernel or the machine has no such thing or refuses it to
    /// root too.
    Machine,
    /// It is blocked by what has nothing to do with the sandbox.
    Blocked,
}

/// What must come of an attack in the sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caged {
    /// It is blocked.
    Blocked,
    /// It succeeds: without this PHOEBE would not work.
    Allowed,
    /// It succeeds or not: it does no harm to others.
    Harmless,
}

/// An attack of `hostile/` and what must come of it.
#[derive(Debug)]
pub struct Row {
    /// Its name.
    pub name: &'static str,
    free: Free,
    caged: Caged,
}

impl Row {
    /// Whether this is right where nothing blocks the attack.
    pub fn is_as_expected_free(&self, way: Way, outcome: &Outcome) -> bool {
        match (self.free, outcome.what.as_str()) {
            (Free::Blocked, what) => what == "blocked",
            (_, "succeeded") => true,
            (Free::Machine, "blocked" | "absent") => true,
            (Free::Succeeds, "blocked") => !nix::unistd::geteuid().is_root(),
            (Free::Succeeds, "absent") => self.has_no_stream(way),
            _ => false,
        }
    }

    /// Whether this is right in the sandbox.
    pub fn is_as_expected_caged(&self, way: Way, outcome: &Outcome) -> bool {
        match (self.caged, outcome.what.as_str()) {
            (Caged::Blocked, "absent") => self.free == Free::Machine || self.has_no_stream(way),
            (Caged::Blocked, what) => what == "blocked",
            (Caged::Allowed, what) => what == "succeeded",
            (Caged::Harmless, what) => what == "succeeded" || what == "blocked",
        }
    }

    /// The child that computes has no stream to the daemon to begin with.
    fn has_no_stream(&self, way: Way) -> bool {
        way == Way::Feature
            && ["listen_on_own_stream", "signal_by_peer_of_stream"].contains(&self.name)
    }
}

/// Succeeds without the sandbox, and is blocked in it.
pub const fn row(name: &'static str) -> Row {
    Row { name, free: Free::Succeeds, caged: Caged::Blocked }
}

/// As [`row`], where the machine has such a thing.
pub const fn machine(name: &'static str) -> Row {
    Row { name, free: Free::Machine, caged: Caged::Blocked }
}

/// Blocked with and without the sandbox.
pub const fn blocked_anyway(name: &'static str) -> Row {
    Row { name, free: Free::Blocked, caged: Caged::Blocked }
}

/// Succeeds in the sandbox, too.
pub const fn allowed(name: &'static str) -> Row {
    Row { name, free: Free::Succeeds, caged: Caged::Allowed }
}

/// Succeeds without the sandbox; in it, both will do.
pub const fn harmless(name: &'static str) -> Row {
    Row { name, free: Free::Succeeds, caged: Caged::Harmless }
}
