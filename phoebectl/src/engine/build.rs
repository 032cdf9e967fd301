//! Builds an engine: an environment, the pinned packages in it, and the proof that it works.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::EngineError;
use super::place::file;
use super::probe::{Versions, probe};
use super::python::Python;
use super::requirements;
use crate::console::Console;

const NO_VENV: &str = "install what makes environments: apt-get install python3-venv";
const NO_PACKAGES: &str = "it needs https://pypi.org, or a folder with all wheels: --wheels DIR \
                           (made elsewhere by `pip download --no-deps --only-binary=:all: -r \
                           requirements.txt -d DIR` with the list in /usr/share/phoebed)";
const NO_PHOEBE: &str = "see what is missing in the lines above";

/// What to build from.
#[derive(Debug)]
pub struct Source {
    /// The interpreter that the environment is made with.
    pub python: PathBuf,
    /// A folder with all wheels; without it they come from PyPI.
    pub wheels: Option<PathBuf>,
}

/// Builds it in this directory, which is removed when that fails.
pub async fn build(
    directory: &Path,
    source: &Source,
    console: &mut Console,
) -> Result<Versions, EngineError> {
    let built = steps(directory, source, console).await;
    if built.is_err() {
        // What cannot be removed now goes with the next call.
        let _ = fs::remove_dir_all(directory);
    }
    built
}

async fn steps(
    directory: &Path,
    source: &Source,
    console: &mut Console,
) -> Result<Versions, EngineError> {
    let home = directory.join("home");
    fs::create_dir_all(&home).map_err(|error| file("make", &home, error))?;

    step(console, &format!("environment of {}", source.python.display()));
    let venv = Python::new(&source.python, &home, console).args(["-m", "venv"]).args([directory]);
    let ended = venv.run(None, |_line| {}).await?;
    if !ended.success {
        let said = ended.said;
        return Err(EngineError::Step { what: "making the environment", said, hint: NO_VENV });
    }

    let list = directory.join(requirements::FILE);
    fs::write(&list, requirements::PINNED).map_err(|error| file("write", &list, error))?;
    install_packages(directory, &home, &list, source, console).await?;

    step(console, "trying it");
    let versions = probe(directory, &home, console).await?;
    let versions = versions.map_err(|said| EngineError::Step {
        what: "importing PHOEBE",
        said,
        hint: NO_PHOEBE,
    })?;
    fs::remove_dir_all(&home).map_err(|error| file("remove", &home, error))?;
    Ok(versions)
}

async fn install_packages(
    directory: &Path,
    home: &Path,
    list: &Path,
    source: &Source,
    console: &mut Console,
) -> Result<(), EngineError> {
    let total = requirements::count();
    let from = match &source.wheels {
        Some(folder) => folder.display().to_string(),
        None => "PyPI".to_owned(),
    };
    step(console, &format!("{total} packages from {from}"));
    // Wheels alone: to build a package would run its code and need a compiler.
    let mut arguments: Vec<OsString> = ["-m", "pip", "install", "--only-binary=:all:"]
        .into_iter()
        .chain(["--disable-pip-version-check", "--no-input", "--no-cache-dir", "--no-deps"])
        .map(OsString::from)
        .collect();
    if let Some(folder) = &source.wheels {
        arguments.extend(["--no-index".into(), "--find-links".into(), folder.into()]);
    }
    arguments.extend(["--progress-bar".into(), "off".into(), "-r".into(), list.into()]);
    let pip = Python::new(&directory.join("bin/python"), home, console).args(arguments);
    let (mut found, mut shown) = (0, false);
    let ended = pip.run(None, |line| match progress(line) {
        Progress::Package(name) => {
            (found, shown) = (found + 1, true);
            console.progress(&format!("  {found} of {total}: {name}"));
        }
        Progress::Installing => {
            shown = true;
            console.progress("  installing them");
        }
        Progress::Other => {}
    });
    let ended = ended.await?;
    if shown {
        console.progress_over();
    }
    match ended.success {
        true => Ok(()),
        false => Err(EngineError::Step {
            what: "installing the packages",
            said: ended.said,
            hint: NO_PACKAGES,
        }),
    }
}

/// What a line of pip's tells.
#[derive(Debug, PartialEq, Eq)]
enum Progress<'a> {
    Package(&'a str),
    Installing,
    Other,
}

fn progress(line: &str) -> Progress<'_> {
    if line.starts_with("Installing collected packages") {
        return Progress::Installing;
    }
    // From an index, and from a folder.
    let package = ["Collecting ", "Processing "].iter().find_map(|word| line.strip_prefix(word));
    let Some(package) = package.and_then(|rest| rest.split_whitespace().next()) else {
        return Progress::Other;
    };
    Progress::Package(package.rsplit('/').next().unwrap_or(package))
}

fn step(console: &mut Console, what: &str) {
    console.note(&format!("engine: {what}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_pip_are_understood() {
        let line = "Collecting astropy==8.0.2 (from -r /x/requirements.txt (line 5))";
        assert_eq!(progress(line), Progress::Package("astropy==8.0.2"));
        let line = "Processing /mnt/wheels/emcee-3.1.6-py2.py3-none-any.whl (from -r list)";
        assert_eq!(progress(line), Progress::Package("emcee-3.1.6-py2.py3-none-any.whl"));
        assert_eq!(progress("Installing collected packages: a, b"), Progress::Installing);
        assert_eq!(progress("  Downloading a.whl (6.1 MB)"), Progress::Other);
    }
}
