//! Who asks: what the authentication step found out, as far as sessions care.

/// A caller of the API.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caller {
    /// The user's id; none in mode none.
    pub user_id: Option<String>,
    /// First and last name, or nothing.
    pub full_name: String,
    /// Whether it may use sessions of others: everybody in mode none, administrators.
    pub all_sessions: bool,
    /// Whether it may see, without using, sessions of others: instructors too.
    pub sees_all_sessions: bool,
}

impl Caller {
    /// Everybody, in mode none.
    pub fn anonymous() -> Self {
        Self {
            user_id: None,
            full_name: String::new(),
            all_sessions: true,
            sees_all_sessions: true,
        }
    }

    /// Whether a session of this user is its own.
    pub fn owns(&self, user_id: Option<&str>) -> bool {
        self.user_id.as_deref() == user_id
    }

    /// Whether it may use a session of this user.
    pub fn may_use(&self, user_id: Option<&str>) -> bool {
        self.all_sessions || self.owns(user_id)
    }
}

/// Where a start-session request came from, for the log database.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// The peer's address, or the one that a trusted proxy tells.
    pub ip: Option<String>,
    /// The `User-Agent` header.
    pub user_agent: Option<String>,
}
