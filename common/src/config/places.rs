//! Default places, and how a path in the file is resolved.

use std::path::{Component, Path, PathBuf};

use super::environment::{CREDENTIALS, Environment};
use super::secret::Secret;

/// The longest socket path that fits the kernel's `sockaddr_un`, in bytes.
pub(super) const LONGEST_SOCKET: usize = 107;

/// The socket of the machine's own service.
pub(super) const SYSTEM_SOCKET: &str = "/run/phoebed/admin.sock";

/// The default state directory; none when not even a home directory is known.
pub(super) fn state_directory(environment: &Environment) -> Option<PathBuf> {
    if environment.is_system_service() {
        return Some(PathBuf::from("/var/lib/phoebed"));
    }
    let home = || environment.home().map(|home| home.join(".local/state"));
    environment.absolute("XDG_STATE_HOME").or_else(home).map(|base| base.join("phoebed"))
}

/// The socket in the user's runtime directory, if there is one.
pub(super) fn runtime_socket(environment: &Environment) -> Option<PathBuf> {
    environment.absolute("XDG_RUNTIME_DIR").map(|base| base.join("phoebed/admin.sock"))
}

/// The default admin socket.
pub(super) fn admin_socket(environment: &Environment, state: &Path) -> PathBuf {
    if environment.is_system_service() {
        return PathBuf::from(SYSTEM_SOCKET);
    }
    runtime_socket(environment).unwrap_or_else(|| state.join("admin.sock"))
}

/// The packaged environment, which `phoebectl engine` makes.
pub(super) fn packaged_engine(state: &Path) -> PathBuf {
    state.join("venv")
}

/// The default interpreter: the packaged environment's, else the checkout's. Where neither exists,
/// it is the one that can be installed, so that the start can say how.
pub(super) fn engine_python(environment: &Environment, state: &Path) -> PathBuf {
    let packaged = packaged_engine(state).join("bin/python");
    let checkout = environment.cwd.join(".venv/bin/python");
    let exists = |path: &Path| (environment.exists)(path);
    if !exists(&packaged) && exists(&checkout) { checkout } else { packaged }
}

/// The file that systemd hands over under this name (`LoadCredential=`), if it does.
pub(super) fn credential(environment: &Environment, name: &str) -> Option<PathBuf> {
    let path = environment.absolute(CREDENTIALS)?.join(name);
    (environment.exists)(&path).then_some(path)
}

/// What is in the file that systemd hands over under this name, without the end of its last line;
/// none where it hands over nothing. The error says why it cannot be used, and nothing of it.
pub(super) fn secret_credential(
    environment: &Environment,
    name: &str,
) -> Result<Option<Secret>, String> {
    let Some(path) = credential(environment, name) else { return Ok(None) };
    let text = std::fs::read_to_string(&path).map_err(|error| {
        format!("the systemd credential {} cannot be read: {error}", path.display())
    })?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() || text.contains('\n') {
        return Err(format!("the systemd credential {} is not one line", path.display()));
    }
    Ok(Some(Secret::new(text)))
}

/// An absolute path for `path`: `~/` is the home directory, anything relative is below `base`.
pub(super) fn resolve(path: &Path, base: &Path, environment: &Environment) -> PathBuf {
    let in_home = path.strip_prefix("~").ok();
    let whole = match (in_home, environment.home()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => base.join(path),
    };
    // `a/./b` becomes `a/b`; `..` stays, since a link may stand before it.
    whole.components().filter(|part| *part != Component::CurDir).collect()
}
