//! Logins one after the other: those that succeed beside a bare hash, and those that fail, whose
//! time must not tell who has an account.

use std::time::{Duration, Instant};

use hyper::{Method, StatusCode};

use super::users::{Class, PASSWORD, shot};
use crate::client::Connection;
use crate::error::{BenchError, Result};
use crate::limits::hash::hash;
use crate::load::{Shot, samples};
use crate::samples::Samples;

/// Logins, and bare hashes between them.
#[derive(Debug)]
pub struct Logins {
    /// Of users.
    pub logins: Samples,
    /// In this program.
    pub hashes: Samples,
}

/// Logins that fail.
#[derive(Debug)]
pub struct Refusals {
    /// Nobody has that email.
    pub unknown: Samples,
    /// Somebody has, and another password.
    pub wrong: Samples,
}

/// A login, a hash, and again.
pub async fn measure(connection: &mut Connection, class: &Class, count: usize) -> Result<Logins> {
    let (mut logins, mut hashes) = (Vec::new(), Vec::new());
    for login in class.logins.iter().cycle().take(count) {
        logins.push(login.fire(connection).await?);
        hashes.push(hash(PASSWORD)?);
    }
    Ok(Logins { logins: samples(&logins)?, hashes: samples(&hashes)? })
}

/// An unknown user, a wrong password, and again in the other order.
pub async fn refused(connection: &mut Connection, class: &Class, count: usize) -> Result<Refusals> {
    let (mut unknown, mut wrong) = (Vec::new(), Vec::new());
    for (number, mistake) in class.mistakes.iter().cycle().take(count).enumerate() {
        let stranger = shot("/auth/login", &format!("unknown-{number:03}@example.org"), "wrong")?;
        if number % 2 == 0 {
            unknown.push(refusal(connection, &stranger).await?);
            wrong.push(refusal(connection, mistake).await?);
        } else {
            wrong.push(refusal(connection, mistake).await?);
            unknown.push(refusal(connection, &stranger).await?);
        }
    }
    Ok(Refusals { unknown: samples(&unknown)?, wrong: samples(&wrong)? })
}

/// A login that must be refused. Returns how long that took.
async fn refusal(connection: &mut Connection, shot: &Shot) -> Result<Duration> {
    let started = Instant::now();
    let (status, answer) = connection.exchange(Method::POST, &shot.uri, shot.body.clone()).await?;
    let took = started.elapsed();
    if status == StatusCode::UNAUTHORIZED {
        return Ok(took);
    }
    let text = String::from_utf8_lossy(&answer);
    Err(BenchError::unexpected(format!("a login that fails: {status}: {text}")))
}
