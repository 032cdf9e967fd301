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
    /// Whether capabilities go as well.
    pub caged: bool,
}

impl Privileges {
    /// Gives them up. Only system calls that are safe between fork and exec.
    pub fn give_up(&self) -> io::Result<()> {
        if self.caged {
            no_core_dumps()?;
            drop_bounding_set();
        }
        if let Some(Account { uid, gid, .. }) = self.account {
            if nix::unistd::geteuid() != uid {
                setgroups(&[])?;
            }
            setresgid(gid, gid, gid)?;
            setresuid(uid, uid, uid)?;
        }
        if self.caged {
            drop_capabilities()?;
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

fn drop_capabilities() -> io::Result<()> {
    #[repr(C)]
    struct Header {
        version: u32,
        pid: i32,
    }
    let header = Header { version: CAPABILITY_VERSION, pid: 0 };
    // Effective, permitted, inheritable, twice: none.
    let none = [0_u32; 6];
    // SAFETY: both structures are as the version in the header says, and live during the call.
    unsafe {
        libc::prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
        if libc::syscall(libc::SYS_capset, &raw const header, none.as_ptr()) != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}
