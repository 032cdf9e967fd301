//! What the program runs in: variables, streams, the clock. Taken once, so that everything after
//! can be tested in one process.

use std::fmt;
use std::io::{self, BufRead, BufReader, BufWriter, IsTerminal, Write};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use jiff::tz::TimeZone;
use phoebed_common::config::{Environment, port_range};
use systemd_journal_logger::connected_to_journal;

/// The columns of a terminal that does not say.
const USUAL_WIDTH: usize = 80;

/// What the program runs in.
pub struct Surroundings {
    /// Variables, user, directory.
    pub environment: Environment,
    /// Standard output: data.
    pub out: Stream,
    /// Standard error: everything else.
    pub err: Stream,
    /// What a line of an error begins with: in the journal its priority (sd-daemon(3)), as when
    /// the unit's `ExecReload` fails.
    pub error_mark: &'static str,
    /// Standard input.
    pub input: Box<dyn BufRead>,
    /// Whether somebody can be asked: input and error are a terminal.
    pub interactive: bool,
    /// This program's file.
    pub exe: Option<PathBuf>,
    /// The time, in Unix seconds.
    pub now: fn() -> f64,
    /// The time zone in which times are shown.
    pub time_zone: TimeZone,
}

/// An output stream.
pub struct Stream {
    /// Where it goes.
    pub writer: Box<dyn Write>,
    /// The terminal's columns; none when it is no terminal.
    pub width: Option<usize>,
}

impl Surroundings {
    /// Those of this process.
    ///
    /// # Errors
    /// The current directory is gone.
    pub fn of_process() -> io::Result<Self> {
        let is_root = nix::unistd::geteuid().is_root();
        let mut environment = Environment::of_process(is_root, std::env::current_dir()?);
        let ports = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range");
        environment.ephemeral_ports = ports.ok().as_deref().and_then(port_range);
        let (out, err) = (io::stdout(), io::stderr());
        Ok(Self {
            environment,
            interactive: io::stdin().is_terminal() && err.is_terminal(),
            out: Stream { width: width(&out), writer: Box::new(BufWriter::new(out)) },
            err: Stream { width: width(&err), writer: Box::new(err) },
            error_mark: if connected_to_journal() { "<3>" } else { "" },
            input: Box::new(BufReader::new(io::stdin())),
            exe: std::env::current_exe().ok(),
            now: unix_now,
            time_zone: TimeZone::system(),
        })
    }
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings").field("exe", &self.exe).finish_non_exhaustive()
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("width", &self.width).finish_non_exhaustive()
    }
}

fn width(stream: &(impl IsTerminal + AsFd)) -> Option<usize> {
    let size = || terminal_size::terminal_size_of(stream);
    let columns = || size().map_or(0, |(width, _)| usize::from(width.0));
    stream.is_terminal().then(|| match columns() {
        0 => USUAL_WIDTH,
        columns => columns,
    })
}

fn unix_now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}
