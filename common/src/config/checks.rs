//! What one key alone cannot tell: values that must fit each other.

use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt;

use super::Config;
use super::effects;
use super::environment::Environment;
use super::places::LONGEST_SOCKET;
use super::problem::shown;
use super::reader::Reader;
use super::secret::{HIDDEN, Secret};
use super::sections::{AuthMode, TLS_KEYS};

/// Notes in `reader` what does not fit together, and what is odd.
pub(super) fn check(config: &Config, reader: &mut Reader, environment: &Environment) {
    port_pool(config, reader, environment);
    listeners(config, reader);
    tls(config, reader);
    credentials(config, reader);
    effects::check(config, reader);
    socket(config, reader);
    spares(config, reader);
}

fn port_pool(config: &Config, reader: &mut Reader, environment: &Environment) {
    let pool = config.port_pool;
    if reader.is_wrong("port_pool.start") || reader.is_wrong("port_pool.end") {
        return;
    }
    if pool.end <= pool.start {
        let reason = format!("must be greater than port_pool.start ({})", pool.start);
        return reader.wrong("port_pool.end", pool.end, reason);
    }
    for (key, port) in server_ports(config) {
        if pool.contains(port) && !reader.is_wrong(key) {
            let last = pool.end - 1;
            let reason = format!("port {port} is one of the port pool's ({}-{last})", pool.start);
            reader.wrong(key, port, reason);
        }
    }
    if let Some(range) = &environment.ephemeral_ports
        && pool.start <= *range.end()
        && *range.start() < pool.end
    {
        let (first, last) = (range.start(), range.end());
        let reason = format!(
            "the pool lies in the range {first}-{last} from which the kernel hands out ports by \
             itself, so some may be taken; see net.ipv4.ip_local_port_range"
        );
        reader.odd("port_pool.start", pool.start, reason);
    }
}

fn server_ports(config: &Config) -> Vec<(&'static str, u16)> {
    let key = if config.server.listen.is_empty() { "server.port" } else { "server.listen" };
    let ports: BTreeSet<u16> = config.server.addresses().iter().map(|addr| addr.port()).collect();
    ports.into_iter().map(|port| (key, port)).collect()
}

fn listeners(config: &Config, reader: &mut Reader) {
    let server = &config.server;
    let mut seen = BTreeSet::new();
    if let Some(twice) = server.listen.iter().find(|addr| addr.port() != 0 && !seen.insert(**addr))
    {
        reader.wrong("server.listen", "", format!("{twice} is there twice"));
    }
    if !server.listen.is_empty() {
        for key in ["server.host", "server.port"] {
            if reader.was_given(key) {
                reader.odd(key, "", "has no effect: server.listen replaces it".to_owned());
            }
        }
    }
    let open = server.addresses().iter().any(|addr| !addr.ip().to_canonical().is_loopback());
    if open && config.auth.mode == AuthMode::None && !reader.is_wrong("auth.mode") {
        let reason = "whoever reaches this machine can use every session, since the server \
                      listens beyond it";
        reader.odd("auth.mode", "\"none\"", reason.to_owned());
    }
}

fn tls(config: &Config, reader: &mut Reader) {
    let [certificate, key] = TLS_KEYS;
    let server = &config.server;
    let (missing, there) = match (&server.tls_certificate, &server.tls_key) {
        (Some(_), None) => (key, certificate),
        (None, Some(_)) => (certificate, key),
        _ => return,
    };
    if !reader.is_wrong(missing) {
        let reason = format!("must be set, since {there} is: TLS needs both files, or neither");
        reader.wrong(missing, "\"\"", reason);
    }
}

fn credentials(config: &Config, reader: &mut Reader) {
    let auth = &config.auth;
    match auth.mode {
        AuthMode::None => {}
        AuthMode::Password => {
            if auth.password.is_none() && !reader.is_wrong("auth.password") {
                let reason = "must be set in mode \"password\", here or as the systemd credential \"password\"";
                reader.wrong("auth.password", "\"\"", reason.to_owned());
            }
        }
        AuthMode::Jwt if !auth.jwt_algorithm.is_symmetric() => {
            let reason = "must be an HS algorithm in mode \"jwt\", where this server signs; the \
                          others are for mode \"external\"";
            reader.wrong("auth.jwt_algorithm", auth.jwt_algorithm, reason.to_owned());
        }
        AuthMode::External if !auth.jwt_algorithm.is_symmetric() => public_keys(config, reader),
        AuthMode::Jwt | AuthMode::External => secret_key(config, reader),
    }
}

