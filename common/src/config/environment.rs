//! What the configuration depends on besides the file: variables, user, place.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where systemd puts the files of `LoadCredential=` for a service, as it tells the service.
pub(super) const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";
/// Where it puts those of the packaged service.
const SERVICE_CREDENTIALS: &str = "/run/credentials/phoebed.service";

/// The surroundings of the process, taken once, so that everything after is a pure function.
#[derive(Clone)]
pub struct Environment {
    /// The environment variables.
    pub variables: BTreeMap<OsString, OsString>,
    /// Whether the effective user is root.
    pub is_root: bool,
    /// Whether systemd started this very process as a unit.
    pub under_systemd: bool,
    /// The current directory, absolute.
    pub cwd: PathBuf,
    /// The ports that the kernel hands out by itself; see [`port_range`].
    pub ephemeral_ports: Option<RangeInclusive<u16>>,
    /// Whether a path exists.
    pub exists: Arc<dyn Fn(&Path) -> bool + Send + Sync>,
}

impl Environment {
    /// The surroundings of this process.
    ///
    /// `is_root` comes from the caller, as does what `/proc` says about ports
    /// (`ephemeral_ports` is left empty here).
    pub fn of_process(is_root: bool, cwd: PathBuf) -> Self {
        let variables: BTreeMap<_, _> = std::env::vars_os().collect();
        // INVOCATION_ID would be no proof: a terminal started by a user manager hands it on.
        let unit_pid = variables.get(&OsString::from("SYSTEMD_EXEC_PID"));
        let own_pid = OsString::from(std::process::id().to_string());
        Self {
            is_root,
            under_systemd: unit_pid == Some(&own_pid),
            cwd,
            ephemeral_ports: None,
            exists: Arc::new(Path::exists),
            variables,
        }
    }

    /// For a check outside the service: what systemd has handed over to the service that runs counts,
    /// where this user may see it (root may).
    #[must_use]
    pub fn with_service_credentials(mut self) -> Self {
        let handed_over = Path::new(SERVICE_CREDENTIALS);
        if self.variable(CREDENTIALS).is_none() && (self.exists)(handed_over) {
            self.variables.insert(CREDENTIALS.into(), handed_over.into());
        }
        self
    }

    /// A variable's value; an empty one counts as not set.
    pub fn variable(&self, name: &str) -> Option<&OsString> {
        self.variables.get(&OsString::from(name)).filter(|value| !value.is_empty())
    }

    /// A variable that holds an absolute path. The XDG specification asks to ignore others.
    pub(super) fn absolute(&self, name: &str) -> Option<PathBuf> {
        self.variable(name).map(PathBuf::from).filter(|path| path.is_absolute())
    }

    /// The user's home directory.
    pub(super) fn home(&self) -> Option<PathBuf> {
        self.absolute("HOME")
    }

    /// Whether this is the machine's own service rather than somebody's private one.
    pub(super) const fn is_system_service(&self) -> bool {
        self.is_root || self.under_systemd
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Variables stay out: secrets are among them.
        f.debug_struct("Environment")
            .field("is_root", &self.is_root)
            .field("under_systemd", &self.under_systemd)
            .field("cwd", &self.cwd)
            .field("ephemeral_ports", &self.ephemeral_ports)
            .finish_non_exhaustive()
    }
}

/// Reads what `/proc/sys/net/ipv4/ip_local_port_range` holds: two numbers.
pub fn port_range(text: &str) -> Option<RangeInclusive<u16>> {
    let mut numbers = text.split_whitespace().map(str::parse);
    match (numbers.next(), numbers.next(), numbers.next()) {
        (Some(Ok(first)), Some(Ok(last)), None) => Some(first..=last),
        _ => None,
    }
}

/// What the command line says; it goes before everything else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--config`: the file to read.
    pub config: Option<PathBuf>,
    /// `--host`: for `server.host`.
    pub host: Option<String>,
    /// `--port`: for `server.port`.
    pub port: Option<u16>,
}
