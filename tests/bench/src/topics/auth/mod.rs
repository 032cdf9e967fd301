//! What authentication and HTTPS cost: a ping with them and without, logins, refusals.
//!
//! Three daemons of the same build take turns: mode `none`, mode `jwt`, and mode `jwt` over HTTPS.

mod logins;
mod pings;
mod users;

use super::{Effort, Measured, ping_during};
use crate::client::Connection;
use crate::daemon::Daemon;
use crate::error::Result;
use crate::figure::{Figure, Unit};
use crate::progress;

use logins::{Logins, Refusals};
use pings::{Pinged, Pinging};
use users::{Class, register, sign_up};

/// One session each is all that there is.
const SPARES: usize = 1;
const PORTS: u16 = 8;
/// A big class, and over how many connections it logs in.
const STUDENTS: usize = 300;
const CONNECTIONS: usize = 64;
/// Who has the sessions that are pinged.
const TEACHER: &str = "teacher@example.org";

/// Mode `jwt`, in which neither failed logins nor registrations make anybody wait.
const JWT: &str = "auth.mode = 'jwt'\n\
    auth.jwt_secret_key = 'of a daemon that lives for some seconds'\n\
    auth.registrations_per_hour_per_address = 0\n\
    auth.failures_per_account = 1000000\n\
    auth.failures_per_address = 1000000\n";

/// Measures the topic.
pub async fn measure(effort: Effort) -> Result<Measured> {
    progress("what authentication costs: daemons and users");
    let guarded = Daemon::start_cold(SPARES, PORTS, JWT).await?;
    let class = Class::of(effort.pick(STUDENTS, 30))?;
    // Hashing for the users takes as long as the engines do, and both can use a core.
    let (open, secure, (), ()) = tokio::try_join!(
        Daemon::start(SPARES, PORTS),
        Daemon::start_https(SPARES, PORTS, JWT),
        guarded.wait_until_ready(),
        register(&guarded, &class),
    )?;

    progress("a ping in mode none, in mode jwt and over HTTPS");
    let mut in_turn = [
        Pinging::start(&open, open.connect().await?).await?,
        Pinging::start(&guarded, signed_up(&guarded).await?).await?,
        Pinging::start(&secure, signed_up(&secure).await?).await?,
    ];
    let [none, jwt, https] = pings::in_turn(&mut in_turn, effort.pick(60, 15)).await?;

    progress("logins, one after the other");
    let mut connection = guarded.connect().await?;
    let logins = logins::measure(&mut connection, &class, effort.pick(40, 15)).await?;
    let refusals = logins::refused(&mut connection, &class, 40).await?;
    progress("a class logs in at once");
    let mut connections = Connection::open_many(guarded.address(), CONNECTIONS).await?;
    let storm = users::at_once(&mut connections, &class.logins);
    let [_, Pinging { connection, session, .. }, _] = &mut in_turn;
    let (storm, beside) = ping_during(connection, session, storm).await?;
    drop(in_turn);
    let stopped = tokio::try_join!(open.stop(), guarded.stop(), secure.stop()).map(drop);

    let mut figures = figures_of_pings(&none, &jwt, &https).to_vec();
    #[allow(clippy::cast_precision_loss, reason = "a count of students")]
    let hashes = logins.hashes.median() * class.logins.len() as f64;
    figures.extend(figures_of_logins(&logins));
    figures.extend([
        Figure::new("login_300", "300 logins at once", storm.as_secs_f64(), Unit::Seconds)
            .beside("hashes, one core", hashes),
        Figure::median("ping_beside_logins", "ping while they log in", &beside)
            .beside("nobody does", jwt.samples.median()),
        Figure::quantile("ping_beside_logins_p99", "  p99", &beside, 0.99)
            .beside("nobody does", jwt.samples.quantile(0.99)),
    ]);
    figures.extend(figures_of_refusals(&refusals));
    Ok((figures, stopped))
}

/// A connection that sends the token of a new user.
async fn signed_up(daemon: &Daemon) -> Result<Connection> {
    let mut connection = daemon.connect().await?;
    sign_up(&mut connection, TEACHER).await?;
    Ok(connection)
}

fn figures_of_pings(none: &Pinged, jwt: &Pinged, https: &Pinged) -> [Figure; 6] {
    let (open, guarded, secure) = (&none.samples, &jwt.samples, &https.samples);
    let times = guarded.median() / open.median();
    [
        Figure::median("ping_jwt", "ping, mode jwt", guarded).beside("mode none", open.median()),
        Figure::new("ping_jwt_times", "  as a ratio", times, Unit::Times).at_most(1.10),
        Figure::quantile("ping_jwt_p99", "  p99", guarded, 0.99)
            .beside("mode none", open.quantile(0.99)),
        Figure::new("ping_jwt_cpu", "  phoebed's processor time", jwt.cpu, Unit::Seconds)
            .beside("mode none", none.cpu),
        Figure::median("ping_https", "ping, mode jwt over HTTPS", secure)
            .beside("over HTTP", guarded.median()),
        Figure::new("ping_https_cpu", "  phoebed's processor time", https.cpu, Unit::Seconds)
            .beside("over HTTP", jwt.cpu),
    ]
}

fn figures_of_logins(logins: &Logins) -> [Figure; 1] {
    let Logins { logins, hashes } = logins;
    [Figure::median("login", "login", logins).beside("an argon2id hash", hashes.median())]
}

fn figures_of_refusals(refusals: &Refusals) -> [Figure; 2] {
    let (unknown, wrong) = (refusals.unknown.median(), refusals.wrong.median());
    let times = unknown.max(wrong) / unknown.min(wrong);
    [
        Figure::median("login_unknown", "login refused, unknown user", &refusals.unknown)
            .beside("wrong password", wrong),
        Figure::new("login_refused_times", "  the slower over the faster", times, Unit::Times)
            .at_most(1.1),
    ]
}
