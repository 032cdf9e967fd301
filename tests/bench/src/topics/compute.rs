//! A light curve through the daemon, beside the same one in plain PHOEBE.

use std::time::Instant;

use serde_json::{Value, json};

use super::{Effort, Measured, POOL, SPARES};
use crate::daemon::Daemon;
use crate::error::{BenchError, Result};
use crate::figure::Figure;
use crate::limits::engine::PlainPhoebe;
use crate::load::samples;
use crate::progress;
use crate::samples::Samples;

const PHASES: u32 = 201;

/// The command that adds a light curve of 201 phases over one period.
pub fn light_curve() -> Value {
    let step = |number| f64::from(number) / f64::from(PHASES - 1) - 0.5;
    json!({
        "command": "add_dataset", "kind": "lc", "dataset": "lc01", "passband": "Johnson:V",
        "compute_phases": (0..PHASES).map(step).collect::<Vec<f64>>(),
    })
}

/// Processes that share a compute: the first is what one alone takes, the second has a goal.
const PROCESSES: [u32; 3] = [1, 2, 4];
/// What two processes may take of plain PHOEBE's time, where there are two cores.
const OF_PLAIN: f64 = 0.70;

/// Measures the topic: one in plain PHOEBE, one through daemons with each number of processes, and
/// again.
pub async fn measure(effort: Effort) -> Result<Measured> {
    progress("a light curve of 201 phases");
    let mut plain = PlainPhoebe::start()?;
    let (mut daemons, mut clients) = (Vec::new(), Vec::new());
    for processes in PROCESSES {
        let line = format!("resources.compute_processes = {processes}\n");
        let daemon = Daemon::start_with(SPARES, POOL, &line).await?;
        let (mut connection, session) = daemon.sessions(1).await?.remove(0);
        connection.command(&session.send, &light_curve()).await?;
        daemons.push(daemon);
        clients.push((connection, session, Vec::new()));
    }
    let mut theirs = Vec::new();
    for _ in 0..effort.pick(4, 1) {
        theirs.push(plain.times("compute", 1)?.median());
        for (connection, session, ours) in &mut clients {
            let started = Instant::now();
            let result =
                connection.command(&session.send, &json!({ "command": "run_compute" })).await?;
            ours.push(started.elapsed());
            let fluxes = result["model"]["lc01"]["fluxes"].as_array().map_or(0, Vec::len);
            if fluxes != PHASES as usize {
                return Err(BenchError::unexpected(format!("run_compute gave {fluxes} fluxes")));
            }
        }
    }
    let mut stopped = Ok(());
    for daemon in daemons {
        stopped = stopped.and(daemon.stop().await);
    }
    let theirs =
        Samples::new(theirs).ok_or_else(|| BenchError::unexpected("nothing was measured"))?;
    let [one, two, four] = clients.as_slice() else { unreachable!("three were started") };
    let figure = |key, label, times: &[std::time::Duration]| {
        Ok::<_, BenchError>(
            Figure::median(key, label, &samples(times)?).beside("plain PHOEBE", theirs.median()),
        )
    };
    let figures = vec![
        figure("run_compute", "run_compute, 201 phases, 1 process", &one.2)?,
        figure("run_compute_2", "  the same, 2 processes", &two.2)?
            .at_most(OF_PLAIN * theirs.median()),
        figure("run_compute_4", "  the same, 4 processes", &four.2)?,
    ];
    Ok((figures, stopped))
}
