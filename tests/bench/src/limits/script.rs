//! A Python script of `tests/bench/python/` as a child: a JSON line in, a JSON line out.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use phoebed_tests::python;
use serde_json::Value;

use crate::client::parse;
use crate::error::{BenchError, Result};
use crate::program::Program;

/// What the zygote's environment also has: one thread, nothing asked of the internet.
const ENVIRONMENT: [(&str, &str); 8] = [
    ("PATH", "/usr/bin:/bin"),
    ("LANG", "C.UTF-8"),
    ("OPENBLAS_NUM_THREADS", "1"),
    ("OMP_NUM_THREADS", "1"),
    ("MKL_NUM_THREADS", "1"),
    ("PHOEBE_MULTIPROC_NPROCS", "0"),
    ("PHOEBE_ENABLE_PLOTTING", "FALSE"),
    ("PHOEBE_ENABLE_ONLINE_PASSBANDS", "FALSE"),
];

/// A running script; dropping it kills it and what it has forked.
#[derive(Debug)]
pub struct Script {
    program: Program,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Script {
    /// Starts it with a home directory of its own.
    pub fn start(name: &str, home: &Path) -> Result<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python").join(name);
        let mut command = Command::new(python());
        command.args(["-I", "-B"]).arg(script).env_clear().envs(ENVIRONMENT).env("HOME", home);
        command.current_dir(home).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut program = Program::start(&mut command)?;
        let (input, output) = (program.child().stdin.take(), program.child().stdout.take());
        let (Some(input), Some(output)) = (input, output) else {
            return Err(BenchError::unexpected(format!("{name} has no pipes")));
        };
        Ok(Self { program, input, output: BufReader::new(output) })
    }

    /// Asks for something and waits for the answer.
    pub fn ask(&mut self, request: &Value) -> Result<Value> {
        let io = |source| BenchError::io(format!("{request}"), source);
        writeln!(self.input, "{request}").map_err(io)?;
        self.answer()
    }

    /// The next line of it.
    pub fn answer(&mut self) -> Result<Value> {
        let mut line = String::new();
        let read = self.output.read_line(&mut line);
        match read.map_err(|source| BenchError::io("a script", source))? {
            0 => Err(BenchError::unexpected("a script has ended; what it said is above")),
            _ => parse(line.as_bytes()),
        }
    }

    /// Its process id.
    pub fn pid(&self) -> i32 {
        self.program.pid()
    }
}
