//! The least that PHOEBE and the kernel cost: a Python process that has PHOEBE imported and a
//! bundle built, its own calls on that bundle, and bare forks of it.

use serde_json::{Value, json};
use tempfile::TempDir;

use super::script::Script;
use crate::error::{BenchError, Result};
use crate::processes::{proportional_set_size, tree};
use crate::samples::Samples;
use crate::topics::Effort;

/// What was measured.
#[derive(Debug)]
pub struct Engine {
    /// From before a fork until the child's first byte.
    pub fork: Samples,
    /// From killing a child until it was waited for.
    pub kill: Samples,
    /// A hundred forks, until the last child's first byte.
    pub hundred: Samples,
    /// Growth of the proportional set size per child, in MiB, with 12 and with 100 of them.
    pub memory: [f64; 2],
    /// `get_value` by tags.
    pub get_value: Samples,
    /// `set_value` of a temperature, on which nothing depends.
    pub set_value: Samples,
    /// `set_value` of the period, on which much depends.
    pub set_period: Samples,
}

impl Engine {
    /// For the JSON file.
    pub fn values(&self) -> Vec<(&'static str, f64)> {
        vec![
            ("fork_p50_seconds", self.fork.median()),
            ("kill_p50_seconds", self.kill.median()),
            ("fork_100_seconds", self.hundred.median()),
            ("fork_12_pss_mebibytes_each", self.memory[0]),
            ("fork_100_pss_mebibytes_each", self.memory[1]),
            ("phoebe_get_value_p50_seconds", self.get_value.median()),
            ("phoebe_set_value_p50_seconds", self.set_value.median()),
            ("phoebe_set_period_p50_seconds", self.set_period.median()),
        ]
    }
}

/// A process with PHOEBE imported, plain and unchanged.
#[derive(Debug)]
pub struct PlainPhoebe {
    script: Script,
    _home: TempDir,
}

impl PlainPhoebe {
    /// Starts it and waits until the bundle is built.
    pub fn start() -> Result<Self> {
        let home = TempDir::with_prefix("phoebed-bench-");
        let home = home.map_err(|source| BenchError::io("a temporary directory", source))?;
        let mut script = Script::start("engine.py", home.path())?;
        script.answer()?;
        Ok(Self { script, _home: home })
    }

    /// Measures something that many times.
    pub fn times(&mut self, what: &str, count: usize) -> Result<Samples> {
        let answer = self.script.ask(&json!({ "do": what, "count": count }))?;
        seconds(&answer["seconds"])
    }

    fn fork(&mut self, count: usize) -> Result<(Samples, Samples)> {
        let answer = self.script.ask(&json!({ "do": "fork", "count": count }))?;
        Ok((seconds(&answer["start"])?, seconds(&answer["end"])?))
    }

    /// The growth of the whole tree's proportional set size per child, in MiB.
    fn memory_of_children(&mut self, count: usize) -> Result<f64> {
        let before = proportional_set_size(&tree(self.script.pid()))?;
        self.script.ask(&json!({ "do": "populate", "count": count }))?;
        let after = proportional_set_size(&tree(self.script.pid()));
        self.script.ask(&json!({ "do": "depopulate" }))?;
        #[allow(clippy::cast_precision_loss, reason = "a count of children")]
        Ok((after? - before) / count as f64)
    }
}

/// Measures it.
pub fn measure(effort: Effort) -> Result<Engine> {
    let mut plain = PlainPhoebe::start()?;
    let (fork, kill) = plain.fork(effort.pick(60, 15))?;
    Ok(Engine {
        fork,
        kill,
        hundred: plain.times("hundred", effort.pick(3, 1))?,
        memory: [plain.memory_of_children(12)?, plain.memory_of_children(100)?],
        get_value: plain.times("get_value", effort.pick(1_000, 200))?,
        set_value: plain.times("set_value", effort.pick(200, 40))?,
        set_period: plain.times("set_period", effort.pick(10, 3))?,
    })
}

fn seconds(list: &Value) -> Result<Samples> {
    let seconds = list.as_array().map(|list| list.iter().filter_map(Value::as_f64).collect());
    let samples = seconds.and_then(Samples::new);
    samples.ok_or_else(|| BenchError::unexpected(format!("no times: {list}")))
}
