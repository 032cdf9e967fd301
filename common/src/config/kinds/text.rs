//! Texts: names, addresses, paths, secrets and lists of them.

use std::fmt::Display;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use toml::Value;

use super::Kind;
use crate::config::level::Level;
use crate::config::network::Network;
use crate::config::problem::shown;
use crate::config::python_format::Format;
use crate::config::secret::Secret;

fn text(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| "must be text in quotes".to_owned())
}

/// One of a few names.
pub(in crate::config) struct Choice<T: 'static>(pub(in crate::config) &'static [T]);

impl<T: Copy + Display> Kind<T> for Choice<T> {
    fn parse(&self, value: &Value) -> Result<T, String> {
        let named = |choice: &&T| value.as_str().is_some_and(|text| text == choice.to_string());
        self.0.iter().find(named).copied().ok_or_else(|| {
            let names: Vec<_> = self.0.iter().map(|choice| format!("\"{choice}\"")).collect();
            format!("must be one of {}", names.join(", "))
        })
    }

    fn show(&self, value: &T) -> Value {
        Value::String(value.to_string())
    }
}

/// A log level.
pub(in crate::config) struct LevelName;

impl Kind<Level> for LevelName {
    fn parse(&self, value: &Value) -> Result<Level, String> {
        let level = value.as_str().and_then(Level::parse);
        level.ok_or_else(|| format!("must be {}", Level::ALLOWED))
    }

    fn show(&self, value: &Level) -> Value {
        Value::String(value.to_string())
    }
}

/// A log line's format in Python's notation.
pub(in crate::config) struct LineFormat;

impl Kind<Format> for LineFormat {
    fn parse(&self, value: &Value) -> Result<Format, String> {
        Format::parse(text(value)?).map_err(|error| error.to_string())
    }

    fn show(&self, value: &Format) -> Value {
        Value::String(value.source().to_owned())
    }
}

/// Text that may be left out; empty means so.
pub(in crate::config) struct OptionalText;

impl Kind<Option<String>> for OptionalText {
    fn parse(&self, value: &Value) -> Result<Option<String>, String> {
        let text = text(value)?;
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }

    fn show(&self, value: &Option<String>) -> Value {
        Value::String(value.clone().unwrap_or_default())
    }
}

/// A secret that may be left out; empty means so.
pub(in crate::config) struct OptionalSecret;

impl Kind<Option<Secret>> for OptionalSecret {
    fn parse(&self, value: &Value) -> Result<Option<Secret>, String> {
        Ok(OptionalText.parse(value)?.map(Secret::new))
    }

    fn show(&self, value: &Option<Secret>) -> Value {
        Value::String(value.as_ref().map(Secret::expose).unwrap_or_default().to_owned())
    }
}

/// A secret that is there, as an item of a list.
pub(in crate::config) struct SecretText;

impl Kind<Secret> for SecretText {
    fn parse(&self, value: &Value) -> Result<Secret, String> {
        OptionalSecret.parse(value)?.ok_or_else(|| "must not be empty".to_owned())
    }

    fn show(&self, value: &Secret) -> Value {
        Value::String(value.expose().to_owned())
    }
}

/// The address of a document on the web that may be left out; empty means so.
pub(in crate::config) struct Url;

impl Kind<Option<String>> for Url {
    fn parse(&self, value: &Value) -> Result<Option<String>, String> {
        let url = OptionalText.parse(value)?;
        let is_url = |url: &String| {
            let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
            rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace))
        };
        match url {
            Some(url) if !is_url(&url) => Err("must begin with https:// or http://".to_owned()),
            Some(url) if has_user(&url) => Err("must not hold a user or password (the part \
                before @), which would be shown and logged; the document must be public"
                .to_owned()),
            url => Ok(url),
        }
    }

    fn hides(&self, value: &Value) -> bool {
        value.as_str().is_some_and(|url| url.contains('@'))
    }

    fn show(&self, value: &Option<String>) -> Value {
        OptionalText.show(value)
    }
}

/// Whether a URL has a user before its host (RFC 3986, 3.2). Some programs take a backslash for a
/// slash and some do not, so it ends nothing here.
fn has_user(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().is_some_and(|authority| authority.contains('@'))
}

/// A path, still as written; resolving it comes later.
pub(in crate::config) struct FilePath;

impl Kind<PathBuf> for FilePath {
    fn parse(&self, value: &Value) -> Result<PathBuf, String> {
        match value.as_str() {
            Some(path) if !path.is_empty() && !path.contains('\0') => Ok(PathBuf::from(path)),
            _ => Err("must be a path in quotes, not empty".to_owned()),
        }
    }

