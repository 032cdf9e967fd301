//! Whose turn it is in a session: commands and submitted jobs keep the order in which they came, and
//! what only reads goes first while something long runs.

use std::sync::Arc;

use super::command::{CommandKind, CommandRequest};
use super::line::Line;
use super::waiting::Queue;
use crate::jobs::Job;
use crate::shares::Ticket;

/// What comes next in a session.
pub enum Next {
    Command(CommandRequest),
    Job(Arc<Job>, Ticket),
}

/// What comes next: commands and jobs in their order. While something long runs, or a job that came
/// before waits for its process, what only reads is not kept waiting, and changes are refused or
/// wait.
/// Cancel safe.
pub async fn next(
    commands: &Queue<CommandRequest>,
    line: Option<&Line>,
    has_long: bool,
    refuses: bool,
) -> Next {
    let beside = |request: &CommandRequest| request.kind == CommandKind::Read || refuses;
    loop {
        let waits = line.filter(|_| !has_long).and_then(Line::waits);
        let first = commands.first(|request| request.turn);
        let is_job_first = match (&waits, first) {
            (Some((job, _)), Some(command)) => *job < command,
            (Some(_), None) => true,
            (None, _) => false,
        };
        // With its process there it is begun, however many only want to read.
        let may_begin = !has_long && (is_job_first || waits.is_none());
        if may_begin && let Some((job, ticket)) = line.and_then(Line::take) {
            return Next::Job(job, ticket);
        }
        let goes_first = has_long || is_job_first;
        let command = commands.take_first(|request| !goes_first || beside(request));
        if let Some(command) = command {
            return Next::Command(command);
        }
        let ready = async {
            match line {
                Some(line) if !has_long => line.ready.notified().await,
                _ => std::future::pending().await,
            }
        };
        tokio::select! {
            () = commands.entered() => {}
            () = ready => {}
        }
    }
}
