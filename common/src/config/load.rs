//! From file, variables and command line to a checked configuration.

use std::fs;
use std::path::{Path, PathBuf};

use super::checks::check;
use super::document::{self, Document};
use super::environment::{Environment, Overrides};
use super::overrules::{take_options, take_variables};
use super::problem::{ConfigError, Problem};
use super::reader::{Origins, Reader};
use super::search::find_file;
use super::sections::{AuthMode, TLS_KEYS};
use super::{Config, exposed, places};

/// The default file with a comment on every key: the manual of the configuration.
pub const DEFAULT_FILE: &str = include_str!("../../config.toml");

impl Config {
    /// Finds the file, reads it and checks everything; without a file, the defaults.
    ///
    /// # Errors
    /// A file that is named and missing, one that cannot be read, and everything that is wrong
    /// in it, all at once.
    pub fn load(environment: &Environment, overrides: &Overrides) -> Result<Self, ConfigError> {
        let Some(path) = find_file(overrides.config.clone(), environment)? else {
            return Self::defaults(environment, overrides);
        };
        match fs::read_to_string(&path) {
            Ok(text) => {
                let mut config = Self::from_text(&text, &path, environment, overrides)?;
                config.warnings.extend(exposed::warnings(&config, &path));
                Ok(config)
            }
            Err(source) => Err(ConfigError::Unreadable { path, source }),
        }
    }

    /// The configuration that `text` gives; `path` is where the text stands, absolute.
    ///
    /// # Errors
    /// Everything that is wrong in the text, all at once.
    pub fn from_text(
        text: &str,
        path: &Path,
        environment: &Environment,
        overrides: &Overrides,
    ) -> Result<Self, ConfigError> {
        let given = document::parse(text, path).map_err(ConfigError::Invalid)?;
        build(given, Some(path), environment, overrides).map_err(ConfigError::Invalid)
    }

    /// The configuration without a file.
    ///
    /// # Errors
    /// What is wrong in the variables or on the command line.
    pub fn defaults(environment: &Environment, overrides: &Overrides) -> Result<Self, ConfigError> {
        build(Document::new(), None, environment, overrides).map_err(ConfigError::Invalid)
    }
}

fn build(
    mut given: Document,
    file: Option<&Path>,
    environment: &Environment,
    overrides: &Overrides,
) -> Result<Config, Vec<Problem>> {
    let from_variables = take_variables(&mut given, environment);
    let from_options = take_options(&mut given, overrides);
    let mut reader = Reader::new(given);
    reader.warnings.extend(from_options);
    reader.problems.extend(from_variables);
    let mut config = unplaced();
    config.file = file.map(Path::to_path_buf);
    config.keys(&mut reader);
    place(&mut config, &mut reader, environment);
    check(&config, &mut reader, environment);
    (config.origins, config.warnings) = reader.finish()?;
    Ok(config)
}

/// The defaults, with the paths that depend on the surroundings still empty.
fn unplaced() -> Config {
    Config {
        server: Default::default(),
        auth: Default::default(),
        port_pool: Default::default(),
        logging: Default::default(),
        session: Default::default(),
        jobs: Default::default(),
        database: Default::default(),
        resources: Default::default(),
        admin: Default::default(),
        state: Default::default(),
        engine: Default::default(),
        workers: Default::default(),
        sandbox: Default::default(),
        shutdown: Default::default(),
        file: None,
        warnings: Vec::new(),
        origins: Origins::new(),
    }
}

/// Fills the empty paths with their defaults and makes all of them absolute.
fn place(config: &mut Config, reader: &mut Reader, environment: &Environment) {
    let folder = config.file.as_deref().and_then(Path::parent).map(Path::to_path_buf);
    let absolute = |path: &Path, base: &Path| places::resolve(path, base, environment);
    let beside_file = |path: &mut PathBuf| {
        *path = absolute(path, folder.as_deref().unwrap_or(&environment.cwd));
    };

    if reader.was_given("state.directory") {
        beside_file(&mut config.state.directory);
    } else if let Some(directory) = places::state_directory(environment) {
        config.state.directory = directory;
    } else {
        let reason = "must be set, since neither HOME nor XDG_STATE_HOME is".to_owned();
        reader.wrong("state.directory", "\"\"", reason);
    }
    let state = config.state.directory.clone();

    if reader.was_given("admin.socket") {
        beside_file(&mut config.admin.socket);
    } else {
        config.admin.socket = places::admin_socket(environment, &state);
    }
    if !reader.was_given("engine.python") {
        config.engine.python = places::engine_python(environment, &state);
    } else if config.engine.python.components().count() > 1 {
        beside_file(&mut config.engine.python);
    }
    let auth = &mut config.auth;
    if auth.jwt_secret_file.is_none() && auth.jwt_secret_key.is_none() {
        auth.jwt_secret_file = places::credential(environment, "jwt_secret_key");
    }
    if auth.mode == AuthMode::Password
        && auth.password.is_none()
        && !reader.is_wrong("auth.password")
    {
        match places::secret_credential(environment, "password") {
            Ok(password) => auth.password = password,
            Err(reason) => reader.wrong("auth.password", "\"\"", reason),
        }
    }
    let files = [&mut auth.jwt_secret_file, &mut auth.jwt_public_key_file, &mut auth.jwks_file];
    files.into_iter().flatten().for_each(beside_file);
    for (key, path) in
        TLS_KEYS.into_iter().zip([&mut config.server.tls_certificate, &mut config.server.tls_key])
    {
        if reader.was_given(key) {
            path.iter_mut().for_each(&beside_file);
        } else {
            *path = places::credential(environment, key.trim_start_matches("server."));
        }
    }
    let base = folder.as_deref().unwrap_or(&state);
    config.database.path = absolute(&config.database.path, base);
}
