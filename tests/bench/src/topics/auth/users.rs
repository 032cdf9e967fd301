//! Users of the daemons here: made, logged in, many at once.

use std::cell::Cell;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::try_join_all;
use serde_json::json;

use crate::client::{Connection, parse, path};
use crate::daemon::Daemon;
use crate::error::{BenchError, Result};
use crate::load::Shot;

/// Of all of them.
pub const PASSWORD: &str = "correct horse battery staple";
/// How many are registered at the same time.
const AT_A_TIME: usize = 4;

/// Students, by what they send.
#[derive(Debug)]
pub struct Class {
    /// Makes their accounts.
    pub registrations: Vec<Shot>,
    /// Logs them in.
    pub logins: Vec<Shot>,
    /// Tries to, with a wrong password.
    pub mistakes: Vec<Shot>,
}

impl Class {
    /// So many.
    pub fn of(students: usize) -> Result<Self> {
        let all = |route, password| {
            let shot = |number| shot(route, &format!("student-{number:03}@example.org"), password);
            (0..students).map(shot).collect::<Result<_>>()
        };
        Ok(Self {
            registrations: all("/auth/register", PASSWORD)?,
            logins: all("/auth/login", PASSWORD)?,
            mistakes: all("/auth/login", "wrong")?,
        })
    }
}

/// Email and password for a route that takes both.
pub fn shot(route: &str, email: &str, password: &str) -> Result<Shot> {
    let body = json!({ "email": email, "password": password }).to_string();
    Ok(Shot { uri: path(route)?, body: Bytes::from(body), begins: br#"{"access_token":"# })
}

/// Makes their accounts.
pub async fn register(daemon: &Daemon, class: &Class) -> Result<()> {
    let mut connections = Connection::open_many(daemon.address(), AT_A_TIME).await?;
    at_once(&mut connections, &class.registrations).await.map(drop)
}

/// Makes one user, whose token the connection sends from now on.
pub async fn sign_up(connection: &mut Connection, email: &str) -> Result<()> {
    let Shot { uri, body, .. } = shot("/auth/register", email, PASSWORD)?;
    let answer = parse(&connection.post(&uri, body).await?)?;
    let token = answer["access_token"].as_str();
    connection.authorize(token.ok_or_else(|| BenchError::unexpected("no token"))?)
}

/// Sends all of them; each connection takes the next as soon as it is free. Returns when the last
/// of them was answered.
pub async fn at_once(connections: &mut [Connection], shots: &[Shot]) -> Result<Duration> {
    let (next, started) = (Cell::new(0), Instant::now());
    let (next, take) = (&next, |number| shots.get(number));
    try_join_all(connections.iter_mut().map(|connection| async move {
        while let Some(shot) = take(next.replace(next.get() + 1)) {
            shot.fire(connection).await?;
        }
        Ok::<_, BenchError>(())
    }))
    .await?;
    Ok(started.elapsed())
}
