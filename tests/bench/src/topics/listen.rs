//! How soon a daemon that was just started answers.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use phoebed_tests::binary;

use super::{Effort, Measured, POOL, SPARES};
use crate::daemon::Daemon;
use crate::error::{BenchError, Result};
use crate::figure::Figure;
use crate::load::samples;
use crate::progress;
use crate::samples::Samples;

/// Measures the topic.
pub async fn measure(effort: Effort) -> Result<Measured> {
    let count = effort.pick(10, 3);
    progress("limit: a bare exec");
    let exec = exec(&binary("phoebed"), count)?;
    progress("start of the daemon");
    let (mut times, mut stopped) = (Vec::new(), Ok(()));
    for _ in 0..count {
        let daemon = Daemon::start_cold(SPARES, POOL, "").await?;
        times.push(daemon.listening());
        stopped = stopped.and(daemon.stop().await);
    }
    let listening = Figure::median("listening", "listening after its start", &samples(&times)?)
        .at_most(0.1)
        .beside("exec --version", exec.median());
    Ok((vec![listening], stopped))
}

/// How long the program takes that does nothing but say its version.
fn exec(program: &Path, count: usize) -> Result<Samples> {
    let times: Result<Vec<Duration>> = (0..count)
        .map(|_| {
            let started = Instant::now();
            let status = Command::new(program).arg("--version").stdout(Stdio::null()).status();
            status.map_err(|source| BenchError::io(program.display().to_string(), source))?;
            Ok(started.elapsed())
        })
        .collect();
    samples(&times?)
}
