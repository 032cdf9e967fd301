//! A small file system of its own, for a disk that fills up.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A mounted tmpfs, unmounted when this is dropped.
#[derive(Debug)]
pub struct SmallDisk {
    place: PathBuf,
    _directory: TempDir,
}

impl SmallDisk {
    /// Mounts one; only root can.
    ///
    /// # Panics
    /// When mounting is refused.
    #[track_caller]
    pub fn mount(kibibytes: usize) -> Self {
        let directory = TempDir::with_prefix("phoebed-disk-").expect("a directory");
        let place = directory.path().join("disk");
        std::fs::create_dir(&place).expect("a directory");
        let size = format!("size={kibibytes}k");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&place);
        let output = mount.output().expect("the program mount");
        assert!(
            output.status.success(),
            "root may not mount a tmpfs here, which this test of a full disk needs: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Self { place, _directory: directory }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.place
    }

    /// Fills it to the last byte; answers the file that does.
    pub fn fill(&self) -> PathBuf {
        use std::io::Write;
        let path = self.place.join("filler");
        let mut file = std::fs::File::create(&path).expect("a file");
        while file.write_all(&[0; 4096]).is_ok() {}
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a daemon of a failed test may still have files there.
        let _ = Command::new("umount").arg("--lazy").arg(&self.place).status();
    }
}
