//! A configuration file, key by key.

use std::collections::BTreeMap;
use std::path::Path;

use crate::{Authority, Identity, PassedSockets, PortRange, python};

/// What is set in a configuration file. Ports, directories, sockets and the engine are chosen by
/// the [`crate::Daemon`] unless they are set here.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    sections: BTreeMap<String, BTreeMap<String, String>>,
    pool_size: Option<u16>,
    environment: Vec<(String, String)>,
    open_files: Option<u64>,
    files: Vec<(String, String)>,
    trusted: Option<String>,
    sockets: PassedSockets,
}

/// Enough for most tests, and small enough to start quickly.
const POOL_SIZE: u16 = 12;

impl Settings {
    /// Nothing but what every test needs.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `section.key` to a value in TOML's notation.
    pub fn set(mut self, key: &str, toml: impl ToString) -> Self {
        let (section, key) = key.split_once('.').expect("section.key");
        let section = self.sections.entry(section.to_owned()).or_default();
        section.insert(key.to_owned(), toml.to_string());
        self
    }

    /// How many ports there are for workers.
    pub fn pool_size(mut self, ports: u16) -> Self {
        self.pool_size = Some(ports);
        self
    }

    /// A variable in the environment of the daemon.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// How many files the daemon may open.
    pub fn open_files(mut self, most: u64) -> Self {
        self.open_files = Some(most);
        self
    }

    /// Sockets that the daemon gets instead of making them.
    pub fn sockets(mut self, sockets: PassedSockets) -> Self {
        self.sockets = sockets;
        self
    }

    /// A file in the daemon's directory.
    pub fn file(mut self, name: &str, text: &str) -> Self {
        self.files.push((name.to_owned(), text.to_owned()));
        self
    }

    /// Has the daemon speak HTTPS as this one; its client trusts the authority.
    pub fn tls(mut self, authority: &Authority, identity: &Identity) -> Self {
        self.trusted = Some(authority.pem());
        self.set("server.tls_certificate", "\"certificate.pem\"")
            .set("server.tls_key", "\"key.pem\"")
            .identity(identity)
    }

    /// Puts another certificate into the files that [`Settings::tls`] names.
    pub fn identity(self, identity: &Identity) -> Self {
        self.file("certificate.pem", &identity.certificate).file("key.pem", &identity.key)
    }

    /// The files, later ones over earlier ones.
    pub(crate) fn files(&self) -> &[(String, String)] {
        &self.files
    }

    /// Whose certificates the client trusts, when the daemon speaks HTTPS.
    pub(crate) fn trusted(&self) -> Option<&str> {
        self.trusted.as_deref()
    }

    /// That limit.
    pub(crate) fn most_open_files(&self) -> Option<u64> {
        self.open_files
    }

    /// Those sockets.
    pub(crate) fn passed(&self) -> &PassedSockets {
        &self.sockets
    }

    /// The variables.
    pub(crate) fn environment(&self) -> &[(String, String)] {
        &self.environment
    }

    /// These settings over those that a test in this directory with these ports needs.
    pub(crate) fn complete(&self, directory: &Path, ports: &PortRange) -> Self {
        let pool = ports.pool(self.pool_size.unwrap_or(POOL_SIZE));
        let mut complete = Self::new()
            .set("server.port", ports.api())
            .set("port_pool.start", pool.start)
            .set("port_pool.end", pool.end)
            .set("state.directory", quoted(&directory.join("state")))
            .set("admin.socket", quoted(&directory.join("admin.sock")))
            .set("engine.python", quoted(&python()))
            .set("logging.access_level", "\"DEBUG\"")
            .set("workers.spares", 1);
        for (section, keys) in &self.sections {
            let section = complete.sections.entry(section.clone()).or_default();
            section.extend(keys.clone());
        }
        complete
    }

    /// The file.
    pub(crate) fn to_toml(&self) -> String {
        let mut file = String::new();
        for (section, keys) in &self.sections {
            file += &format!("[{section}]\n");
            for (key, value) in keys {
                file += &format!("{key} = {value}\n");
            }
        }
        file
    }
}

fn quoted(path: &Path) -> String {
    format!("'{}'", path.display())
}
