//! The paths of the admin API; `{id}` is a session's id, as routers write it.

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
/// GET: the port pool.
pub const PORTS: &str = "/v1/ports";
/// POST: make the log database, or make it afresh.
pub const INIT_DB: &str = "/v1/init-db";
/// POST: read the configuration again.
pub const RELOAD: &str = "/v1/reload";
/// GET: the configuration in force.
pub const CONFIG: &str = "/v1/config";
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

/// Percent-encodes all but what may stand in a path's segment by itself.
fn encoded(segment: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    segment.bytes().map(byte).collect()
}
