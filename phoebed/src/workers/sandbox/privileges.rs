//! What the zygote, and so every worker, gives up between fork and exec.

use std::io;

use nix::unistd::{setgroups, setresgid, setresuid};

use super::Account;

/// More capabilities than any kernel has; dropping stops at the first unknown one.
const CAPABILITIES: libc::c_ulong = 64;
/// `_LINUX_CAPABILITY_VERSION_3`: two words for each set.
const CAPABILITY_VERSION: u32 = 0x2008_0522;

/// Put into force in the child, before exec.
#[derive(Debug, Clone, Default)]
pub struct Privileges {
    /// The user to become.
    pub account: Option<Account>,
    /// Whether nothing may bring rights back, and no core dump tell secrets.
    pub caged: bool,
}

impl Privileges {
    /// Gives them up. Only system calls that are safe between fork and exec.
    pub fn give_up(&self) -> io::Result<()> {
        // A daemon that is not root has the capabilities of its unit, which neither another user nor
        // exec takes away.
        let all = self.caged || self.account.is_some() || !nix::unistd::geteuid().is_root();
        if self.caged {
            no_core_dumps()?;
        }
        if all {
            drop_bounding_set();
        }
        if let Some(Account { uid, gid, .. }) = self.account {
            if nix::unistd::geteuid() != uid {
                setgroups(&[])?;
            }
            setresgid(gid, gid, gid)?;
            setresuid(uid, uid, uid)?;
        }
        if all {
            set_capabilities(0)?;
        }
        if self.caged {
            nix::sys::prctl::set_no_new_privs()?;
        }
        Ok(())
    }
}

fn no_core_dumps() -> io::Result<()> {
    Ok(nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_CORE, 0, 0)?)
}

/// So that exec as root brings none back. Without CAP_SETPCAP there are none to bring back.
fn drop_bounding_set() {
    for capability in 0..CAPABILITIES {
        // SAFETY: a system call without pointers.
        if unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) } != 0 {
            return;
        }
    }
}

/// Has the process these capabilities, of the first 32, and no ambient ones.
fn set_capabilities(set: u32) -> io::Result<()> {
    #[repr(C)]
    struct Header {
        version: u32,
        pid: i32,
    }
    let header = Header { version: CAPABILITY_VERSION, pid: 0 };
    // Effective, permitted, inheritable: the first 32, then the others.
    let sets = [set, set, set, 0, 0, 0];
    // SAFETY: both structures are as the version in the header says, and live during the call.
    unsafe {
        libc::prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
        if libc::syscall(libc::SYS_capset, &raw const header, sets.as_ptr()) != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    use nix::unistd::{Gid, Uid};

    use super::*;

    /// CAP_KILL, CAP_SETGID and CAP_SETUID, as the unit gives them.
    const OF_THE_UNIT: [libc::c_ulong; 3] = [5, 6, 7];

    /// Becomes what the unit makes of the daemon: no root, with ambient capabilities.
    fn become_service() -> io::Result<()> {
        nix::sys::prctl::set_keepcaps(true)?;
        let (uid, gid) = (Uid::from_raw(54_321), Gid::from_raw(54_321));
        setgroups(&[])?;
        setresgid(gid, gid, gid)?;
        setresuid(uid, uid, uid)?;
        set_capabilities(OF_THE_UNIT.iter().map(|capability| 1 << capability).sum())?;
        for capability in OF_THE_UNIT {
            // SAFETY: a system call without pointers.
            let raised = unsafe {
                libc::prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_RAISE, capability, 0, 0)
            };
            if raised != 0 {
                return Err(io::Error::last_os_error());
            }
        }
        Ok(())
    }

    /// The capabilities of a program that is started so.
    fn capabilities(given_up: Option<Privileges>) -> Vec<String> {
        let mut command = Command::new("cat");
        command.arg("/proc/self/status").current_dir("/");
        // SAFETY: only system calls.
        unsafe {
            command.pre_exec(move || {
                become_service()?;
                given_up.as_ref().map_or(Ok(()), Privileges::give_up)
            });
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let status = String::from_utf8(output.stdout).unwrap();
        let of = |name| {
            let mut lines = status.lines();
            lines.find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned())).unwrap()
        };
        ["CapInh:", "CapPrm:", "CapEff:", "CapAmb:"].map(of).to_vec()
    }

    #[test]
    fn no_worker_has_the_capabilities_of_the_daemon_whatever_the_sandbox_is() {
        if !nix::unistd::geteuid().is_root() {
            return;
        }
        assert_eq!(capabilities(None), ["00000000000000e0"; 4], "of the daemon");
        let (uid, gid) = (Uid::from_raw(54_322), Gid::from_raw(54_322));
        let other = Account { name: "worker".to_owned(), uid, gid };
        for account in [None, Some(other)] {
            for caged in [false, true] {
                let privileges = Privileges { account: account.clone(), caged };
                let shown = format!("{privileges:?}");
                assert_eq!(capabilities(Some(privileges)), ["0000000000000000"; 4], "{shown}");
            }
        }
    }
}
