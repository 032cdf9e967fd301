//! What authentication costs: pings with and without a token in turns, logins alone and of a class
//! at once, and whether the time of a failed login tells anything.

use std::cell::Cell;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::try_join_all;
use hyper::{Method, StatusCode};
use serde_json::json;

use super::{Effort, Measured, POOL, SPARES};
use crate::client::{Connection, parse, path};
use crate::daemon::{Daemon, Session};
use crate::error::{BenchError, Result};
use crate::figure::{Figure, Unit};
use crate::load::{samples, serial};
use crate::progress;
use crate::samples::Samples;

/// Mode `jwt`; failures are free, since failing is what is measured.
const MODE: &str = "auth.mode = 'jwt'\n\
     auth.jwt_secret_key = 'a secret of the bench, 32 bytes or more'\n\
     auth.failures_per_account = 1000000\nauth.failures_per_address = 1000000\n";
const PASSWORD: &str = "open sesame";
/// Connections of a class.
const AT_ONCE: usize = 50;
/// Between pings while a class logs in.
const PAUSE: Duration = Duration::from_millis(2);

/// Measures the topic.
pub async fn measure(effort: Effort) -> Result<Measured> {
    progress("pings with a token and without");
    let open = Daemon::start(SPARES, POOL).await?;
    let closed = Daemon::start_with(SPARES, POOL, MODE).await?;
    let (mut free, free_session) = open.sessions(1).await?.remove(0);
    let mut user = closed.connect().await?;
    let answer = parse(&account(&mut user, "register", &email(0)).await?.1)?;
    let token = answer["access_token"].as_str();
    user.authorize(token.ok_or_else(|| BenchError::unexpected("no token"))?)?;
    let started = user.post(&path("/dash/start-session")?, Bytes::new()).await?;
    let session = Session::of(&started)?;
    let mut pings = [Vec::new(), Vec::new()];
    for _ in 0..effort.pick(20, 4) {
        let round = 250;
        let with = serial(&mut user, &[session.ping()], round).await?;
        let without = serial(&mut free, &[free_session.ping()], round).await?;
        pings[0].push(with.median());
        pings[1].push(without.median());
    }
    let medians = pings.map(Samples::new);
    let [Some(with), Some(without)] = medians else { unreachable!("rounds were made") };

    progress("logins that fail");
    let (mut wrong, mut unknown) = (Vec::new(), Vec::new());
    let mut guessing = closed.connect().await?;
    for guess in 0..effort.pick(60, 10) {
        wrong.push(failing(&mut guessing, &email(0)).await?);
        unknown.push(failing(&mut guessing, &format!("nobody{guess}@example.org")).await?);
    }
    let (wrong, unknown) = (samples(&wrong)?, samples(&unknown)?);

    let class = effort.pick(300, 20);
    progress("a class that registers and logs in");
    let mut clients = Connection::open_many(closed.address(), AT_ONCE.min(class)).await?;
    storm(&mut clients, "register", class).await?;
    let mut alone = Vec::new();
    for _ in 0..effort.pick(20, 5) {
        let started = Instant::now();
        account(&mut guessing, "login", &email(1)).await?;
        alone.push(started.elapsed());
    }
    let (is_done, mut beside) = (Cell::new(false), Vec::new());
    let logins = async {
        let took = storm(&mut clients, "login", class).await?;
        is_done.set(true);
        Ok(took)
    };
    let pinging = async {
        while !is_done.get() {
            beside.push(session.ping().fire(&mut user).await?);
            tokio::time::sleep(PAUSE).await;
        }
        Ok::<_, BenchError>(())
    };
    let (took, ()) = tokio::try_join!(logins, pinging)?;
    let (alone, beside) = (samples(&alone)?, samples(&beside)?);
    drop((clients, guessing, user, free));
    let stopped = closed.stop().await.and(open.stop().await);

    let more = with.median() - without.median();
    let tells = (wrong.median() - unknown.median()).abs();
    let figures = vec![
        Figure::median("auth_ping", "ping with a token", &with)
            .beside("mode none", without.median()),
        Figure::new("auth_ping_more", "  the token's part of it", more, Unit::Seconds)
            .at_most(0.1 * without.median()),
        Figure::median("login", "login", &alone),
        Figure::new("login_class", "a class logs in at once", took.as_secs_f64(), Unit::Seconds)
            .beside("one by one", alone.median() * class as f64),
        Figure::median("ping_beside_logins", "  ping meanwhile", &beside),
        Figure::quantile("ping_beside_logins_p99", "  p99", &beside, 0.99),
        Figure::median("login_wrong", "login, wrong password", &wrong)
            .beside("unknown user", unknown.median()),
        Figure::new("login_tells", "  what the difference tells", tells, Unit::Seconds)
            .at_most(0.1 * unknown.median()),
    ];
    Ok((figures, stopped))
}

fn email(user: usize) -> String {
    format!("user{user}@example.org")
}

/// A POST under `/auth` with email and password; its status and body.
async fn account(
    connection: &mut Connection,
    what: &str,
    email: &str,
) -> Result<(StatusCode, Bytes)> {
    let body = json!({ "email": email, "password": PASSWORD }).to_string();
    let uri = path(&format!("/auth/{what}"))?;
    let (status, body) = connection.exchange(Method::POST, &uri, body.into()).await?;
    if status == StatusCode::OK {
        return Ok((status, body));
    }
    let text = String::from_utf8_lossy(&body);
    Err(BenchError::unexpected(format!("{what} of {email}: {status}: {text}")))
}

/// How long a login with a wrong password takes.
async fn failing(connection: &mut Connection, email: &str) -> Result<Duration> {
    let body = json!({ "email": email, "password": "wrong" }).to_string();
    let uri = path("/auth/login")?;
    let started = Instant::now();
    let (status, _) = connection.exchange(Method::POST, &uri, body.into()).await?;
    if status == StatusCode::UNAUTHORIZED {
        return Ok(started.elapsed());
    }
    Err(BenchError::unexpected(format!("a login that must fail: {status}")))
}

/// Everybody of a class does it, over these connections. Returns when the last was answered.
async fn storm(clients: &mut [Connection], what: &str, class: usize) -> Result<Duration> {
    let (started, at_once) = (Instant::now(), clients.len());
    let each = clients.iter_mut().enumerate().map(|(client, connection)| async move {
        for user in (client..class).step_by(at_once) {
            account(connection, what, &email(user + 1)).await?;
        }
        Ok::<_, BenchError>(())
    });
    try_join_all(each).await?;
    Ok(started.elapsed())
}
