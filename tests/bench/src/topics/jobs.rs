//! What only reads while something long runs; and a thousand jobs of fifty users at once.
//!
//! Without authentication each session has a share of its own, as a user has.

use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::Method;
use serde_json::{Value, json};

use super::compute::light_curve;
use super::{Effort, Measured, POOL, SPARES};
use crate::client::{Connection, parse, path};
use crate::daemon::{Daemon, Session};
use crate::error::{BenchError, Result};
use crate::figure::{Figure, Unit};
use crate::load::samples;
use crate::processes::resident;
use crate::progress;

/// Sessions, each of its own user.
const USERS: usize = 50;
/// Between two looks at the jobs.
const LOOK: Duration = Duration::from_millis(250);

/// Measures the topic.
pub async fn measure(effort: Effort) -> Result<Measured> {
    let (mut figures, read_stopped) = reads(effort).await?;
    let (drained, drain_stopped) = drain(effort).await?;
    figures.extend(drained);
    Ok((figures, read_stopped.and(drain_stopped)))
}

/// Reads beside a compute of the same session, on all cores.
async fn reads(effort: Effort) -> Result<Measured> {
    progress("reads while the same session computes");
    let daemon = Daemon::start(SPARES, POOL).await?;
    let (mut connection, session) = daemon.sessions(1).await?.remove(0);
    connection.command(&session.send, &light_curve()).await?;
    let teff = json!({ "qualifier": "teff", "component": "primary", "context": "component" });
    let mut times: [Vec<Duration>; 4] = Default::default();
    for _ in 0..effort.pick(3, 1) {
        let job = submit(&mut connection, &session, "run_compute").await?;
        while is_open(&mut connection, &job).await? {
            for (name, times) in
                ["get_value", "get_parameter", "get_datasets", "get_bundle"].iter().zip(&mut times)
            {
                let mut command = teff.clone();
                command["command"] = json!(name);
                let started = Instant::now();
                connection.command(&session.send, &command).await?;
                times.push(started.elapsed());
            }
        }
    }
    let stopped = daemon.stop().await;
    let labels = [
        ("busy_get_value", "get_value while it computes"),
        ("busy_get_parameter", "get_parameter while it computes"),
        ("busy_get_datasets", "get_datasets while it computes"),
        ("busy_get_bundle", "get_bundle while it computes"),
    ];
    let mut figures = Vec::new();
    for ((key, label), times) in labels.into_iter().zip(&times) {
        figures.push(Figure::median(key, label, &samples(times)?).at_most(0.050));
    }
    Ok((figures, stopped))
}

/// All jobs are submitted at once; how evenly they are done, and what the daemon takes.
async fn drain(effort: Effort) -> Result<Measured> {
    let each = effort.pick(20, 2);
    progress(&format!("{} jobs of {USERS} users", each * USERS));
    let daemon = Daemon::start(SPARES, POOL).await?;
    let mut clients = daemon.sessions(USERS).await?;
    let orbit = json!({ "command": "add_dataset", "kind": "orb", "dataset": "orb01",
        "compute_times": [0.0, 0.5] });
    for (connection, session) in &mut clients {
        connection.command(&session.send, &orbit).await?;
    }
    let started = Instant::now();
    for turn in 0..each {
        for (connection, session) in &mut clients {
            submit(connection, session, &format!("run_compute\",\"model\":\"m{turn}")).await?;
        }
    }
    let (mut most, mut evenness) = (0.0_f64, None);
    loop {
        most = most.max(resident(daemon.pid())?);
        let mut done = Vec::new();
        for (connection, session) in &mut clients {
            done.push(done_of(connection, session).await?);
        }
        let all: usize = done.iter().sum();
        if evenness.is_none() && all * 2 >= each * USERS {
            let least = done.iter().copied().min().unwrap_or(0);
            #[allow(clippy::cast_precision_loss, reason = "a thousand jobs")]
            let share = least as f64 * USERS as f64 / all as f64;
            evenness = Some(share);
        }
        if all == each * USERS {
            break;
        }
        tokio::time::sleep(LOOK).await;
    }
    let took = started.elapsed();
    let stopped = daemon.stop().await;
    let figures = vec![
        Figure::new("jobs_drained", "jobs of 50 users, until all are done", took.as_secs_f64(), {
            Unit::Seconds
        }),
        Figure::new(
            "jobs_evenness",
            "  at half time, the least of a user, of the mean",
            evenness.unwrap_or(0.0),
            Unit::Times,
        )
        .at_least(0.8),
        Figure::new("jobs_memory", "  most memory of the daemon meanwhile", most, Unit::Mebibytes)
            .at_most(40.0),
    ];
    Ok((figures, stopped))
}

/// Submits a command, given as what stands in its quotes; where its job is asked for.
async fn submit(connection: &mut Connection, session: &Session, name: &str) -> Result<String> {
    let uri = path(&jobs_of(session))?;
    let body = Bytes::from(format!("{{\"command\":\"{name}\"}}"));
    let (status, answer) = connection.exchange(Method::POST, &uri, body).await?;
    let job: Value = parse(&answer)?;
    match job["id"].as_str() {
        Some(id) if status == 202 => Ok(format!("/dash/jobs/{id}")),
        _ => Err(BenchError::unexpected(format!("a submission: {status}: {job}"))),
    }
}

async fn get(connection: &mut Connection, uri: &str) -> Result<Value> {
    let (_, answer) = connection.exchange(Method::GET, &path(uri)?, Bytes::new()).await?;
    parse(&answer)
}

async fn is_open(connection: &mut Connection, job: &str) -> Result<bool> {
    let job = get(connection, job).await?;
    match job["state"].as_str() {
        Some("queued" | "running") => Ok(true),
        Some("succeeded") => Ok(false),
        _ => Err(BenchError::unexpected(format!("a job: {job}"))),
    }
}

async fn done_of(connection: &mut Connection, session: &Session) -> Result<usize> {
    let list = get(connection, &jobs_of(session)).await?;
    let jobs = list["jobs"].as_array().map(Vec::as_slice).unwrap_or_default();
    if let Some(job) = jobs.iter().find(|job| job["state"] == "failed") {
        return Err(BenchError::unexpected(format!("a job: {job}")));
    }
    Ok(jobs.iter().filter(|job| job["state"] == "succeeded").count())
}

fn jobs_of(session: &Session) -> String {
    let id = session.send.path().trim_start_matches("/send/");
    format!("/dash/sessions/{id}/jobs")
}
