//! The program: arguments, configuration, logging, listeners; the rest is [`phoebed::run`].

use std::process::ExitCode;

use clap::Parser;
use phoebed::{Args, RunError, logging};
use phoebed_common::config::{Config, DEFAULT_FILE, Environment, port_range};

/// Failed while it ran.
const FAILED: u8 = 1;
/// Not started: usage or configuration.
const MISCONFIGURED: u8 = 2;

fn main() -> ExitCode {
    let args = Args::parse();
    if args.default_config {
        return print(DEFAULT_FILE);
    }
    let config = match load(&args) {
        Ok(config) => config,
        Err(error) => return fail(&*error, MISCONFIGURED),
    };
    logging::start(&config.logging);
    for warning in &config.warnings {
        log::warn!("{warning}");
    }
    if args.check_config {
        let from = config.file.as_ref().map_or("defaults".into(), |file| file.to_string_lossy());
        return print(&format!("configuration ok: {from}\n"));
    }
    match serve(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let code = if error.is_configuration() { MISCONFIGURED } else { FAILED };
            fail(&error, code)
        }
    }
}

fn load(args: &Args) -> Result<Config, Box<dyn std::error::Error>> {
    let mut environment =
        Environment::of_process(nix::unistd::geteuid().is_root(), std::env::current_dir()?);
    let ports = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range");
    environment.ephemeral_ports = ports.ok().as_deref().and_then(port_range);
    Ok(Config::load(&environment, &args.overrides())?)
}

fn serve(config: Config) -> Result<(), RunError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(16)
        .build()
        .map_err(RunError::Runtime)?;
    // On the main thread, which lives as long as the process: the kernel ends the zygote and the
    // workers with the thread that started them.
    let outcome = runtime.block_on(async {
        let listeners = phoebed::listen(&config.server).await?;
        phoebed::run(config, listeners, phoebed::stop_signal()?).await
    });
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    outcome
}

/// Writes data; nobody who stops reading is an error.
fn print(text: &str) -> ExitCode {
    use std::io::Write;
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => fail(&error, FAILED),
        _ => ExitCode::SUCCESS,
    }
}

#[allow(clippy::print_stderr, reason = "this is where errors of the program go")]
fn fail(error: &dyn std::error::Error, code: u8) -> ExitCode {
    eprintln!("error: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        eprintln!("caused by: {error}");
        cause = error.source();
    }
    ExitCode::from(code)
}