    fn show(&self, value: &PathBuf) -> Value {
        Value::String(value.display().to_string())
    }
}

/// A path that may be left out; empty means so.
pub(in crate::config) struct OptionalPath;

impl Kind<Option<PathBuf>> for OptionalPath {
    fn parse(&self, value: &Value) -> Result<Option<PathBuf>, String> {
        if value.as_str() == Some("") {
            return Ok(None);
        }
        let path = FilePath.parse(value);
        path.map(Some).map_err(|_| "must be a path in quotes; empty means none".to_owned())
    }

    fn show(&self, value: &Option<PathBuf>) -> Value {
        Value::String(value.as_ref().map(|path| path.display().to_string()).unwrap_or_default())
    }
}

/// Names of worker commands, separated by commas.
pub(in crate::config) struct CommandNames;

impl Kind<Vec<String>> for CommandNames {
    fn parse(&self, value: &Value) -> Result<Vec<String>, String> {
        let is_name = |name: &&str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let given = value.as_str().ok_or_else(Self::allowed)?;
        let names = given.split(',').map(str::trim).filter(|name| !name.is_empty());
        names
            .map(|name| is_name(&name).then(|| name.to_owned()).ok_or_else(Self::allowed))
            .collect()
    }

    fn show(&self, value: &Vec<String>) -> Value {
        Value::String(value.join(","))
    }
}

impl CommandNames {
    fn allowed() -> String {
        "must be command names separated by commas, such as \"ping,get_value\"".to_owned()
    }
}

/// A list whose items are of the inner kind.
pub(in crate::config) struct List<K>(pub(in crate::config) K);

impl<T, K: Kind<T>> Kind<Vec<T>> for List<K> {
    fn parse(&self, value: &Value) -> Result<Vec<T>, String> {
        let items = value.as_array().ok_or_else(|| "must be a list, such as [\"…\"]".to_owned())?;
        let each =
            |item| self.0.parse(item).map_err(|reason| format!("{} {reason}", shown(item, false)));
        items.iter().map(each).collect()
    }

    fn show(&self, value: &Vec<T>) -> Value {
        Value::Array(value.iter().map(|item| self.0.show(item)).collect())
    }
}

/// An address to listen on. Names other than `localhost` would need a resolver.
pub(in crate::config) struct Host;

impl Kind<IpAddr> for Host {
    fn parse(&self, value: &Value) -> Result<IpAddr, String> {
        let host = value.as_str().unwrap_or_default();
        if host.eq_ignore_ascii_case("localhost") {
            return Ok(Ipv4Addr::LOCALHOST.into());
        }
        host.parse().map_err(|_| {
            "must be an IP address such as 127.0.0.1, 0.0.0.0 or ::, or localhost".to_owned()
        })
    }

    fn show(&self, value: &IpAddr) -> Value {
        Value::String(value.to_string())
    }
}

/// An address with its port.
pub(in crate::config) struct SocketAddress;

impl Kind<SocketAddr> for SocketAddress {
    fn parse(&self, value: &Value) -> Result<SocketAddr, String> {
        let text = value.as_str().unwrap_or_default();
        let local = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
        local.as_deref().unwrap_or(text).parse().map_err(|_| {
            "must be an address with its port, such as \"0.0.0.0:8001\" or \"[::1]:8001\""
                .to_owned()
        })
    }

    fn show(&self, value: &SocketAddr) -> Value {
        Value::String(value.to_string())
    }
}

/// An address or a block of addresses.
pub(in crate::config) struct NetworkBlock;

impl Kind<Network> for NetworkBlock {
    fn parse(&self, value: &Value) -> Result<Network, String> {
        let network = value.as_str().unwrap_or_default().parse::<Network>();
        network.map_err(|error| error.to_string())
    }

    fn show(&self, value: &Network) -> Value {
        Value::String(value.to_string())
    }
}

/// A browser's origin: scheme and host, perhaps a port, compared letter for letter.
pub(in crate::config) struct WebOrigin;

impl Kind<String> for WebOrigin {
    fn parse(&self, value: &Value) -> Result<String, String> {
        let origin = value.as_str().unwrap_or_default();
        let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        let in_host = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.:[]".contains(&b);
        match host {
            Some(host) if !host.is_empty() && host.bytes().all(in_host) => Ok(origin.to_owned()),
            _ => Err("must be an origin as browsers send it, such as \"https://lab.example.org\" \
                      or \"http://localhost:3000\": lower case, no path, no *"
                .to_owned()),
        }
    }

    fn show(&self, value: &String) -> Value {
        Value::String(value.clone())
    }
}
