//! `phoebectl init-db`: through the daemon when one runs, else by running `phoebed init-db`.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use phoebed_common::admin::{InitDbOutcome, InitDbRequest, paths};
use phoebed_common::config::{CONFIG_VARIABLE, SOCKET_VARIABLE};
use tokio::process::Command;

use crate::args::Global;
use crate::client::{Client, Reply};
use crate::console::Console;
use crate::error::CtlError;

/// Arguments of `init-db`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Replace an existing database; it is kept as a dated backup
    #[arg(long)]
    force: bool,
}

/// Makes the log database, or makes it afresh.
pub async fn run(
    args: &Args,
    global: &Global,
    client: &mut Client,
    console: &mut Console,
) -> Result<(), CtlError> {
    let request = InitDbRequest { force: args.force };
    let reply = match client.post(paths::INIT_DB, &request).await {
        Err(CtlError::NotRunning { .. }) if may_do_without(global, console) => {
            run_program(args.force, global, console).await?
        }
        answer => answer?,
    };
    if console.json {
        return console.answer(&reply);
    }
    for line in said(&reply.value) {
        console.line(line)?;
    }
    if let InitDbOutcome::Kept { .. } = reply.value {
        console.note("hint: to make it afresh and keep this one as a backup, say --force");
    }
    Ok(())
}

/// Whoever names the socket of one daemon must not end up with the database of another.
fn may_do_without(global: &Global, console: &Console) -> bool {
    let variable = |name| console.environment().variable(name).is_some();
    let socket_named = global.socket.is_some() || variable(SOCKET_VARIABLE);
    let config_named = global.config.is_some() || variable(CONFIG_VARIABLE);
    config_named || !socket_named
}

async fn run_program(
    force: bool,
    global: &Global,
    console: &Console,
) -> Result<Reply<InitDbOutcome>, CtlError> {
    let program = find_program(console).ok_or(CtlError::NoProgram)?;
    let mut command = Command::new(&program);
    command.arg("init-db").arg("--json");
    if let Some(config) = &global.config {
        command.arg("--config").arg(config);
    }
    if force {
        command.arg("--force");
    }
    let environment = console.environment();
    command.env_clear().envs(&environment.variables).current_dir(&environment.cwd);
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().await;
    let output = output.map_err(|source| CtlError::Program { program, source })?;
    if !output.status.success() {
        return Err(CtlError::ProgramFailed(code(output.status)));
    }
    match serde_json::from_slice(&output.stdout) {
        Ok(value) => Ok(Reply { value, text: output.stdout.into() }),
        Err(error) => Err(CtlError::NotUnderstood {
            version: "(the program)".to_owned(),
            path: "init-db --json".to_owned(),
            cause: error.to_string(),
        }),
    }
}

/// Its own code where that means the same here: 2 is a wrong configuration.
fn code(status: ExitStatus) -> u8 {
    if status.code() == Some(2) { 2 } else { 1 }
}

/// The daemon's program: the one that was installed with this one, else the first in PATH.
fn find_program(console: &Console) -> Option<PathBuf> {
    let beside = console.exe().and_then(Path::parent).map(Path::to_path_buf);
    let path = console.environment().variable("PATH").cloned().unwrap_or_default();
    let folders = beside.into_iter().chain(std::env::split_paths(&path));
    folders.map(|folder| folder.join("phoebed")).find(|program| program.is_file())
}

fn said(outcome: &InitDbOutcome) -> Vec<String> {
    match outcome {
        InitDbOutcome::Created { path } => vec![format!("created the log database {path}")],
        InitDbOutcome::Kept { path } => {
            vec![format!("kept the log database {path}: it exists already")]
        }
        InitDbOutcome::Recreated {
            path,
            backup,
            users_only_in_backup,
            sessions_only_in_backup,
            live_registered,
        } => {
            let number = |number: &Option<u64>| {
                number.map_or_else(|| "an unknown number".to_owned(), |number| number.to_string())
            };
            let backup = backup.as_deref().unwrap_or("none: the old file was gone");
            vec![
                format!("made the log database {path} afresh"),
                format!("backup: {backup}"),
                format!(
                    "only in the backup: users: {}, sessions: {}",
                    number(users_only_in_backup),
                    number(sessions_only_in_backup)
                ),
                format!("live sessions registered again: {live_registered}"),
            ]
        }
    }
}
