//! What the daemon tells the store. Plain data: times are Unix seconds, ids are the public texts.

use std::borrow::Cow;

/// Values of `sessions.termination_reason`. The first four are the contract's, the others ours.
pub mod reason {
    /// The user, or an administrator, ended it.
    pub const MANUAL: &str = "manual";
    /// Nobody used it for the configured time.
    pub const IDLE_TIMEOUT: &str = "idle_timeout";
    /// The daemon was shut down.
    pub const SERVER_SHUTDOWN: &str = "server_shutdown";
    /// Its worker process died.
    pub const PROCESS_DIED: &str = "process_died";
    /// An operator ended it.
    pub const KILLED: &str = "killed";
    /// An operator disabled its user.
    pub const USER_DISABLED: &str = "user_disabled";
    /// The client that started it left before it heard of it.
    pub const ABANDONED: &str = "abandoned";
    /// It hibernated for longer than sessions are kept.
    pub const EXPIRED: &str = "expired";
    /// The daemon itself ended without a shutdown; found at the next start.
    pub const SERVER_DIED: &str = "server_died";
}

/// Values of `sessions.status`.
pub mod status {
    /// It has a worker.
    pub const ACTIVE: &str = "active";
    /// Its bundle is kept, its worker is gone until somebody asks for it again.
    pub const HIBERNATED: &str = "hibernated";
    /// It has ended.
    pub const TERMINATED: &str = "terminated";
}

/// One record for the log database.
#[derive(Debug, Clone, PartialEq)]
pub enum StoreEvent {
    /// A session began, or is live again after a restart (same id: its row becomes active again).
    SessionStarted(SessionStarted),
    /// A session was put to sleep or woken.
    SessionChanged(SessionChanged),
    /// A session was used. Only the latest of each session is written.
    SessionActivity(SessionActivity),
    /// A session ended. The first end of a session counts.
    SessionEnded(SessionEnded),
    /// A command was carried out. The filters decide whether it is kept.
    Command(CommandDone),
    /// A memory sample.
    Metric(MemorySample),
    /// A user logged in.
    Login(Login),
    /// Something that the audit keeps.
    Audit(AuditRecord),
}

/// A session began.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SessionStarted {
    /// The session's UUID.
    pub session_id: String,
    /// The owner; none in mode none.
    pub user_id: Option<String>,
    /// The owner's name, `""` when unknown.
    pub full_name: String,
    /// When.
    pub created_at: f64,
    /// The worker's port; none while hibernated.
    pub port: Option<u16>,
    /// The caller's address.
    pub client_ip: Option<String>,
    /// The caller's `User-Agent`.
    pub user_agent: Option<String>,
    /// The JSON text of `project_name` as it was sent.
    pub project_name: Option<String>,
}

/// A session's state other than its end changed.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionChanged {
    /// Which session.
    pub session_id: String,
    /// One of [`status`].
    pub status: Cow<'static, str>,
    /// Its port now; none while hibernated.
    pub port: Option<u16>,
}

/// A session was used.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionActivity {
    /// Which session.
    pub session_id: String,
    /// When.
    pub last_activity: f64,
}

/// A session ended.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionEnded {
    /// Which session.
    pub session_id: String,
    /// When.
    pub destroyed_at: f64,
    /// One of [`reason`], or another short word of the daemon's.
    pub reason: Cow<'static, str>,
    /// More about it, such as the worker's signal; goes to `sessions.exit_detail`.
    pub detail: Option<String>,
}

/// A command was carried out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CommandDone {
    /// In which session.
    pub session_id: String,
    /// When it began.
    pub timestamp: f64,
    /// As the client sent it.
    pub command_name: String,
    /// Whether the worker answered with success.
    pub success: bool,
    /// How long it took, in milliseconds.
    pub execution_time_ms: f64,
    /// The worker's error.
    pub error_message: Option<String>,
}

/// How much memory a worker used.
#[derive(Debug, Clone, PartialEq)]
pub struct MemorySample {
    /// Of which session.
    pub session_id: String,
    /// When.
    pub timestamp: f64,
    /// Proportional set size in MiB.
    pub memory_used_mb: f64,
}

/// A user logged in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Login {
    /// Which user.
    pub user_id: i64,
    /// When.
    pub at: f64,
}

/// A row of `audit`. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AuditRecord {
    /// When.
    pub timestamp: f64,
    /// What, in a word.
    pub event: String,
    /// Who did it: a user's id, or `uid:0` for an operator.
    pub actor: Option<String>,
    /// The user that it concerns.
    pub user_id: Option<String>,
    /// That user's address, or the one that was tried.
    pub email: Option<String>,
    /// The session that it concerns.
    pub session_id: Option<String>,
    /// The caller's address.
    pub client_ip: Option<String>,
    /// Whether it was done or refused.
    pub success: bool,
    /// More about it.
    pub detail: Option<String>,
}

impl StoreEvent {
    /// Starts, changes, ends and what was done by right may use the queue's reserve; commands,
    /// samples and what was refused may not: guesses must not push out what really happened.
    pub(super) fn is_lifecycle(&self) -> bool {
        match self {
            Self::SessionStarted(_) | Self::SessionChanged(_) | Self::SessionEnded(_) => true,
            Self::Audit(record) => record.success,
            Self::SessionActivity(_) | Self::Command(_) | Self::Metric(_) | Self::Login(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_refused_has_no_claim_to_the_reserve() {
        let audit = |success| StoreEvent::Audit(AuditRecord { success, ..AuditRecord::default() });
        assert!(audit(true).is_lifecycle() && !audit(false).is_lifecycle());
    }
}
