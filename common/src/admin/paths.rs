//! The paths of the admin API, as routers write them; `{id}` is a session's, a job's or a token's id,
//! `{user}` a user's id or email.

use super::{AuditQuery, JobQuery, JobsQuery};

/// GET: is it there?
pub const PING: &str = "/v1/ping";
/// GET: how is it?
pub const STATUS: &str = "/v1/status";
/// GET: every session.
pub const SESSIONS: &str = "/v1/sessions";
/// GET: one session.
pub const SESSION: &str = "/v1/sessions/{id}";
/// GET: what the log database holds of one session.
pub const SESSION_LOGS: &str = "/v1/sessions/{id}/logs";
/// POST: end sessions.
pub const KILL: &str = "/v1/sessions/kill";
/// GET: everybody's jobs.
pub const JOBS: &str = "/v1/jobs";
/// GET: one job.
pub const JOB: &str = "/v1/jobs/{id}";
/// POST: end a job.
pub const JOB_CANCEL: &str = "/v1/jobs/{id}/cancel";
/// GET: the port pool.
pub const PORTS: &str = "/v1/ports";
/// POST: make the log database, or make it afresh.
pub const INIT_DB: &str = "/v1/init-db";
/// POST: read the configuration again.
pub const RELOAD: &str = "/v1/reload";
/// GET: the configuration in force.
pub const CONFIG: &str = "/v1/config";
/// GET: every user. POST: make one.
pub const USERS: &str = "/v1/users";
/// POST: make many users.
pub const USERS_IMPORT: &str = "/v1/users/import";
/// GET: one user.
pub const USER: &str = "/v1/users/{user}";
/// POST: give a user another role.
pub const USER_ROLE: &str = "/v1/users/{user}/role";
/// POST: a user may not log in any more.
pub const USER_DISABLE: &str = "/v1/users/{user}/disable";
/// POST: a user may log in again.
pub const USER_ENABLE: &str = "/v1/users/{user}/enable";
/// POST: give a user another password.
pub const USER_PASSWORD: &str = "/v1/users/{user}/password";
/// POST: remove a user with their sessions and data.
pub const USER_REMOVE: &str = "/v1/users/{user}/remove";
/// GET: tokens that were issued. POST: issue one.
pub const TOKENS: &str = "/v1/tokens";
/// POST: a token is not valid any more.
pub const TOKEN_REVOKE: &str = "/v1/tokens/{id}/revoke";
/// GET: who did what.
pub const AUDIT: &str = "/v1/audit";
/// POST: take no new sessions.
pub const DRAIN: &str = "/v1/drain";
/// POST: take new sessions again.
pub const UNDRAIN: &str = "/v1/undrain";
/// POST: stop the daemon.
pub const SHUTDOWN: &str = "/v1/shutdown";
/// GET: the OpenAPI document of the admin API.
pub const OPENAPI: &str = "/v1/openapi.json";

/// [`SESSION`] with this id in it, whatever characters it has.
pub fn session(id: &str) -> String {
    SESSION.replace("{id}", &encoded(id))
}

/// [`SESSION_LOGS`] with this id in it and at most `limit` records asked for.
pub fn session_logs(id: &str, limit: usize) -> String {
    format!("{}?limit={limit}", SESSION_LOGS.replace("{id}", &encoded(id)))
}

/// [`JOBS`] with this query.
pub fn jobs(query: &JobsQuery) -> String {
    let pairs = [
        query.session.as_deref().map(|id| format!("session={}", encoded(id))),
        query.limit.map(|limit| format!("limit={limit}")),
    ];
    let pairs: Vec<String> = pairs.into_iter().flatten().collect();
    if pairs.is_empty() { JOBS.to_owned() } else { format!("{JOBS}?{}", pairs.join("&")) }
}

/// [`JOB`] with this id and query in it.
pub fn job(id: &str, query: Option<&JobQuery>) -> String {
    let path = JOB.replace("{id}", &encoded(id));
    match query.and_then(|query| query.wait) {
        Some(wait) => format!("{path}?wait={}", encoded(&wait.to_string())),
        None => path,
    }
}

/// [`JOB_CANCEL`] with this id in it.
pub fn job_cancel(id: &str) -> String {
    JOB_CANCEL.replace("{id}", &encoded(id))
}

/// [`USER`] or one of the paths below it, with this user in it, whatever characters the name has.
pub fn of_user(path: &str, user: &str) -> String {
    path.replace("{user}", &encoded(user))
}

/// [`TOKENS`] of one user, or of everybody.
pub fn tokens_of(user: Option<&str>) -> String {
    user.map_or_else(|| TOKENS.to_owned(), |user| format!("{TOKENS}?user={}", encoded(user)))
}

/// [`TOKEN_REVOKE`] with this id in it.
pub fn token_revoke(id: &str) -> String {
    TOKEN_REVOKE.replace("{id}", &encoded(id))
}

/// [`AUDIT`] with this query.
pub fn audit(query: &AuditQuery) -> String {
    let AuditQuery { user, event, since, limit } = query;
    let pairs = [
        user.as_deref().map(|user| format!("user={}", encoded(user))),
        event.as_deref().map(|event| format!("event={}", encoded(event))),
        since.map(|since| format!("since={}", encoded(&since.to_string()))),
        limit.map(|limit| format!("limit={limit}")),
    ];
    let pairs: Vec<String> = pairs.into_iter().flatten().collect();
    if pairs.is_empty() { AUDIT.to_owned() } else { format!("{AUDIT}?{}", pairs.join("&")) }
}

/// Percent-encodes all but what may stand in a path's segment by itself.
fn encoded(segment: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    segment.bytes().map(byte).collect()
}
