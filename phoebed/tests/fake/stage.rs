//! The test's side of the fake: its script, the files it waits for, the trace of what happened.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::eventually::eventually;
use crate::processes;

/// The directory that the fakes of one daemon share.
#[derive(Debug)]
pub struct Stage(PathBuf);

impl Stage {
    /// Makes it.
    pub fn new(directory: PathBuf, script: &Value) -> Self {
        fs::create_dir(&directory).unwrap();
        let stage = Self(directory);
        stage.play(script);
        stage
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// What zygotes and births do from now on (see `zygote/script.py`).
    pub fn play(&self, script: &Value) {
        let new = self.0.join("script.new");
        fs::write(&new, script.to_string()).unwrap();
        fs::rename(new, self.0.join("script.json")).unwrap();
    }

    /// Whoever waits for this name goes on.
    pub fn release(&self, name: &str) {
        fs::write(self.0.join(name), "").unwrap();
    }

    /// All lines of this kind, oldest first.
    pub fn all(&self, what: &str) -> Vec<Value> {
        let trace = fs::read_to_string(self.0.join("trace")).unwrap_or_default();
        let lines = trace.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["what"] == what).collect()
    }

    /// Waits for the n-th line of this kind.
    pub async fn nth(&self, what: &str, n: usize) -> Value {
        let name = format!("{n} times {what}");
        eventually(&name, async || self.all(what).into_iter().nth(n - 1)).await
    }

    /// The process ids in the lines of this kind.
    pub fn pids(&self, what: &str) -> Vec<i32> {
        self.all(what).iter().map(pid_of).collect()
    }

    /// Workers that are ready and run.
    pub fn live_workers(&self) -> Vec<i32> {
        self.pids("ready").into_iter().filter(|pid| processes::runs(*pid)).collect()
    }

    /// Waits until that many workers run.
    pub async fn live(&self, workers: usize) -> Vec<i32> {
        let name = format!("{workers} live workers");
        eventually(&name, async || Some(self.live_workers()).filter(|l| l.len() == workers)).await
    }

    /// The members `n` of the commands that were carried out, in order; pings left out.
    pub fn carried_out(&self) -> Vec<u64> {
        self.all("command").iter().filter_map(|line| line["n"].as_u64()).collect()
    }

    /// Waits until the command with this `n` is being carried out.
    pub async fn begun(&self, n: u64) {
        let name = format!("command {n} begins");
        eventually(&name, async || self.carried_out().contains(&n).then_some(())).await;
    }

    /// Every process that the trace knows.
    pub fn processes(&self) -> Vec<i32> {
        ["zygote", "worker", "child"].iter().flat_map(|what| self.pids(what)).collect()
    }
}

/// The process id of a line.
pub fn pid_of(line: &Value) -> i32 {
    i32::try_from(line["pid"].as_i64().unwrap()).unwrap()
}
