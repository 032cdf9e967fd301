//! What keeps a worker from everything but its own work. A user's bundle can carry code, so a
//! worker counts as run by an attacker from the first command on.
//!
//! ```text
//!  zygote, before exec      user changed, capabilities dropped, no_new_privs, no core dumps
//!  worker, after the fork   limits ─▶ Landlock (its files) ─▶ seccomp (its system calls)
//! ```
//!
//! The policy is made here, once; a worker only puts it into force, before it takes its first
//! command (`phoebed_worker/cage.py`). Each guarantee is held by seccomp alone or by Landlock on
//! every kernel that has it, so that none hangs on a late Landlock version.

mod account;
mod file_user;
mod files;
mod privileges;
mod report;
mod system_calls;

use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use phoebed_common::config::SandboxMode;

pub use account::Account;
pub use file_user::FileUser;
use files::Files;
pub use privileges::Privileges;
pub use report::Guarantee;

/// Names the newest Landlock version that is used, for tests of what holds on older kernels.
const LANDLOCK_VARIABLE: &str = "PHOEBED_LANDLOCK_ABI";

/// What is wanted of the sandbox.
#[derive(Debug, Clone, Default)]
pub struct SandboxOptions {
    /// What happens when a guarantee cannot be held.
    pub mode: SandboxMode,
    /// The user that workers run as.
    pub user: Option<String>,
}

/// Why the daemon does not start.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// In mode enforce.
    #[error(
        "sandbox.mode = \"enforce\", but these guarantees cannot be held here: {0}. Use a kernel \
         that has what is missing, or sandbox.mode = \"best-effort\""
    )]
    NotHeld(String),
    /// `sandbox.user` cannot be used.
    #[error("sandbox.user = \"{user}\": {why}")]
    User {
        /// As configured.
        user: String,
        /// What is wrong, and what to do.
        why: String,
    },
    /// The policy could not be compiled: a fault of this program.
    #[error("the sandbox's policy: {0}")]
    Policy(String),
}

/// The policy for all workers of this daemon.
#[derive(Debug)]
pub struct Sandbox {
    mode: SandboxMode,
    account: Option<Account>,
    files: Option<Files>,
    filters: Vec<String>,
}

/// What one worker is to put into force.
#[derive(Debug, Default)]
pub struct Cage {
    /// seccomp programs in order, as hexadecimal text of `struct sock_filter`s.
    pub filters: Vec<String>,
    /// A Landlock ruleset.
    pub ruleset: Option<OwnedFd>,
}

impl Sandbox {
    /// Looks at what the kernel can do. Says what cannot be held; in mode enforce that is an error.
    pub fn new(options: &SandboxOptions) -> Result<Self, SandboxError> {
        let account = options.user.as_deref().map(Account::named).transpose()?;
        if options.mode == SandboxMode::Off {
            log::warn!(
                "sandbox.mode = \"off\": a bundle that carries code can do all that {} can",
                account.as_ref().map_or("the daemon's user", |account| &account.name)
            );
            return Ok(Self { mode: options.mode, account, files: None, filters: Vec::new() });
        }
        let filters = if system_calls::supported() { system_calls::filters()? } else { Vec::new() };
        let most = std::env::var(LANDLOCK_VARIABLE).ok().and_then(|abi| abi.parse().ok());
        let sandbox = Self { mode: options.mode, account, files: Files::probe(most), filters };
        let missing: Vec<String> = sandbox
            .guarantees()
            .into_iter()
            .filter(|guarantee| !guarantee.held)
            .map(|guarantee| format!("{} ({})", guarantee.name, guarantee.by))
            .collect();
        if !missing.is_empty() {
            let missing = missing.join("; ");
            if options.mode == SandboxMode::Enforce {
                return Err(SandboxError::NotHeld(missing));
            }
            log::warn!("the sandbox of workers cannot hold: {missing}");
        }
        Ok(sandbox)
    }

    /// As configured.
    pub fn mode(&self) -> SandboxMode {
        self.mode
    }

    /// The user that workers run as, when it is not the daemon's.
    pub fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// Whose files those of workers are.
    pub fn file_user(&self) -> FileUser {
        FileUser::of(self.account())
    }

    /// What the zygote gives up before it runs.
    pub fn privileges(&self) -> Privileges {
        Privileges { account: self.account.clone(), caged: self.mode != SandboxMode::Off }
    }

    /// For a worker with this scratch directory and an engine that lies in these places.
    pub fn cage(&self, scratch: &Path, engine: &[PathBuf]) -> io::Result<Cage> {
        let ruleset = self.files.map(|files| files.ruleset(scratch, engine)).transpose()?;
        Ok(Cage { filters: self.filters.clone(), ruleset })
    }

    /// What is guaranteed, and by what.
    pub fn guarantees(&self) -> Vec<Guarantee> {
        report::guarantees(
            self.mode,
            self.files.map(|files| files.version()),
            !self.filters.is_empty(),
            self.account.as_ref().map(|account| account.name.as_str()),
        )
    }
}
