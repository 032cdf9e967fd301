//! Runs an interpreter for the engine: with no settings of the caller's, and with its words kept.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command;

use super::error::EngineError;
use crate::console::Console;

/// The last lines that are kept of what a program says, for the error.
const KEPT: usize = 12;

/// A call of an interpreter.
#[derive(Debug)]
pub struct Python {
    program: PathBuf,
    arguments: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
    home: PathBuf,
}

/// How a call ended.
#[derive(Debug)]
pub struct Ended {
    /// Whether it did what it was to do.
    pub success: bool,
    /// The last that it said.
    pub said: Vec<String>,
}

impl Python {
    /// A call with a home of its own, which must exist. Of the caller's variables only those count
    /// that are not about Python: proxies, certificates and the index of pip's do.
    pub fn new(program: &Path, home: &Path, console: &Console) -> Self {
        let variables = console.environment().variables.iter();
        let kept = variables.filter(|(name, _)| !is_pythons(&name.to_string_lossy()));
        Self {
            program: program.to_owned(),
            arguments: vec!["-I".into()],
            variables: kept.map(|(name, value)| (name.clone(), value.clone())).collect(),
            home: home.to_owned(),
        }
    }

    /// The same with these arguments.
    pub fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|word| word.as_ref().to_owned()));
        self
    }

    /// The same with a variable.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Runs it; `heard` gets each line of its standard output.
    pub async fn run(
        self,
        within: Option<Duration>,
        mut heard: impl FnMut(&str),
    ) -> Result<Ended, EngineError> {
        let failed = |source| EngineError::Program { program: self.program.clone(), source };
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .env("HOME", &self.home)
            .env("TMPDIR", &self.home)
            .current_dir(&self.home)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        let (mut told, mut complained) = (Vec::new(), Vec::new());
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let whole = async {
            tokio::join!(
                each_line(out, |line| {
                    heard(&line);
                    keep(&mut told, line);
                }),
                each_line(err, |line| keep(&mut complained, line)),
            );
            child.wait().await
        };
        let status = match within {
            None => Some(whole.await),
            Some(limit) => tokio::time::timeout(limit, whole).await.ok(),
        };
        let Some(status) = status else {
            let limit = within.unwrap_or_default().as_secs();
            return Ok(Ended { success: false, said: vec![format!("no end after {limit} s")] });
        };
        // The complaints say why; without any, the last words do.
        let said = if complained.is_empty() { told } else { complained };
        Ok(Ended { success: status.map_err(failed)?.success(), said })
    }
}

/// Whether a variable of this name would have an interpreter or pip do something else.
fn is_pythons(name: &str) -> bool {
    const PIP: [&str; 6] =
        ["PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_FIND_LINKS", "PIP_NO_BINARY"];
    name.starts_with("PYTHON") || PIP.contains(&name)
}

async fn each_line(stream: Option<impl AsyncRead + Unpin>, mut heard: impl FnMut(String)) {
    let Some(stream) = stream else { return };
    let mut lines = BufReader::new(stream).split(b'\n');
    while let Ok(Some(line)) = lines.next_segment().await {
        heard(String::from_utf8_lossy(&line).trim_end().to_owned());
    }
}

fn keep(kept: &mut Vec<String>, line: String) {
    if line.is_empty() {
        return;
    }
    if kept.len() == KEPT {
        kept.remove(0);
    }
    kept.push(line);
}
