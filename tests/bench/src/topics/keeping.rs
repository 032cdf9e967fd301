//! What it costs that changes are kept: daemons with each durability take turns. How soon a session
//! that hibernates answers, and what ten thousand of them cost.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rusqlite::Connection as Database;
use serde_json::{Value, json};

use super::{Effort, Measured, POOL, SPARES};
use crate::client::Connection;
use crate::daemon::{Daemon, Session};
use crate::error::{BenchError, Result};
use crate::figure::{Figure, Unit};
use crate::load::samples;
use crate::processes::resident;
use crate::progress;

/// The database of sessions, as the daemon makes it.
const SCHEMA: &str = include_str!("../../../../migrations/state/0001_sessions.sql");
const HIBERNATED: usize = 10_000;
/// How far the clients of a class are apart: turns of so many changes.
const TURN: usize = 20;

/// What one daemon has shown so far.
#[derive(Debug, Default)]
struct Shown {
    entries: Vec<Duration>,
    wholes: Vec<Duration>,
}

/// Measures the topic.
pub async fn measure(effort: Effort) -> Result<Measured> {
    let (mut figures, changes_stopped) = changes(effort).await?;
    let (woken, wake_stopped) = waking(effort).await?;
    let (many, many_stopped) = many(effort).await?;
    figures.extend(woken);
    figures.extend(many);
    Ok((figures, changes_stopped.and(wake_stopped).and(many_stopped)))
}

/// Changes with each durability, in turns.
async fn changes(effort: Effort) -> Result<Measured> {
    progress("changes that are kept, with each durability");
    let mut daemons = Vec::new();
    for durability in ["none", "process", "power"] {
        let line = format!("session.durability = '{durability}'\n");
        daemons.push(Daemon::start_with(SPARES, POOL, &line).await?);
    }
    let mut clients = Vec::new();
    for daemon in &daemons {
        let (mut connection, session) = daemon.sessions(1).await?.remove(0);
        connection.command(&session.send, &set_value(0)).await?;
        clients.push((connection, session, Shown::default()));
    }
    for turn in 0..effort.pick(15, 3) {
        for (connection, session, shown) in &mut clients {
            for step in 0..TURN {
                let set = set_value(turn * TURN + step);
                shown.entries.push(timed(connection, session, &set).await?);
            }
            for _ in 0..2 {
                let attach = json!({ "command": "attach_parameters", "parameters": [{
                    "ptype": "float", "qualifier": format!("note{}", shown.wholes.len()),
                    "value": 1.5, "description": "a note", "context": "ui" }] });
                shown.wholes.push(timed(connection, session, &attach).await?);
            }
        }
    }
    let mut stopped = Ok(());
    let shown: Vec<Shown> = clients.into_iter().map(|(_, _, shown)| shown).collect();
    for daemon in daemons {
        stopped = stopped.and(daemon.stop().await);
    }
    let [none, process, power] = shown.as_slice() else { unreachable!("three were started") };
    let (set, set_none) = (samples(&process.entries)?, samples(&none.entries)?);
    let (whole, whole_none) = (samples(&process.wholes)?, samples(&none.wholes)?);
    let more = |kept: f64, none: f64| kept - none;
    let figures = vec![
        Figure::median("keep_set_value", "set_value, kept (process)", &set)
            .beside("durability none", set_none.median()),
        Figure::new(
            "keep_set_value_more",
            "  what keeping adds",
            more(set.median(), set_none.median()),
            Unit::Seconds,
        )
        .at_most(0.0015),
        Figure::median(
            "keep_set_value_power",
            "set_value, kept (power)",
            &samples(&power.entries)?,
        )
        .beside("durability none", set_none.median()),
        Figure::median("keep_whole", "attach_parameters, kept (process)", &whole)
            .beside("durability none", whole_none.median()),
        Figure::new(
            "keep_whole_more",
            "  what keeping adds",
            more(whole.median(), whole_none.median()),
            Unit::Seconds,
        )
        .at_most(0.012),
        Figure::median(
            "keep_whole_power",
            "attach_parameters, kept (power)",
            &samples(&power.wholes)?,
        )
        .beside("durability none", whole_none.median()),
    ];
    Ok((figures, stopped))
}

