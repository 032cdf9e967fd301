//! The program: arguments, configuration, logging, listeners; the rest is [`phoebed::run`].

use std::process::ExitCode;

use clap::Parser;
use phoebed::{
    Args, Command, ConfigSource, Inherited, Notifier, RunError, Setup, Watchdog, logging,
};
use phoebed_common::config::{Config, DEFAULT_FILE, Environment, port_range};

/// Failed while it ran.
const FAILED: u8 = 1;
/// Not started, as often as it is tried: usage, configuration, or a database that cannot be used
/// as it is.
const UNFIT: u8 = 2;

fn main() -> ExitCode {
    let args = Args::parse();
    if args.default_config {
        return print(DEFAULT_FILE);
    }
    let loaded = source(&args).and_then(|source| Ok((source.load()?, source)));
    let (mut config, source) = match loaded {
        Ok(loaded) => loaded,
        Err(error) => return fail(&*error, None, UNFIT),
    };
    logging::start(&config.logging);
    logging::tell_of_panics();
    if args.check_config
        && let Err(error) = phoebed::check_files(&mut config)
    {
        return fail(&error, error.hint(), UNFIT);
    }
    for warning in &config.warnings {
        log::warn!("{warning}");
    }
    if args.check_config {
        let from = config.file.as_ref().map_or("defaults".into(), |file| file.to_string_lossy());
        return print(&format!("configuration ok: {from}\n"));
    }
    if let Some(Command::InitDb { force, json }) = args.command {
        return match phoebed::init_db(&config, force) {
            Ok(outcome) => print(&phoebed::describe_init_db(&outcome, json)),
            Err(error) => fail(&error, error.hint().as_deref(), FAILED),
        };
    }
    match serve(config, source) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let code = if error.lasts() { UNFIT } else { FAILED };
            fail(&error, error.hint(), code)
        }
    }
}

fn source(args: &Args) -> Result<ConfigSource, Box<dyn std::error::Error>> {
    let mut environment =
        Environment::of_process(nix::unistd::geteuid().is_root(), std::env::current_dir()?);
    let ports = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range");
    environment.ephemeral_ports = ports.ok().as_deref().and_then(port_range);
    if args.check_config {
        environment = environment.with_service_credentials();
    }
    Ok(ConfigSource::new(environment, args.overrides()))
}

fn serve(config: Config, source: ConfigSource) -> Result<(), RunError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(16)
        .build()
        .map_err(RunError::Runtime)?;
    // On the main thread, which lives as long as the process: the kernel ends the zygote and the
    // workers with the thread that started them.
    let outcome = runtime.block_on(async {
        let (stop, reloads) = (phoebed::stop_signal()?, phoebed::reload_signal()?);
        let inherited = Inherited::of_environment()?;
        inherited.warnings(&config).iter().for_each(|warning| log::warn!("{warning}"));
        let listeners = phoebed::listen_on(inherited.public, &config.server).await?;
        let setup = Setup {
            reloads: Some(reloads),
            admin: inherited.admin,
            notifier: Notifier::of_environment(),
            watchdog: Watchdog::of_environment(),
            ..Setup::new(config, source, listeners)
        };
        phoebed::run(setup, stop).await
    });
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    outcome
}

/// Writes data; nobody who stops reading is an error.
fn print(text: &str) -> ExitCode {
    use std::io::Write;
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => fail(&error, None, FAILED),
        _ => ExitCode::SUCCESS,
    }
}

#[allow(clippy::print_stderr, reason = "this is where errors of the program go")]
fn fail(error: &dyn std::error::Error, hint: Option<&str>, code: u8) -> ExitCode {
    // To the journal each line says how grave it is; else it would take them for information.
    let mark = logging::mark_of_errors();
    eprintln!("{mark}error: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        eprintln!("{mark}caused by: {error}");
        cause = error.source();
    }
    if let Some(hint) = hint {
        eprintln!("{mark}hint: {hint}");
    }
    ExitCode::from(code)
}
