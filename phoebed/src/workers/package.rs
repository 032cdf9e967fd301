//! The Python package of zygote and worker, carried in the binary so that the two never differ in
//! version, and written into the state directory at each start.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

macro_rules! files {
    ($($path:literal),* $(,)?) => {
        /// Path below the package's directory, and text.
        const FILES: &[(&str, &str)] =
            &[$(($path, include_str!(concat!("../../worker/", $path)))),*];
    };
}

files![
    "__main__.py",
    "phoebed_worker/__init__.py",
    "phoebed_worker/answers.py",
    "phoebed_worker/birth.py",
    "phoebed_worker/cage.py",
    "phoebed_worker/channel.py",
    "phoebed_worker/clone.py",
    "phoebed_worker/commands/__init__.py",
    "phoebed_worker/commands/arguments.py",
    "phoebed_worker/commands/attach.py",
    "phoebed_worker/commands/bundles.py",
    "phoebed_worker/commands/compute.py",
    "phoebed_worker/commands/datasets.py",
    "phoebed_worker/commands/detached.py",
    "phoebed_worker/commands/model_arrays.py",
    "phoebed_worker/commands/morphology.py",
    "phoebed_worker/commands/parameters.py",
    "phoebed_worker/commands/ping.py",
    "phoebed_worker/commands/solver.py",
    "phoebed_worker/commands/steps.py",
    "phoebed_worker/compute_child.py",
    "phoebed_worker/engine.py",
    "phoebed_worker/errors.py",
    "phoebed_worker/executor.py",
    "phoebed_worker/fast_filter.py",
    "phoebed_worker/guard.py",
    "phoebed_worker/helpers.py",
    "phoebed_worker/huge_pages.py",
    "phoebed_worker/iterations.py",
    "phoebed_worker/journal.py",
    "phoebed_worker/json_values.py",
    "phoebed_worker/keeping.py",
    "phoebed_worker/link.py",
    "phoebed_worker/parallel.py",
    "phoebed_worker/pickled.py",
    "phoebed_worker/pool.py",
    "phoebed_worker/portable.py",
    "phoebed_worker/process.py",
    "phoebed_worker/progress.py",
    "phoebed_worker/session.py",
    "phoebed_worker/share.py",
    "phoebed_worker/sideways.py",
    "phoebed_worker/start_bundles.py",
    "phoebed_worker/state.py",
    "phoebed_worker/worker.py",
    "phoebed_worker/zygote.py",
];

/// Writes the package into `<state>/worker`, replacing what an earlier version left there, and
/// returns that directory. World-readable: a worker may run as another user.
pub fn install(state_directory: &Path) -> io::Result<PathBuf> {
    let target = state_directory.join("worker");
    let fresh = state_directory.join("worker.new");
    remove_if_there(&fresh)?;
    for (path, text) in FILES {
        let file = fresh.join(path);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent)?;
            fs::set_permissions(parent, fs::Permissions::from_mode(0o755))?;
        }
        fs::write(&file, text)?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644))?;
    }
    fs::set_permissions(&fresh, fs::Permissions::from_mode(0o755))?;
    remove_if_there(&target)?;
    fs::rename(&fresh, &target)?;
    Ok(target)
}

fn remove_if_there(directory: &Path) -> io::Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn python_files(directory: &Path, below: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && !["tests", "__pycache__"].contains(&name) && !name.starts_with('.')
            {
                python_files(&path, below, found);
            } else if path.extension().is_some_and(|extension| extension == "py") {
                found.insert(path.strip_prefix(below).unwrap().to_str().unwrap().to_owned());
            }
        }
    }

    #[test]
    fn every_python_file_of_the_worker_is_carried() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("worker");
        let mut on_disk = BTreeSet::new();
        python_files(&source, &source, &mut on_disk);
        let carried: BTreeSet<String> = FILES.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(carried, on_disk);
    }

    #[test]
    fn installing_replaces_what_was_there() {
        let state = tempfile::tempdir().unwrap();
        fs::create_dir(state.path().join("worker")).unwrap();
        fs::write(state.path().join("worker/stale.py"), "").unwrap();
        let installed = install(state.path()).unwrap();
        assert!(!installed.join("stale.py").exists());
        assert!(installed.join("__main__.py").exists());
    }
}
