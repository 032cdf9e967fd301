//! Landlock: which files a worker may touch. Landlock knows nothing of chmod, chown, times and the
//! like, and older versions nothing of truncate: those are closed by seccomp.

use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd,
    Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, Scope,
};

/// Of the system: what loading a library or a time zone needs.
const SYSTEM: [&str; 8] = [
    "/usr/lib",
    "/usr/lib64",
    "/lib",
    "/lib64",
    "/usr/local/lib",
    "/usr/share/zoneinfo",
    "/etc/localtime",
    "/etc/ld.so.cache",
];
/// Devices without effect.
const DEVICES: [&str; 4] = ["/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"];

/// The kernel's Landlock.
#[derive(Debug, Clone, Copy)]
pub struct Files {
    version: u32,
}

impl Files {
    /// The newest version that the kernel has, `most` at the most; `None` without Landlock.
    pub fn probe(most: Option<u32>) -> Option<Self> {
        const CREATE_RULESET_VERSION: u32 = 1;
        // SAFETY: asks for the version; no attributes are read with this flag.
        let version = unsafe {
            libc::syscall(
                libc::SYS_landlock_create_ruleset,
                std::ptr::null::<libc::c_void>(),
                0_usize,
                CREATE_RULESET_VERSION,
            )
        };
        let version = u32::try_from(version).ok()?.min(most.unwrap_or(u32::MAX));
        (version > 0).then_some(Self { version })
    }

    /// Its version.
    pub fn version(self) -> u32 {
        self.version
    }

    /// Reads the engine and the system's libraries, writes this directory; nothing else, no
    /// TCP, and no signal to anybody outside where this version knows of those.
    pub fn ruleset(self, scratch: &Path, engine: &[PathBuf]) -> io::Result<OwnedFd> {
        let abi = self.abi();
        let all = AccessFs::from_all(abi);
        let ruleset = Ruleset::default()
            .set_compatibility(CompatLevel::HardRequirement)
            .handle_access(all)
            .and_then(|ruleset| match AccessNet::from_all(abi) {
                net if net.is_empty() => Ok(ruleset),
                net => ruleset.handle_access(net),
            })
            .and_then(|ruleset| match Scope::from_all(abi) {
                scopes if scopes.is_empty() => Ok(ruleset),
                scopes => ruleset.scope(scopes),
            })
            .and_then(Ruleset::create)
            .map_err(io::Error::other)?;
        let read = AccessFs::ReadFile | AccessFs::ReadDir;
        let write = AccessFs::ReadFile | AccessFs::WriteFile;
        let own = all & !BitFlags::from(AccessFs::Execute);
        let mut ruleset = allow(ruleset, scratch, own)?;
        for path in engine.iter().map(PathBuf::as_path).chain(SYSTEM.iter().map(Path::new)) {
            ruleset = allow(ruleset, path, read)?;
        }
        for device in DEVICES {
            ruleset = allow(ruleset, Path::new(device), write)?;
        }
        Option::<OwnedFd>::from(ruleset).ok_or_else(|| io::Error::other("Landlock made no ruleset"))
    }

    fn abi(self) -> ABI {
        match self.version {
            1 => ABI::V1,
            2 => ABI::V2,
            3 => ABI::V3,
            4 => ABI::V4,
            5 => ABI::V5,
            _ => ABI::V6,
        }
    }
}

/// Adds a rule; a path that is not there needs none.
fn allow(
    ruleset: RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
) -> io::Result<RulesetCreated> {
    let Ok(opened) = PathFd::new(path) else { return Ok(ruleset) };
    let access = if path.is_dir() { access } else { access & AccessFs::from_file(ABI::V6) };
    ruleset.add_rule(PathBeneath::new(opened, access)).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ruleset_is_made_for_each_version_that_the_kernel_has() {
        let Some(newest) = Files::probe(None) else { return };
        let scratch = tempfile::tempdir().unwrap();
        for version in 1..=newest.version() {
            let files = Files::probe(Some(version)).unwrap();
            assert_eq!(files.version(), version);
            files.ruleset(scratch.path(), &[PathBuf::from("/no/such/place")]).unwrap();
        }
    }
}
