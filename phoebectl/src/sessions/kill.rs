//! `phoebectl sessions kill`.

use std::time::Duration;

use phoebed_common::admin::{KillAnswer, KillOutcome, KillRequest, KillResult, Session, paths};

use super::rows;
use crate::client::Client;
use crate::confirm::confirm;
use crate::console::Console;
use crate::duration::parse_duration;
use crate::error::CtlError;
use crate::style::{Cell, Style};
use crate::table::{Column, Table};
use crate::text::{count, or_nothing};

/// Arguments of `sessions kill`. A session is ended when all that is given holds for it.
#[derive(Debug, Clone, clap::Args)]
#[command(group = clap::ArgGroup::new("which").required(true).multiple(true))]
pub struct Args {
    /// The sessions' ids
    #[arg(group = "which", value_name = "ID")]
    ids: Vec<String>,
    /// Sessions of this user (by id)
    #[arg(long, value_name = "ID", group = "which")]
    user: Option<String>,
    /// Sessions that have been idle for so long, such as 30m or 1h
    #[arg(long, value_name = "TIME", group = "which", value_parser = parse_duration)]
    idle_for: Option<Duration>,
    /// All sessions
    #[arg(long, group = "which", conflicts_with_all = ["ids", "user", "idle_for"])]
    all: bool,
    /// Do not ask
    #[arg(long, short = 'y')]
    yes: bool,
    /// Show what would be ended, and end nothing
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
}

impl Args {
    fn request(&self) -> KillRequest {
        KillRequest {
            ids: (!self.ids.is_empty()).then(|| self.ids.clone()),
            user: self.user.clone(),
            // Rounded up: nothing that was idle for less is meant.
            idle_for_seconds: self.idle_for.map(|time| time.as_secs_f64().ceil() as u64),
            all: self.all,
            dry_run: false,
        }
    }
}

/// Ends sessions: shows them and asks first, unless told not to.
pub async fn run(args: Args, client: &mut Client, console: &mut Console) -> Result<(), CtlError> {
    let request = args.request();
    if args.yes {
        let reply = client.post::<KillAnswer>(paths::KILL, &request).await?;
        return report(&reply.value, console);
    }
    let dry = KillRequest { dry_run: true, ..request.clone() };
    let found = client.post::<KillAnswer>(paths::KILL, &dry).await?.value;
    let shown: Vec<&Session> = would_end(&found).collect();
    if args.dry_run || shown.is_empty() {
        return report(&found, console);
    }
    console.note_table(&rows::table(shown.iter().copied(), console.now()));
    confirm(console, &format!("End {}?", count(shown.len(), "session")))?;
    // What was not shown is not ended, even if it is selected by now; and what was shown is left
    // alone if it is not selected any more.
    let ids = shown.iter().map(|session| session.session_id.clone()).collect();
    let request = KillRequest { ids: Some(ids), all: false, ..request };
    let mut done = client.post::<KillAnswer>(paths::KILL, &request).await?.value;
    let others = found.results.into_iter().filter(|one| one.outcome != KillOutcome::WouldKill);
    done.results.extend(others);
    report(&done, console)
}

fn would_end(answer: &KillAnswer) -> impl Iterator<Item = &Session> {
    let results = answer.results.iter();
    results
        .filter(|one| one.outcome == KillOutcome::WouldKill)
        .filter_map(|one| one.session.as_ref())
}

fn report(answer: &KillAnswer, console: &mut Console) -> Result<(), CtlError> {
    if console.json {
        console.json(answer)?;
        return failures(answer);
    }
    if answer.results.is_empty() {
        return console.line("no session matches, none was ended");
    }
    let mut table = Table::new([
        Column::new("SESSION"),
        Column::new("OUTCOME").elastic(8),
        Column::new("USER").elastic(8),
        Column::new("PORT").right().optional(),
        Column::new("PROJECT").elastic(8).optional(),
    ]);
    for result in &answer.results {
        let session = result.session.as_ref();
        table.row([
            Cell::new(&result.session_id),
            outcome(result),
            Cell::new(or_nothing(session.and_then(|session| session.user_id.as_ref()))),
            Cell::new(or_nothing(session.and_then(|session| session.port))),
            Cell::new(or_nothing(session.map(rows::project))),
        ]);
    }
    console.table(&table)?;
    failures(answer)?;
    let done = if answer.dry_run { "would end" } else { "ended" };
    console.line(format!("{} {done}", count(answer.results.len(), "session")))
}

fn outcome(result: &KillResult) -> Cell {
    let (text, style) = match result.outcome {
        KillOutcome::Killed => ("ended", Style::Good),
        KillOutcome::WouldKill => ("would end", Style::Plain),
        KillOutcome::Skipped => ("left alone", Style::Warning),
        KillOutcome::NotFound => ("not found", Style::Bad),
        KillOutcome::Failed => ("failed", Style::Bad),
    };
    match &result.reason {
        Some(reason) => Cell::new(format!("{text}: {reason}")).style(style),
        None => Cell::new(text).style(style),
    }
}

/// An error when a session that was named or selected is not ended.
fn failures(answer: &KillAnswer) -> Result<(), CtlError> {
    let ended = number(answer, KillOutcome::Killed) + number(answer, KillOutcome::WouldKill);
    let all = answer.results.len();
    if ended == all {
        return Ok(());
    }
    Err(CtlError::NotAllEnded(format!("{ended} of {} ended", count(all, "session"))))
}

fn number(answer: &KillAnswer, outcome: KillOutcome) -> usize {
    answer.results.iter().filter(|result| result.outcome == outcome).count()
}
