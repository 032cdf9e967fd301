//! Who did what: a record in the log database and a line in the log, without secrets.

use crate::store::{AuditRecord, Store, StoreEvent, unix_now};

/// What is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// An account was made.
    Registered,
    /// Somebody logged in, or tried to.
    Login,
    /// Attempts on an account must wait from now on.
    LoginDelayed,
    /// A password was changed.
    PasswordChanged,
    /// Every token of a user was made void.
    LoggedOutEverywhere,
    /// An account was deleted by its user.
    AccountDeleted,
    /// A token that was revoked was used.
    RevokedTokenUsed,
    /// A session was started.
    SessionStarted,
    /// A session ended.
    SessionEnded,
    /// An operator did something over the admin socket.
    AdminAction,
}

impl Event {
    /// The name in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Login => "login",
            Self::LoginDelayed => "login_delayed",
            Self::PasswordChanged => "password_changed",
            Self::LoggedOutEverywhere => "logged_out_everywhere",
            Self::AccountDeleted => "account_deleted",
            Self::RevokedTokenUsed => "revoked_token_used",
            Self::SessionStarted => "session_started",
            Self::SessionEnded => "session_ended",
            Self::AdminAction => "admin_action",
        }
    }
}

/// What happened, to be completed and written.
#[derive(Debug, Clone)]
#[must_use = "it is not written yet"]
pub struct Entry(AuditRecord);

impl Entry {
    /// It went well.
    pub fn of(event: Event) -> Self {
        Self(AuditRecord {
            timestamp: unix_now(),
            event: event.as_str().to_owned(),
            success: true,
            ..AuditRecord::default()
        })
    }

    /// It did not.
    pub fn failed(mut self) -> Self {
        self.0.success = false;
        self
    }

    /// Who did it, and whom it concerns, when these are the same.
    pub fn user(mut self, user_id: impl Into<String>) -> Self {
        let user_id = user_id.into();
        self.0.actor = Some(user_id.clone());
        self.0.user_id = Some(user_id);
        self
    }

    /// Who did it.
    pub fn actor(mut self, actor: impl Into<String>) -> Self {
        self.0.actor = Some(actor.into());
        self
    }

    /// The address of the account.
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.0.email = Some(email.into());
        self
    }

    /// Which session.
    pub fn session(mut self, session_id: impl Into<String>) -> Self {
        self.0.session_id = Some(session_id.into());
        self
    }

    /// Where the request came from.
    pub fn from(mut self, client_ip: Option<String>) -> Self {
        self.0.client_ip = client_ip;
        self
    }

    /// More about it.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Writes it to the table only: the log has a line of its own for it.
    pub fn record(self, store: &Store) {
        store.record(StoreEvent::Audit(self.0));
    }

    /// Writes it to the table and to the log.
    pub fn write(self, store: &Store) {
        let record = &self.0;
        log::info!(
            target: "phoebed::audit", event = record.event.as_str(), success = record.success,
            actor = record.actor.as_deref(), user = record.user_id.as_deref(),
            email = record.email.as_deref().map(one_line), session = record.session_id.as_deref(),
            client = record.client_ip.as_deref(), detail = record.detail.as_deref().map(one_line);
            "audit: {}{}", record.event, if record.success { "" } else { " failed" }
        );
        self.record(store);
    }
}

/// A client's text cannot make a second line of the log.
fn one_line(text: &str) -> String {
    text.chars().take(256).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