fn set_value(step: usize) -> Value {
    json!({
        "command": "set_value", "qualifier": "teff", "component": "primary",
        "context": "component", "value": 5000 + step,
    })
}

async fn timed(
    connection: &mut Connection,
    session: &Session,
    command: &Value,
) -> Result<Duration> {
    let started = Instant::now();
    connection.command(&session.send, command).await?;
    Ok(started.elapsed())
}

/// The first answer of a session that hibernates, with a spare ready.
async fn waking(effort: Effort) -> Result<Measured> {
    progress("waking of sessions that hibernate");
    let daemon = Daemon::start(SPARES, POOL).await?;
    let (mut connection, session) = daemon.sessions(1).await?.remove(0);
    let mut times = Vec::new();
    for step in 0..effort.pick(30, 5) {
        connection.command(&session.send, &set_value(step)).await?;
        connection.post(&session.hibernate, Bytes::new()).await?;
        // The spare that it will take is there again.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let get = json!({ "command": "get_value", "qualifier": "teff", "component": "primary",
            "context": "component" });
        times.push(timed(&mut connection, &session, &get).await?);
    }
    drop(connection);
    let stopped = daemon.stop().await;
    let times = samples(&times)?;
    let figures = vec![
        Figure::median("wake", "first answer of a hibernated session", &times).at_most(0.05),
        Figure::quantile("wake_p90", "  p90", &times, 0.9),
    ];
    Ok((figures, stopped))
}

/// Daemons with and without ten thousand sessions that hibernate.
async fn many(effort: Effort) -> Result<Measured> {
    progress("10 000 sessions that hibernate");
    let (mut stopped, mut shown) = (Ok(()), [(Vec::new(), 0.0), (Vec::new(), 0.0)]);
    for _ in 0..effort.pick(3, 1) {
        for (count, (times, memory)) in [0, HIBERNATED].into_iter().zip(&mut shown) {
            let prepare = |directory: &Path| fill(&directory.join("state"), count);
            let daemon = Daemon::start_prepared(SPARES, POOL, prepare).await?;
            times.push(daemon.listening());
            daemon.wait_until_ready().await?;
            *memory = resident(daemon.pid())?;
            stopped = stopped.and(daemon.stop().await);
        }
    }
    let [(none, none_memory), (many, many_memory)] = shown;
    let (none, many) = (samples(&none)?, samples(&many)?);
    let figures = vec![
        Figure::median("start_10000", "start, 10 000 sessions hibernate", &many)
            .at_most(2.0)
            .beside("no session", none.median()),
        Figure::new(
            "memory_10000",
            "  what they add to phoebed",
            many_memory - none_memory,
            Unit::Mebibytes,
        )
        .at_most(50.0),
    ];
    Ok((figures, stopped))
}

/// A state database with so many sessions that were used some days ago.
fn fill(directory: &Path, count: usize) -> Result<()> {
    let sql = |error: rusqlite::Error| BenchError::unexpected(format!("state.db: {error}"));
    fs::create_dir(directory).map_err(|source| BenchError::io("the state directory", source))?;
    let mut database = Database::open(directory.join("state.db")).map_err(sql)?;
    database.execute_batch(SCHEMA).map_err(sql)?;
    database.pragma_update(None, "user_version", 1).map_err(sql)?;
    let tx = database.transaction().map_err(sql)?;
    {
        let mut insert = tx
            .prepare(
                "INSERT INTO sessions (session_id, user_id, full_name, project_name, client_ip,
                     user_agent, created_at, last_activity)
                 VALUES (?1, ?2, 'Ada Lovelace, Countess', '\"AI Phoenicis, third attempt\"',
                     '192.0.2.117', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 \
                     Firefox/140.0', unixepoch() - 400000, unixepoch() - 300000)",
            )
            .map_err(sql)?;
        for number in 0..count {
            let id = format!("{number:08x}-0000-4000-8000-000000000000");
            insert.execute([id, (number % 300).to_string()]).map_err(sql)?;
        }
    }
    tx.commit().map_err(sql)
}
