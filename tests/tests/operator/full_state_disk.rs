//! The state database on a disk that fills up: what cannot be kept is not acknowledged.

use phoebed_tests::{Daemon, Settings, eventually};
use serde_json::json;

use crate::ctl::is_root;
use crate::mounted::SmallDisk;

#[test]
fn a_change_that_cannot_be_kept_is_refused_and_not_applied() {
    if !is_root() {
        return;
    }
    let disk = SmallDisk::mount(16 << 10);
    let state = disk.path().join("state");
    let settings = Settings::new().set("state.directory", format!("'{}'", state.display()));
    let daemon = Daemon::start(settings);
    let (session, other) = (daemon.start_session(), daemon.start_session());
    other.ok(&json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01" }));
    let set = |value: f64| {
        session.send(&json!({ "command": "set_value", "twig": "teff@primary@component",
            "value": value }))
    };
    let get = json!({ "command": "get_value", "twig": "teff@primary@component" });
    set(6000.0).expect(200);
    let filler = disk.fill();
    let mut kept = 6000.0;
    let refused = eventually("there is no room for a change", || {
        let answer = set(kept + 1.0);
        if answer.status == 200 {
            kept += 1.0;
        }
        (answer.status != 200).then_some(answer)
    });
    let text = refused.expect(503).detail();
    assert!(text.contains("could not be kept") && text.contains("no space is left"), "{text}");
    assert_eq!(session.result(&get), kept, "it is not applied");
    let refused = daemon.api().post("/dash/start-session").expect(503);
    assert!(refused.header("retry-after").is_some(), "{}", refused.text());
    let end = format!("/dash/end-session/{}", other.id);
    let refused = daemon.api().post(&end).expect(503).detail();
    assert!(refused.contains("was not ended"), "{refused}");
    assert!(other.is_listed(), "what is not done is not told as done");

    std::fs::remove_file(filler).expect("room again");
    assert_eq!(session.result(&get), kept);
    assert_eq!(
        other.result(&json!({ "command": "get_datasets" }))["datasets"]["lc01"]["kind"],
        "lc"
    );
    daemon.api().post(&end).expect(200);
    assert!(!other.is_listed());
    set(7000.0).expect(200);
    daemon.start_session().end();
    assert_eq!(session.result(&get), 7000.0);
    daemon.stop();
}
