//! `phoebectl users import`.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use phoebed_common::admin::{
    ImportAnswer, ImportOutcome, ImportRequest, ImportedUser, NewUser, paths,
};
use phoebed_common::api::Secret;

use super::class_file;
use crate::client::Client;
use crate::console::Console;
use crate::error::CtlError;
use crate::text::printable;

/// How much longer an answer may take for each user: a password is slow to hash, by design, and
/// an answer that is not waited for takes the made passwords along.
const FOR_EACH: Duration = Duration::from_secs(1);

/// Arguments of `users import`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The first line names the columns, in any order: email,first_name,last_name[,role][,password].
Nothing is done when a line is wrong. Users who exist are left alone. What is printed is CSV,
with the passwords that the daemon made, this once; an email that a spreadsheet would take for a
formula (it begins with = + - @, a tab or a line break) has a ' before it. Exit status 1: some were refused.

Examples:
  phoebectl users import class.csv > passwords.csv
  phoebectl users import - < class.csv")]
pub struct Args {
    /// The CSV file; - is standard input
    file: PathBuf,
}

/// Makes the users of a file.
pub async fn run(args: &Args, client: &mut Client, console: &mut Console) -> Result<(), CtlError> {
    let users = read(&args.file, console)?;
    client.allow_more(FOR_EACH.saturating_mul(u32::try_from(users.len()).unwrap_or(u32::MAX)));
    let request = ImportRequest { users };
    let reply = client.post::<ImportAnswer>(paths::USERS_IMPORT, &request).await?;
    let imported = &reply.value.imported;
    if console.json {
        console.answer(&reply)?;
    } else {
        let table = csv(imported).map_err(CtlError::Output)?;
        console.bytes(&table)?;
    }
    let number = |outcome| imported.iter().filter(|one| one.outcome == outcome).count();
    let (created, exist) = (number(ImportOutcome::Created), number(ImportOutcome::Exists));
    let refused = number(ImportOutcome::Refused);
    let summary = format!("{created} created, {exist} left alone because they exist");
    if refused > 0 {
        return Err(CtlError::NotAllMade(format!("{refused} refused, {summary}")));
    }
    console.note(&summary);
    Ok(())
}

fn read(file: &Path, console: &mut Console) -> Result<Vec<NewUser>, CtlError> {
    let is_input = file == Path::new("-");
    let path = if is_input { "standard input".into() } else { file.to_owned() };
    let content = if is_input {
        console.input_all()
    } else {
        std::fs::read(console.environment().cwd.join(file))
    };
    match content {
        Ok(content) => {
            class_file::parse(&content).map_err(|faults| CtlError::Import { path, faults })
        }
        Err(source) => Err(CtlError::Read { path, source }),
    }
}

fn csv(imported: &[ImportedUser]) -> io::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["email", "password", "outcome"])?;
    for user in imported {
        let password = user.password.as_ref().map_or("", Secret::expose);
        writer.write_record([&unformulated(&user.email), password, &outcome(user)])?;
    }
    writer.into_inner().map_err(csv::IntoInnerError::into_error)
}

/// A user's text that no spreadsheet carries out. Passwords are left as they are: they are the
/// daemon's, and are there to be copied.
fn unformulated(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    format!("{}{}", if is_formula { "'" } else { "" }, printable(text))
}

fn outcome(user: &ImportedUser) -> String {
    let text = match user.outcome {
        ImportOutcome::Created => "created",
        ImportOutcome::Exists => "exists",
        ImportOutcome::Refused => "refused",
    };
    match &user.reason {
        Some(reason) => printable(&format!("{text}: {reason}")),
        None => text.to_owned(),
    }
}
