//! The file: every figure under a name that stays the same, in seconds, MiB, per second, per cent,
//! or as a ratio.

use std::fs;
use std::path::{Path, PathBuf};

use phoebed_tests::workspace;
use serde_json::{Value, json};

use super::Report;
use crate::error::{BenchError, Result};
use crate::figure::{Figure, Goal, Unit};
use crate::quiet::Disturbance;
use crate::samples::Samples;

/// Writes it to this place or to its own, and returns where.
pub fn write(report: &Report, to: Option<&Path>) -> Result<PathBuf> {
    let now = jiff::Timestamp::now();
    let place = to.map_or_else(|| default_place(now), Path::to_owned);
    let io = |source| BenchError::io(place.display().to_string(), source);
    if let Some(directory) = place.parent() {
        fs::create_dir_all(directory).map_err(io)?;
    }
    let text = serde_json::to_string_pretty(&value(report, now)).unwrap_or_default();
    fs::write(&place, text + "\n").map_err(io)?;
    Ok(place)
}

/// `target/bench/<date>.json`, wherever Cargo's target directory is.
fn default_place(now: jiff::Timestamp) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR");
    let target = workspace().join(target.map_or_else(|| "target".into(), PathBuf::from));
    target.join("bench").join(format!("{}.json", now.strftime("%Y-%m-%dT%H-%M-%SZ")))
}

fn value(report: &Report, now: jiff::Timestamp) -> Value {
    let figures = report.figures.iter().map(|one| (one.key.to_owned(), figure(one)));
    let limits = report.limits.measured().into_iter();
    let limits = limits.map(|(name, value)| (name.to_owned(), json!(value)));
    let others: Value = report.disturbances.iter().map(disturbance).collect();
    json!({
        "date": now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "seconds": report.seconds,
        "quick": report.is_quick,
        "machine": {
            "cores": report.cores,
            "kernel": line("/proc/sys/kernel/osrelease", ""),
            "processor": line("/proc/cpuinfo", "model name"),
            "memory": line("/proc/meminfo", "MemTotal"),
        },
        "quiet": {
            "warning": report.warning,
            "load_average": report.load,
            "others_share_of_a_core": others,
        },
        "figures": figures.collect::<Value>(),
        "limits": limits.collect::<Value>(),
        "failures": report.failures,
    })
}

fn figure(figure: &Figure) -> Value {
    let goal = figure.goal.map(|goal| match goal {
        Goal::AtMost(most) => json!({ "at_most": most }),
        Goal::AtLeast(least) => json!({ "at_least": least }),
    });
    let limit = figure.limit.as_ref();
    json!({
        "what": figure.label.trim(),
        "value": figure.value,
        "unit": match figure.unit {
            Unit::Seconds => "s",
            Unit::PerSecond => "1/s",
            Unit::Mebibytes => "MiB",
            Unit::Percent => "%",
            Unit::Times => "times",
        },
        "goal": goal,
        "met": figure.is_met(),
        "limit": limit.map(|limit| json!({ "what": limit.name, "value": limit.value })),
        "ratio": figure.ratio(),
        "samples": figure.samples.as_ref().map(samples),
    })
}

fn samples(samples: &Samples) -> Value {
    json!({
        "count": samples.count(),
        "min": samples.quantile(0.0),
        "p50": samples.median(),
        "p90": samples.quantile(0.9),
        "p99": samples.quantile(0.99),
        "max": samples.quantile(1.0),
    })
}

fn disturbance(seen: &Disturbance) -> Value {
    json!({ "topic": seen.topic, "before": seen.before, "during": seen.during })
}

/// What follows a name in a file, or its first line.
fn line(path: &str, name: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.trim_matches(|sign: char| sign.is_whitespace() || sign == ':').to_owned()
}
