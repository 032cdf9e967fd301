//! A headless Chromium that reaches this machine alone.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::program::run_to_the_end;

/// A browser with an empty profile.
#[derive(Debug)]
pub struct Browser {
    directory: TempDir,
}

/// A page as it was after its scripts had run.
#[derive(Debug)]
pub struct Page {
    /// The document as HTML.
    pub dom: String,
    /// Every address that the page itself asked for, in this order. (Chromium asks its maker's
    /// hosts for the time and for updates, in vain here; those are not the page's.)
    pub requests: Vec<String>,
}

/// Fake time in which a page may run its scripts, in milliseconds; it passes as fast as they do.
const SCRIPT_TIME: u32 = 20_000;

impl Browser {
    /// A browser.
    pub fn new() -> Self {
        Self { directory: TempDir::with_prefix("phoebed-browser-").expect("a directory") }
    }

    /// Opens an address and runs its scripts.
    ///
    /// # Panics
    /// When Chromium is missing or fails.
    #[track_caller]
    pub fn open(&self, url: &str) -> Page {
        let log = self.directory.path().join("net.json");
        let mut command = self.command();
        command.arg(format!("--log-net-log={}", log.display())).arg("--dump-dom").arg(url);
        let finished = run_to_the_end(command, self.directory.path(), "the page is rendered");
        assert_eq!(finished.code, Some(0), "{}", finished.stderr);
        Page { dom: finished.stdout, requests: requests(&log) }
    }

    /// Writes a picture of the page (PNG) there.
    ///
    /// # Panics
    /// When Chromium is missing or fails.
    #[track_caller]
    pub fn screenshot(&self, url: &str, to: &Path) {
        let mut command = self.command();
        command.arg("--window-size=1200,1600");
        command.arg(format!("--screenshot={}", to.display())).arg(url);
        let finished = run_to_the_end(command, self.directory.path(), "the picture is taken");
        assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    }

    fn command(&self) -> Command {
        let chromium = PathBuf::from("/usr/bin/chromium");
        assert!(chromium.exists(), "no {}\nhint: apt-get install chromium", chromium.display());
        let profile = TempDir::with_prefix_in("profile-", self.directory.path());
        let profile = profile.expect("a directory").keep();
        let mut command = Command::new(chromium);
        command.args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
        ]);
        command.arg(format!("--virtual-time-budget={SCRIPT_TIME}"));
        command.arg(format!("--user-data-dir={}", profile.display()));
        command.env("HOME", self.directory.path());
        command
    }
}

impl Default for Browser {
    fn default() -> Self {
        Self::new()
    }
}

/// The addresses in Chromium's own record of its network use.
#[track_caller]
fn requests(log: &Path) -> Vec<String> {
    let log = std::fs::read_to_string(log).expect("a record of the network");
    let log: Value = serde_json::from_str(&log).expect("it is JSON");
    let kind = &log["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"];
    assert!(kind.is_number(), "Chromium names its events otherwise now");
    let events = log["events"].as_array().expect("events").iter();
    let by_a_page =
        |event: &&Value| event["type"] == *kind && event["params"]["initiator"] != "not an origin";
    let addresses = events.filter(by_a_page).filter_map(|event| event["params"]["url"].as_str());
    addresses.map(str::to_owned).collect()
}
