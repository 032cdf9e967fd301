//! `phoebectl engine status`.

use std::path::Path;

use serde::Serialize;

use super::error::EngineError;
use super::owner::become_owner;
use super::place::{Place, file};
use super::probe::{Versions, probe};
use super::requirements;
use crate::args::Global;
use crate::console::Console;
use crate::error::CtlError;
use crate::fields::Fields;
use crate::style::{Cell, Style};

/// What is printed for programs.
#[derive(Debug, Serialize)]
struct Report {
    works: bool,
    phoebe_version: Option<String>,
    python_version: Option<String>,
    /// The link to the engine in use.
    place: String,
    /// What it names; null when there is no engine.
    directory: Option<String>,
    /// Whether its packages are those of this version of phoebectl.
    pinned: bool,
    /// The interpreter that the daemon takes.
    daemon_python: String,
}

/// Shows which engine there is, and tries it; an engine that does not work is a failure.
pub async fn run(global: &Global, console: &mut Console) -> Result<(), CtlError> {
    let place = Place::find(global, console)?;
    if !place.state.exists() {
        report(&place, None, console)?;
        return Err(EngineError::Missing(place.link).into());
    }
    become_owner(&place)?;
    if place.current()?.is_none() {
        report(&place, None, console)?;
        return Err(EngineError::Missing(place.link).into());
    }
    match probe_in_use(&place, console).await? {
        Ok(versions) => report(&place, Some(versions), console),
        Err(said) => {
            report(&place, None, console)?;
            Err(EngineError::Broken { place: place.link, said }.into())
        }
    }
}

/// Tries the engine in use, in a home of its own.
pub async fn probe_in_use(
    place: &Place,
    console: &Console,
) -> Result<Result<Versions, Vec<String>>, EngineError> {
    // Not below the state directory: who may only read it may ask as well. Not in TMPDIR: that may
    // be root's alone.
    let temporary = Path::new("/tmp");
    let home = tempfile::tempdir_in(temporary).map_err(|error| file("write", temporary, error))?;
    match probe(&place.link, home.path(), console).await {
        // An interpreter that is gone is an engine that does not work.
        Err(error @ EngineError::Program { .. }) => Ok(Err(vec![error.to_string()])),
        tried => tried,
    }
}

/// Whether the engine in use has the packages of this version.
pub fn is_pinned(place: &Place) -> bool {
    let list = std::fs::read_to_string(place.link.join(requirements::FILE));
    list.is_ok_and(|list| list == requirements::PINNED)
}

/// Shows it, with what was found when it was tried.
pub fn report(
    place: &Place,
    versions: Option<Versions>,
    console: &mut Console,
) -> Result<(), CtlError> {
    let shown = |path: &Path| path.display().to_string();
    let report = Report {
        works: versions.is_some(),
        phoebe_version: versions.as_ref().map(|versions| versions.phoebe.clone()),
        python_version: versions.map(|versions| versions.python),
        place: shown(&place.link),
        directory: place.current().ok().flatten().as_deref().map(shown),
        pinned: is_pinned(place),
        daemon_python: shown(&place.python),
    };
    if console.json {
        return console.json(&report);
    }
    let Some(directory) = &report.directory else { return Ok(()) };
    let mut fields = Fields::default();
    let versions = report.phoebe_version.as_ref().zip(report.python_version.as_ref());
    fields.add(
        "engine",
        match versions {
            Some((phoebe, python)) => {
                Cell::new(format!("works: PHOEBE {phoebe} on Python {python}")).style(Style::Good)
            }
            None => Cell::new("does not work").style(Style::Bad),
        },
    );
    fields.add("place", format!("{} -> {directory}", report.place));
    fields.add(
        "packages",
        match report.pinned {
            true => Cell::new("those of this version"),
            false => {
                Cell::new("of another version: phoebectl engine upgrade").style(Style::Warning)
            }
        },
    );
    if place.is_bypassed() {
        let text = format!("takes {} instead, by its configuration", report.daemon_python);
        fields.add("daemon", Cell::new(text).style(Style::Warning));
    }
    console.fields(&fields)
}
