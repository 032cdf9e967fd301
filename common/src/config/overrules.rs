//! What goes before the file: environment variables, and before those the command line.

use toml::Value;

use super::document::{Document, Given};
use super::environment::{Environment, Overrides};
use super::problem::{Origin, Problem, shown};

const SECRET_VARIABLE: &str = "PHOEBE_JWT_SECRET_KEY";
const ONLINE_VARIABLE: &str = "PHOEBE_ENABLE_ONLINE_PASSBANDS";

/// Lets variables go before the file.
pub(super) fn take_variables(given: &mut Document, environment: &Environment) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut wrong = |key: &str, variable, value, reason: &str| {
        let (key, reason) = (Some(key.to_owned()), reason.to_owned());
        problems.push(Problem { origin: Origin::Environment(variable), key, value, reason });
    };
    if let Some(secret) = environment.variable(SECRET_VARIABLE) {
        let (key, origin) = ("auth.jwt_secret_key", Origin::Environment(SECRET_VARIABLE));
        match secret.to_str() {
            Some(text) => overrule(given, key, Value::String(text.to_owned()), origin),
            None => wrong(key, SECRET_VARIABLE, None, "must be valid UTF-8"),
        }
    }
    if let Some(online) = environment.variable(ONLINE_VARIABLE) {
        let (key, origin) = ("engine.online_passbands", Origin::Environment(ONLINE_VARIABLE));
        match online.to_string_lossy().to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => overrule(given, key, Value::Boolean(true), origin),
            "false" | "0" | "no" => overrule(given, key, Value::Boolean(false), origin),
            other => {
                let value = Some(shown(&Value::String(other.to_owned()), false));
                wrong(key, ONLINE_VARIABLE, value, "must be TRUE or FALSE");
            }
        }
    }
    problems
}

/// Lets the command line go before everything else.
pub(super) fn take_options(given: &mut Document, overrides: &Overrides) -> Option<Problem> {
    if let Some(host) = &overrides.host {
        let value = Value::String(host.clone());
        overrule(given, "server.host", value, Origin::CommandLine("--host"));
    }
    if let Some(port) = overrides.port {
        let value = Value::Integer(port.into());
        overrule(given, "server.port", value, Origin::CommandLine("--port"));
    }
    if overrides.host.is_none() && overrides.port.is_none() {
        return None;
    }
    let replaced = given.remove("server.listen")?;
    Some(Problem {
        origin: replaced.origin,
        key: Some("server.listen".to_owned()),
        value: None,
        reason: "has no effect: --host or --port was given".to_owned(),
    })
}

fn overrule(given: &mut Document, key: &str, value: Value, origin: Origin) {
    given.insert(key.to_owned(), Given { value, origin });
}
