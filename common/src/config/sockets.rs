//! Where `phoebectl` looks for the daemon's admin socket.

use std::fs;
use std::path::{Path, PathBuf};

use super::document::{self, Document};
use super::environment::Environment;
use super::places;
use super::search::find_file;

/// The variable that names the socket.
pub const SOCKET_VARIABLE: &str = "PHOEBED_SOCKET";

/// A place where the admin socket may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketCandidate {
    /// The socket, absolute.
    pub path: PathBuf,
    /// Why it is tried, such as `--socket` or `state directory`.
    pub source: &'static str,
}

/// The places to try, in order: `--socket`, `PHOEBED_SOCKET`, the config's `[admin] socket`,
/// the system's, the runtime directory's, the state directory's. Never empty.
///
/// A socket named by option or variable is the only candidate: whoever names one daemon must
/// not end up with another. The file (`config` as given by `--config`) is read leniently, since
/// it may be right for the daemon only, for instance with its secret in the unit.
pub fn socket_candidates(
    socket: Option<PathBuf>,
    config: Option<PathBuf>,
    environment: &Environment,
) -> Vec<SocketCandidate> {
    let absolute = |path: PathBuf| environment.cwd.join(path);
    if let Some(path) = socket {
        return vec![SocketCandidate { path: absolute(path), source: "--socket" }];
    }
    if let Some(path) = environment.variable(SOCKET_VARIABLE) {
        return vec![SocketCandidate { path: absolute(path.into()), source: SOCKET_VARIABLE }];
    }
    let file = find_file(config, environment).ok().flatten();
    let configured = file.as_deref().and_then(read_leniently);
    let named = |key: &str| named_path(configured.as_ref()?, key, file.as_deref()?, environment);
    let state = named("state.directory").or_else(|| places::state_directory(environment));
    let candidates = [
        (named("admin.socket"), "[admin] socket"),
        (Some(PathBuf::from(places::SYSTEM_SOCKET)), "system service"),
        (places::runtime_socket(environment), "XDG_RUNTIME_DIR"),
        (state.map(|state| state.join("admin.sock")), "state directory"),
    ];
    let mut found: Vec<SocketCandidate> = Vec::new();
    for (path, source) in candidates {
        if let Some(path) = path.filter(|path| found.iter().all(|other| other.path != *path)) {
            found.push(SocketCandidate { path, source });
        }
    }
    found
}

/// The file as far as it is TOML.
pub(super) fn read_leniently(file: &Path) -> Option<Document> {
    document::parse(&fs::read_to_string(file).ok()?, file).ok()
}

/// A path that the file names, absolute.
pub(super) fn named_path(
    document: &Document,
    key: &str,
    file: &Path,
    environment: &Environment,
) -> Option<PathBuf> {
    let path = document.get(key)?.value.as_str().filter(|path| !path.is_empty())?;
    Some(places::resolve(Path::new(path), file.parent()?, environment))
}
