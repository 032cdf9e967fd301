//! The user that workers run as, and whether that user can reach what workers need.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::unistd::{Gid, Uid, User, geteuid};

use super::SandboxError;
use crate::workers::interpreter::in_its_environment;

/// A user of the machine.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Its number.
    pub uid: Uid,
    /// The number of its group; workers have no other.
    pub gid: Gid,
}

impl Account {
    /// The user of this name. The error says what to do.
    pub fn named(name: &str) -> Result<Self, SandboxError> {
        let wrong = |why: String| SandboxError::User { user: name.to_owned(), why };
        match User::from_name(name) {
            Ok(Some(user)) if user.uid.is_root() => {
                Err(wrong("workers must not run as root; name an unprivileged user".to_owned()))
            }
            Ok(Some(user)) if user.uid != geteuid() && !geteuid().is_root() && !may_change() => {
                Err(wrong(
                    "the daemon may not change users: start it as root, or with the capabilities \
                     CAP_SETUID, CAP_SETGID and CAP_KILL"
                        .to_owned(),
                ))
            }
            Ok(Some(user)) => Ok(Self { name: user.name, uid: user.uid, gid: user.gid }),
            Ok(None) => Err(wrong(format!(
                "there is no such user; make it with `useradd --system --no-create-home {name}`"
            ))),
            Err(error) => Err(wrong(format!("the user cannot be looked up: {error}"))),
        }
    }

    /// Whether it can reach each of these paths. The error names the directory that bars the way.
    pub fn reaches<'a>(
        &self,
        paths: impl IntoIterator<Item = &'a Path>,
    ) -> Result<(), SandboxError> {
        for path in paths {
            let (link, real) = (in_its_environment(path), fs::canonicalize(path));
            let real = real.unwrap_or_else(|_| path.to_owned());
            // The way to a link, such as an environment's interpreter, and to what it names. Each
            // from the root down, so that the first that bars is the one that is named.
            let above = |path: &Path| -> Vec<PathBuf> {
                let mut above: Vec<_> = path.ancestors().skip(1).map(Path::to_owned).collect();
                above.reverse();
                above
            };
            let ways = above(&link).into_iter().chain(above(&real));
            if let Some(barred) = ways.into_iter().find(|directory| !self.may_enter(directory)) {
                let why = format!(
                    "the directory {} bars the way to {}; allow others to enter it with \
                     `chmod o+x {}`, or keep it elsewhere",
                    barred.display(),
                    path.display(),
                    barred.display()
                );
                return Err(SandboxError::User { user: self.name.clone(), why });
            }
        }
        Ok(())
    }

    fn may_enter(&self, directory: &Path) -> bool {
        let Ok(found) = fs::metadata(directory) else { return false };
        let bit = if found.uid() == self.uid.as_raw() {
            0o100
        } else if found.gid() == self.gid.as_raw() {
            0o010
        } else {
            0o001
        };
        found.mode() & bit != 0
    }
}

/// Whether this process has CAP_SETUID and CAP_SETGID in force.
fn may_change() -> bool {
    const SETGID: u64 = 1 << 6;
    const SETUID: u64 = 1 << 7;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let effective = effective.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok());
    effective.is_some_and(|caps| caps & (SETGID | SETUID) == SETGID | SETUID)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_user_that_is_not_there_is_named_with_the_remedy() {
        let error = Account::named("no-such-user-here").unwrap_err().to_string();
        assert!(error.contains("no-such-user-here") && error.contains("useradd"), "{error}");
        assert!(Account::named("root").unwrap_err().to_string().contains("must not run as root"));
    }

    #[test]
    fn the_directory_that_bars_the_way_is_named() {
        let place = tempfile::tempdir().unwrap();
        let (open, shut) = (place.path().join("open"), place.path().join("shut"));
        for directory in [&open, &shut] {
            fs::create_dir(directory).unwrap();
            fs::create_dir(directory.join("inner")).unwrap();
        }
        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o711)).unwrap();
        fs::set_permissions(&open, fs::Permissions::from_mode(0o711)).unwrap();
        fs::set_permissions(&shut, fs::Permissions::from_mode(0o700)).unwrap();
        let (uid, gid) = (Uid::from_raw(54_321), Gid::from_raw(54_321));
        let account = Account { name: "worker".to_owned(), uid, gid };
        assert!(account.reaches([open.join("inner").as_path()]).is_ok());
        let error = account.reaches([shut.join("inner").as_path()]).unwrap_err().to_string();
        assert!(error.contains(&format!("chmod o+x {}", shut.display())), "{error}");

        // As the interpreter of an environment: anybody may run what it names.
        std::os::unix::fs::symlink("/bin/sh", shut.join("python")).unwrap();
        let error = account.reaches([shut.join("python").as_path()]).unwrap_err().to_string();
        assert!(error.contains(&format!("chmod o+x {}", shut.display())), "{error}");
    }
}