/// The keys with which tokens of an upstream issuer are verified: one source of them.
fn public_keys(config: &Config, reader: &mut Reader) {
    let auth = &config.auth;
    let sources = [
        ("auth.jwt_public_key_file", auth.jwt_public_key_file.is_some()),
        ("auth.jwks_file", auth.jwks_file.is_some()),
        ("auth.jwks_url", auth.jwks_url.is_some()),
    ];
    if sources.iter().any(|(key, _)| reader.is_wrong(key)) {
        return;
    }
    let mut given = sources.iter().filter(|(_, is_given)| *is_given).map(|(key, _)| *key);
    let algorithm = auth.jwt_algorithm;
    match (given.next(), given.next()) {
        (None, _) => {
            let reason = format!(
                "needs the issuer's public key: set auth.jwt_public_key_file, auth.jwks_file or \
                 auth.jwks_url for \"{algorithm}\""
            );
            reader.wrong("auth.jwt_algorithm", algorithm, reason);
        }
        (Some(first), Some(second)) => {
            reader.wrong(
                second,
                "",
                format!("only one source of keys is used, and {first} is set"),
            );
        }
        (Some(_), None) => {}
    }
    if let Some(url) = &auth.jwks_url
        && url.starts_with("http://")
    {
        let reason = "whoever can change what comes over plain http can sign tokens; use https";
        reader.odd("auth.jwks_url", url, reason.to_owned());
    }
}

fn secret_key(config: &Config, reader: &mut Reader) {
    let auth = &config.auth;
    let mode = auth.mode;
    if reader.is_wrong("auth.jwt_secret_key") || reader.is_wrong("auth.jwt_secret_file") {
        return;
    }
    let secret = auth.jwt_secret_key.as_ref().map(Secret::expose);
    if auth.jwt_secret_file.is_some() {
        if secret.is_some() {
            let reason = "only one source of keys is used, and auth.jwt_secret_key is set";
            reader.wrong("auth.jwt_secret_file", "", reason.to_owned());
        }
        return;
    }
    for (key, secret) in std::iter::once(("auth.jwt_secret_key", secret)).chain(
        auth.jwt_previous_secret_keys
            .iter()
            .map(|secret| ("auth.jwt_previous_secret_keys", Some(secret.expose()))),
    ) {
        match secret {
            None | Some("test") => {
                let reason = format!(
                    "must be a secret of your own in mode \"{mode}\", neither empty nor \
                     \"test\"; set it here, in PHOEBE_JWT_SECRET_KEY or as the systemd \
                     credential \"jwt_secret_key\""
                );
                reader.wrong(key, "\"\"", reason);
            }
            Some(secret) if secret.len() < 32 => {
                let reason = "is shorter than the 32 bytes that HS256 asks for, so it can be \
                              guessed; `openssl rand -hex 32` makes a good one";
                reader.odd(key, HIDDEN, reason.to_owned());
            }
            Some(_) => {}
        }
    }
}

fn socket(config: &Config, reader: &mut Reader) {
    let path = &config.admin.socket;
    let length = path.as_os_str().as_bytes().len();
    if length > LONGEST_SOCKET {
        let value = shown(&toml::Value::String(path.display().to_string()), false);
        let reason = format!(
            "must be at most {LONGEST_SOCKET} bytes, the kernel's limit for a socket; the whole \
             path has {length}"
        );
        reader.wrong("admin.socket", value, reason);
    }
}

fn spares(config: &Config, reader: &mut Reader) {
    let (spares, ports) = (config.workers.spares, config.port_pool.size());
    if spares > usize::from(ports) && !reader.is_wrong("port_pool.end") {
        let reason = format!("the port pool has only {ports} ports, so no more than that can wait");
        reader.odd("workers.spares", spares, reason);
    }
}
