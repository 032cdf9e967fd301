//! The sandbox changes nothing of what PHOEBE computes.

use phoebed_tests::{Daemon, same_bits};
use serde_json::{Value, json};

use crate::attacks::settings;

#[test]
fn a_light_curve_is_the_same_to_the_last_bit_in_the_sandbox_and_without_it() {
    let [free, caged] = ["off", "enforce"].map(light_curve);
    let fluxes = caged["model"]["lc01"]["fluxes"].as_array().expect("fluxes");
    assert!(fluxes.len() == 51 && fluxes.iter().all(Value::is_f64), "{fluxes:?}");
    same_bits("model", &caged, &free).expect("the same numbers");
}

#[track_caller]
fn light_curve(mode: &str) -> Value {
    let daemon = Daemon::start(settings(mode));
    let session = daemon.start_session();
    let phases: Vec<f64> = (0..51).map(|step| f64::from(step) / 50.0 - 0.5).collect();
    session.ok(&json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
        "passband": "Johnson:V", "compute_phases": phases }));
    let result = session.result(&json!({ "command": "run_compute" }));
    session.end();
    daemon.stop();
    result
}
