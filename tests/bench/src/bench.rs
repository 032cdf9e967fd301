//! The run: one topic after the other, then the report.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::args::Args;
use crate::error::{BenchError, Result};
use crate::limits::Limits;
use crate::quiet::{Watch, load_average, warning};
use crate::report::{Report, table, write};
use crate::topics::Effort;
use crate::{daemon, progress};

/// Measures everything asked for, within that time. Returns whether all of it could be measured;
/// a missed goal is a result and no failure.
pub async fn run(args: &Args, within: Duration) -> Result<bool> {
    let started = Instant::now();
    let deadline = started + within;
    let effort = Effort { is_quick: args.quick };
    let load = load_average();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut limits = Limits::default();
    let (mut figures, mut failures, mut disturbances) = (Vec::new(), Vec::new(), Vec::new());
    for topic in args.topics() {
        if started.elapsed() >= within {
            failures.push((topic.name(), out_of_time(within).to_string()));
            continue;
        }
        let watch = Watch::begin().await;
        // Out of time, the daemon is dropped and so killed.
        let measured = timeout_at(deadline, topic.measure(effort, &mut limits)).await;
        disturbances.push(watch.end(topic.name()));
        let measured = measured.unwrap_or_else(|_elapsed| Err(out_of_time(within)));
        let (measured, stopped) = measured.unwrap_or_else(|error| (Vec::new(), Err(error)));
        figures.extend(measured);
        if let Err(error) = stopped {
            progress(&format!("{} failed: {error}", topic.name()));
            failures.push((topic.name(), error.to_string()));
        }
    }
    let warning = warning(load, cores, &disturbances);
    let seconds = started.elapsed().as_secs_f64();
    let is_quick = args.quick;
    let report =
        Report { figures, failures, limits, disturbances, load, warning, is_quick, cores, seconds };
    print(&table(&report));
    let place = write(&report, args.json.as_deref())?;
    progress(&format!("written to {}", place.display()));
    daemon::check_nothing_is_left()?;
    Ok(report.failures.is_empty())
}

fn out_of_time(within: Duration) -> BenchError {
    BenchError::TimedOut { what: "the whole run".to_owned(), within }
}

#[allow(clippy::print_stdout, reason = "the table is this program's output")]
fn print(text: &str) {
    print!("{text}");
}
