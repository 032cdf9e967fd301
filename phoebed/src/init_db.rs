//! `phoebed init-db`: the log database made without a daemon.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::unistd::{Uid, User, geteuid};
use phoebed_common::admin::InitDbOutcome;
use phoebed_common::config::Config;

use crate::http::admin::recreated_as;
use crate::lock::{LockError, StateLock};
use crate::store::{self, InitOutcome, StoreError};

/// Why nothing was made.
#[derive(Debug, thiserror::Error)]
pub enum InitDbError {
    /// The daemon runs, or the state directory cannot be used.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Files of root's would lock the daemon out.
    #[error("{} belongs to {owner}, so only that user may do this", path.display())]
    OtherUser {
        /// The state directory or the database.
        path: PathBuf,
        /// Whose it is.
        owner: String,
    },
}

impl InitDbError {
    /// The next step for the operator, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Lock(LockError::InUse { .. }) => {
                Some("while the daemon runs, it does this itself: `phoebectl init-db`".to_owned())
            }
            Self::Lock(LockError::Io { .. }) => None,
            Self::Store(error) => error.hint().map(str::to_owned),
            Self::OtherUser { owner, .. } => Some(format!("run it with `sudo -u {owner}`")),
        }
    }
}

/// Makes the log database; holds the state lock meanwhile, so that no daemon starts beside it.
pub fn init_db(config: &Config, force: bool) -> Result<InitDbOutcome, InitDbError> {
    let database = &config.database.path;
    check_owner(&config.state.directory)?;
    check_owner(database)?;
    let _lock = StateLock::take(&config.state.directory)?;
    let path = database.display().to_string();
    Ok(match store::init(database, force)? {
        InitOutcome::Created => InitDbOutcome::Created { path },
        InitOutcome::Kept => InitDbOutcome::Kept { path },
        InitOutcome::Recreated(report) => recreated_as(path, report),
    })
}

/// What was done, for people or as one line of JSON.
pub fn describe(outcome: &InitDbOutcome, json: bool) -> String {
    if json {
        return serde_json::to_string(outcome).unwrap_or_default() + "\n";
    }
    match outcome {
        InitDbOutcome::Created { path } => format!("{path} was made\n"),
        InitDbOutcome::Kept { path } => {
            format!("{path} exists and was left alone; --force replaces it and keeps a backup\n")
        }
        InitDbOutcome::Recreated {
            path,
            backup,
            users_only_in_backup: users,
            sessions_only_in_backup: sessions,
            live_registered: _,
        } => {
            let count = |count: &Option<u64>| count.map_or("unknown".into(), |n| n.to_string());
            let backup = backup.as_deref().unwrap_or("(none: the old file was gone)");
            format!(
                "{path} was made afresh\nbackup: {backup}\nusers only in the backup: {}\n\
                 sessions only in the backup: {}\n",
                count(users),
                count(sessions)
            )
        }
    }
}

/// Refuses to leave files of this user among another's.
fn check_owner(path: &Path) -> Result<(), InitDbError> {
    let Ok(meta) = std::fs::metadata(path) else { return Ok(()) };
    let owner = Uid::from_raw(meta.uid());
    if owner == geteuid() {
        return Ok(());
    }
    let name = User::from_uid(owner).ok().flatten().map(|user| user.name);
    let owner = name.unwrap_or_else(|| format!("#{owner}"));
    Err(InitDbError::OtherUser { path: path.to_owned(), owner })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use nix::unistd::chown;
    use phoebed_common::config::{Environment, Overrides};

    use super::*;

    fn config(directory: &Path) -> Config {
        let mut environment = Environment::of_process(false, directory.to_owned());
        environment.variables.clear();
        let text = format!("[state]\ndirectory = {:?}\n", directory.join("state"));
        let file = directory.join("config.toml");
        Config::from_text(&text, &file, &environment, &Overrides::default()).unwrap()
    }

    #[test]
    fn a_database_is_made_kept_and_made_afresh() {
        let directory = tempfile::tempdir().unwrap();
        let config = config(directory.path());
        let made = init_db(&config, false).unwrap();
        assert!(matches!(made, InitDbOutcome::Created { .. }), "{made:?}");
        let kept = init_db(&config, false).unwrap();
        assert!(matches!(kept, InitDbOutcome::Kept { .. }), "{kept:?}");
        let InitDbOutcome::Recreated { backup: Some(backup), .. } = init_db(&config, true).unwrap()
        else {
            panic!("not recreated");
        };
        assert!(Path::new(&backup).exists());
    }

    #[test]
    fn it_does_not_run_beside_a_daemon() {
        let directory = tempfile::tempdir().unwrap();
        let config = config(directory.path());
        let _daemon = StateLock::take(&config.state.directory).unwrap();
        let error = init_db(&config, true).unwrap_err();
        assert!(error.hint().unwrap().contains("phoebectl init-db"));
    }

    #[test]
    fn files_of_another_user_are_left_to_that_user() {
        let directory = tempfile::tempdir().unwrap();
        let config = config(directory.path());
        init_db(&config, false).unwrap();
        if !geteuid().is_root() {
            return;
        }
        chown(&config.state.directory, Some(Uid::from_raw(4711)), None).unwrap();
        let error = init_db(&config, true).unwrap_err();
        assert_eq!(error.hint().unwrap(), "run it with `sudo -u #4711`");
    }
}
