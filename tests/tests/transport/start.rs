//! A start with files of TLS that cannot be used.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use phoebed_tests::{Authority, Cases, Finished, run_phoebed};
use tempfile::TempDir;

fn start(directory: &Path, tls: &str, more: &[&str]) -> Finished {
    let text = format!("[server]\nport = 0\n{tls}\n[state]\ndirectory = 'state'\n");
    fs::write(directory.join("phoebed.toml"), text).expect("the configuration file");
    let arguments = [&["--config", "phoebed.toml"], more].concat();
    run_phoebed(directory, &arguments, &[])
}

#[test]
fn files_that_cannot_be_used_stop_the_start_with_what_to_do() {
    let directory = TempDir::with_prefix("phoebed-tls-").expect("a directory");
    let authority = Authority::new();
    let (one, other) = (authority.issue(), authority.issue());
    for (name, text) in [
        ("one.pem", &one.certificate),
        ("one.key", &one.key),
        ("other.key", &other.key),
        ("text", &"hello".to_owned()),
    ] {
        fs::write(directory.path().join(name), text).expect("a file");
    }
    let pair = |certificate: &str, key: &str| {
        format!("tls_certificate = \"{certificate}\"\ntls_key = \"{key}\"")
    };
    let mut cases = Cases::new();
    for (what, tls, said) in [
        ("a mismatch", pair("one.pem", "other.key"), "is not the key of the certificate"),
        ("a file that is missing", pair("none.pem", "one.key"), "none.pem\": cannot be read"),
        ("no certificate", pair("text", "one.key"), "holds no certificate"),
        ("no key", pair("one.pem", "text"), "holds no private key"),
    ] {
        for more in [&[][..], &["--check-config"]] {
            cases.case(format!("{what} {more:?}"), || {
                let finished = start(directory.path(), &tls, more);
                assert_eq!(finished.code, Some(2), "{finished:?}");
                for text in ["error: server.tls_", said, "hint: "] {
                    assert!(finished.stderr.contains(text), "{text:?}: {finished:?}");
                }
            });
        }
    }
    cases.case("one file without the other", || {
        let finished = start(directory.path(), "tls_certificate = \"one.pem\"", &[]);
        assert_eq!(finished.code, Some(2), "{finished:?}");
        assert!(finished.stderr.contains("server.tls_key = \"\": must be set"), "{finished:?}");
    });
    cases.case("a key that everybody can read is warned of", || {
        let key = directory.path().join("one.key");
        for (mode, warned) in [(0o644, true), (0o600, false)] {
            fs::set_permissions(&key, Permissions::from_mode(mode)).expect("it is ours");
            let finished =
                start(directory.path(), &pair("one.pem", "one.key"), &["--check-config"]);
            assert_eq!(finished.code, Some(0), "{finished:?}");
            assert_eq!(finished.stderr.contains("everybody"), warned, "{finished:?}");
        }
    });
    cases.finish();
}
