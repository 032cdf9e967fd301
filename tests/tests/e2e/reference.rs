//! Curves to the last bit as PHOEBE computes them by itself.

use phoebed_tests::{Cases, Daemon, Reference, Settings, System, same_bits};
use serde_json::json;

/// Compares every second system, beginning with this one.
fn compare_every_second(first: usize) {
    let systems: Vec<System> = System::all().into_iter().skip(first).step_by(2).collect();
    assert!(systems.len() >= 8, "a dozen different systems and more in all");
    let daemon = Daemon::start(Settings::new());
    let reference = Reference::compute(&systems);
    let mut cases = Cases::new();
    for system in &systems {
        cases.case(&system.name, || {
            let session = daemon.start_session();
            if system.is_prepared {
                let bundle = reference.bundle(system);
                session.ok(&json!({ "command": "load_bundle", "bundle": bundle }));
            }
            let (run_compute, before) = system.commands.split_last().expect("commands");
            for command in before {
                session.ok(command);
            }
            let model = session.result(run_compute);
            session.end();
            let expected = json!({ "model": reference.model(system) });
            same_bits("", &model, &expected).expect("the same bits");
        });
    }
    cases.finish();
    daemon.stop();
}

#[test]
fn curves_are_those_of_plain_phoebe_to_the_last_bit() {
    compare_every_second(0);
}

#[test]
fn curves_of_the_other_systems_are_those_of_plain_phoebe_to_the_last_bit() {
    compare_every_second(1);
}
