//! What the daemon asks of the kernel for itself.

use nix::sys::prctl::set_child_subreaper;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// As many descriptors as the system allows (a session takes five), and the right to wait for
/// processes that a worker left behind. A refusal is logged; the daemon works with less.
pub fn raise() {
    let raised = getrlimit(Resource::RLIMIT_NOFILE)
        .and_then(|(_, hard)| setrlimit(Resource::RLIMIT_NOFILE, hard, hard));
    if let Err(error) = raised {
        log::warn!("cannot raise the limit of open files: {error}");
    }
    if let Err(error) = set_child_subreaper(true) {
        log::warn!("cannot become the subreaper of left-behind processes: {error}");
    }
}
