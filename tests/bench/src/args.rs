//! The command line.

use std::path::PathBuf;

use clap::Parser;

use crate::topics::Topic;

/// Measures phoebed's speed and memory, each figure beside its raw limit.
///
/// The table goes to standard output. PHOEBED_BIN names the program that is measured, else it is
/// target/release/phoebed.
#[derive(Debug, Parser)]
#[command(name = "phoebed-bench", version)]
pub struct Args {
    /// Fewer repetitions: a look, not a measurement
    #[arg(long)]
    pub quick: bool,
    /// Where the figures go as JSON (default: `target/bench/DATE.json`)
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Only this topic; may be given several times
    #[arg(long, value_name = "NAME", value_enum)]
    pub only: Vec<Topic>,
}

impl Args {
    /// The topics to measure, in order.
    pub fn topics(&self) -> impl Iterator<Item = Topic> {
        Topic::ALL.into_iter().filter(|topic| self.only.is_empty() || self.only.contains(topic))
    }
}
