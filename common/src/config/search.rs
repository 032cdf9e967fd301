//! Where the configuration file is looked for.

use std::path::PathBuf;

use super::ConfigError;
use super::environment::Environment;

/// The variable that names the file.
pub const CONFIG_VARIABLE: &str = "PHOEBED_CONFIG";

/// The first that exists of `--config`, `PHOEBED_CONFIG`, `/etc/phoebed/config.toml`,
/// `~/.config/phoebed/config.toml` and `./config.toml`; none of them means defaults.
///
/// # Errors
/// A file named by the option or the variable must exist: falling back would hide a slip.
pub fn find_file(
    option: Option<PathBuf>,
    environment: &Environment,
) -> Result<Option<PathBuf>, ConfigError> {
    let variable = || environment.variable(CONFIG_VARIABLE).map(PathBuf::from);
    let named = option
        .map(|path| (path, "--config"))
        .or_else(|| variable().map(|path| (path, CONFIG_VARIABLE)));
    if let Some((path, named_by)) = named {
        let path = environment.cwd.join(path);
        return if (environment.exists)(&path) {
            Ok(Some(path))
        } else {
            Err(ConfigError::Missing { path, named_by })
        };
    }
    Ok(usual_files(environment).into_iter().find(|path| (environment.exists)(path)))
}

/// The places that are tried when no file is named, in order.
pub fn usual_files(environment: &Environment) -> Vec<PathBuf> {
    let system = Some(PathBuf::from("/etc/phoebed/config.toml"));
    let user = environment.home().map(|home| home.join(".config/phoebed/config.toml"));
    let here = Some(environment.cwd.join("config.toml"));
    [system, user, here].into_iter().flatten().collect()
}
