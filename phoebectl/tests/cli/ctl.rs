//! Runs phoebectl in this process, with surroundings of the test's choice.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Cursor, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use clap::Parser;
use jiff::tz::TimeZone;
use phoebectl::{Args, Stream, Surroundings};
use phoebed_common::config::Environment;
use serde::de::DeserializeOwned;

use crate::fake_daemon::FakeDaemon;

/// The time in every test, Unix seconds.
pub const NOW: f64 = 1_760_000_000.0;

/// A call that is prepared.
pub struct Ctl {
    arguments: Vec<OsString>,
    variables: BTreeMap<OsString, OsString>,
    cwd: PathBuf,
    exe: Option<PathBuf>,
    width: Option<usize>,
    interactive: bool,
    input: String,
}

/// What came of it.
#[derive(Debug)]
pub struct Said {
    /// The exit code.
    pub code: u8,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ctl {
    /// A call with these words, without variables, into pipes.
    pub fn new(line: &str) -> Self {
        let words = ["phoebectl"].into_iter().chain(line.split_whitespace());
        Self {
            arguments: words.map(OsString::from).collect(),
            variables: BTreeMap::new(),
            cwd: PathBuf::from("/nonexistent"),
            exe: None,
            width: None,
            interactive: false,
            input: String::new(),
        }
    }

    /// The same to this daemon.
    pub fn to(self, daemon: &FakeDaemon) -> Self {
        self.option("--socket", &daemon.socket())
    }

    /// The same with an option that names a path.
    pub fn option(mut self, name: &str, path: &Path) -> Self {
        self.arguments.extend([name.into(), path.into()]);
        self
    }

    /// The same with this variable.
    pub fn variable(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// The same in this folder.
    pub fn within(self, cwd: &Path) -> Self {
        Self { cwd: cwd.to_owned(), ..self }
    }

    /// The same as if it were this program.
    pub fn in_place_of(self, exe: PathBuf) -> Self {
        Self { exe: Some(exe), ..self }
    }

    /// The same on a terminal with so many columns, on which somebody types this.
    pub fn terminal(self, width: usize, input: &str) -> Self {
        Self { width: Some(width), interactive: true, input: input.to_owned(), ..self }
    }

    /// The same with this argument, spaces and all.
    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// The same with this on standard input, without anybody to ask.
    pub fn piped(self, input: &str) -> Self {
        Self { input: input.to_owned(), ..self }
    }

    /// Runs it.
    pub async fn run(self) -> Said {
        let args = match Args::try_parse_from(&self.arguments) {
            Ok(args) => args,
            Err(error) => {
                let code = u8::try_from(error.exit_code()).unwrap();
                return Said { code, out: String::new(), err: error.to_string() };
            }
        };
        let (out, err) = (Buffer::default(), Buffer::default());
        let stream = |buffer: &Buffer| Stream {
            writer: Box::new(Buffer(Rc::clone(&buffer.0))),
            width: self.width,
        };
        let environment = Environment {
            variables: self.variables,
            is_root: false,
            under_systemd: false,
            cwd: self.cwd,
            ephemeral_ports: None,
            exists: Arc::new(Path::exists),
        };
        let surroundings = Surroundings {
            environment,
            out: stream(&out),
            err: stream(&err),
            error_mark: "",
            input: Box::new(Cursor::new(self.input)),
            interactive: self.interactive,
            exe: self.exe,
            now: || NOW,
            time_zone: TimeZone::UTC,
        };
        let code = phoebectl::run(args, surroundings).await;
        Said { code, out: out.text(), err: err.text() }
    }
}

impl Said {
    /// Standard output of a success as this type.
    pub fn json<T: DeserializeOwned>(&self) -> T {
        assert_eq!(self.code, 0, "{self:?}");
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}

#[derive(Default)]
struct Buffer(Rc<RefCell<Vec<u8>>>);

impl Buffer {
    fn text(&self) -> String {
        String::from_utf8(self.0.borrow().clone()).unwrap()
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
