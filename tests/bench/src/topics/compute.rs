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

/// Measures the topic: one through the daemon, one in plain PHOEBE, and again.
pub async fn measure(effort: Effort) -> Result<Measured> {
    progress("a light curve of 201 phases");
    let mut plain = PlainPhoebe::start()?;
    let daemon = Daemon::start(SPARES, POOL).await?;
    let mut sessions = daemon.sessions(1).await?;
    let (connection, session) = &mut sessions[0];
    connection.command(&session.send, &light_curve()).await?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..effort.pick(4, 1) {
        let started = Instant::now();
        let result =
            connection.command(&session.send, &json!({ "command": "run_compute" })).await?;
        ours.push(started.elapsed());
        theirs.push(plain.times("compute", 1)?.median());
        let fluxes = result["model"]["lc01"]["fluxes"].as_array().map_or(0, Vec::len);
        if fluxes != PHASES as usize {
            return Err(BenchError::unexpected(format!("run_compute gave {fluxes} fluxes")));
        }
    }
    let stopped = daemon.stop().await;
    let theirs =
        Samples::new(theirs).ok_or_else(|| BenchError::unexpected("nothing was measured"))?;
    let figures = vec![
        Figure::median("run_compute", "run_compute, 201 phases", &samples(&ours)?)
            .beside("plain PHOEBE", theirs.median()),
    ];
    Ok((figures, stopped))
}
