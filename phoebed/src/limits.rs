//! What the daemon asks of the kernel for itself.

use nix::sys::prctl::set_child_subreaper;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Descriptors of a session: its worker's stream, output and process, its port, and a client's
/// connection.
const OF_A_SESSION: u64 = 5;
/// Descriptors of the daemon without sessions: listeners, log database, zygote, runtime.
const OF_THE_DAEMON: u64 = 64;

/// As many descriptors as the system allows, and the right to wait for processes that a worker
/// left behind. A refusal is logged, and so is a limit that a pool of this many ports does not fit
/// in; the daemon works with less.
pub fn raise(ports: u16) {
    let raised = getrlimit(Resource::RLIMIT_NOFILE).and_then(|(_, hard)| {
        setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
        Ok(hard)
    });
    match raised {
        Err(error) => log::warn!("cannot raise the limit of open files: {error}"),
        Ok(limit) => {
            if let Some(sessions) = fewer_sessions(limit, ports) {
                log::warn!(
                    "{limit} open files are enough for some {sessions} sessions, and port_pool \
                     has {ports} ports: raise the limit (LimitNOFILE of the service, ulimit -n) \
                     or shrink the pool"
                );
            }
        }
    }
    if let Err(error) = set_child_subreaper(true) {
        log::warn!("cannot become the subreaper of left-behind processes: {error}");
    }
}

/// How many sessions this many descriptors are enough for, when that is less than the ports.
fn fewer_sessions(limit: u64, ports: u16) -> Option<u64> {
    let sessions = limit.saturating_sub(OF_THE_DAEMON) / OF_A_SESSION;
    (sessions < u64::from(ports)).then_some(sessions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_that_does_not_fit_is_told() {
        assert_eq!(fewer_sessions(1024, 30), None);
        assert_eq!(fewer_sessions(1024, 1000), Some(192));
        assert_eq!(fewer_sessions(5064, 1000), None);
        assert_eq!(fewer_sessions(5063, 1000), Some(999));
        assert_eq!(fewer_sessions(10, 1), Some(0));
    }
}
