//! `phoebectl config check`.

use std::path::PathBuf;

use phoebed_common::admin::ConfigProblem;
use phoebed_common::config::{Config, ConfigError, Overrides};
use serde::Serialize;

use crate::args::Global;
use crate::console::Console;
use crate::error::CtlError;

/// Arguments of `config check`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file; when it is not given, the one that phoebed would find
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// What is printed for programs.
#[derive(Debug, Default, Serialize)]
struct Verdict {
    ok: bool,
    file: Option<PathBuf>,
    warnings: Vec<ConfigProblem>,
    problems: Vec<ConfigProblem>,
}

/// Checks a file as the daemon does when it starts.
pub fn run(args: Args, global: &Global, console: &mut Console) -> Result<(), CtlError> {
    let overrides =
        Overrides { config: args.file.or_else(|| global.config.clone()), ..Overrides::default() };
    let environment = console.environment().clone().with_service_credentials();
    let config = match Config::load(&environment, &overrides) {
        Ok(config) => config,
        Err(error) => return wrong(error, overrides.config, console),
    };
    for warning in &config.warnings {
        console.note(&format!("warning: {warning}"));
    }
    if console.json {
        let warnings = config.warnings.iter().cloned().map(Into::into).collect();
        let file = config.file.clone();
        return console.json(&Verdict { ok: true, file, warnings, ..Verdict::default() });
    }
    let file = config.file.as_ref().map(|file| file.display().to_string());
    let file = file.unwrap_or_else(|| "no file, all defaults".to_owned());
    console.line(format!("configuration ok: {file}"))
}

fn wrong(error: ConfigError, file: Option<PathBuf>, console: &mut Console) -> Result<(), CtlError> {
    if console.json {
        let problems = match &error {
            ConfigError::Invalid(problems) => problems.iter().cloned().map(Into::into).collect(),
            ConfigError::Missing { .. } | ConfigError::Unreadable { .. } => Vec::new(),
        };
        console.json(&Verdict { file, problems, ..Verdict::default() })?;
    }
    Err(CtlError::Config(error))
}
