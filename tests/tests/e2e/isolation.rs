//! What workers get of the daemon and of each other: nothing but what they need.

use std::collections::BTreeSet;

use phoebed_tests::{Cases, Daemon, Settings, Signal, eventually, signal};
use serde_json::json;

const SECRET: &str = "s3cr3t-of-the-daemon";

#[test]
fn workers_have_neither_the_daemons_environment_nor_each_others_descriptors() {
    let settings = Settings::new()
        .variable("PHOEBE_JWT_SECRET_KEY", SECRET)
        .variable("SOME_VARIABLE", SECRET)
        .variable("LD_PRELOAD_NOT", SECRET);
    let daemon = Daemon::start(settings);
    let (first, second) = (daemon.start_session(), daemon.start_session());
    first.ok(&json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
        "compute_phases": [0.0, 0.25] }));
    let computing = first.send_in_background(&json!({ "command": "run_compute" }));
    let child = daemon.compute_child(&first);
    eventually("the child has let go of its worker's descriptors", || {
        (child.descriptors().len() <= 6).then_some(())
    });
    signal(child.pid, Signal::SIGSTOP);
    let zygote = daemon.zygote().expect("a zygote");
    let (one, other) = (daemon.worker(&first), daemon.worker(&second));
    let mut cases = Cases::new();
    for (name, process) in
        [("zygote", &zygote), ("worker", &one), ("worker", &other), ("child", &child)]
    {
        cases.case(format!("the environment of the {name} is a list of its own"), || {
            let environment = process.environment();
            assert!(!environment.iter().any(|one| one.contains(SECRET)), "{environment:?}");
            for wanted in [
                "OPENBLAS_NUM_THREADS=1",
                "OMP_NUM_THREADS=1",
                "MKL_NUM_THREADS=1",
                "PHOEBE_MULTIPROC_NPROCS=0",
                "PHOEBE_ENABLE_ONLINE_PASSBANDS=FALSE",
            ] {
                assert!(environment.contains(&wanted.to_owned()), "{wanted}: {environment:?}");
            }
        });
    }
    cases.case("the zygote and a computing child have one thread", || {
        assert_eq!((zygote.threads(), child.threads()), (1, 1));
    });
    cases.case("a worker works in its own scratch directory", || {
        let scratch = daemon.path().join("state/scratch");
        assert!(one.directory.starts_with(&scratch), "{one:?}");
        assert_ne!(one.directory, other.directory);
    });
    cases.case("no two of them share a socket or pipe", || {
        let of = |process: &phoebed_tests::Process| -> BTreeSet<String> {
            let all = process.descriptors().into_iter();
            all.filter(|one| one.starts_with("socket:") || one.starts_with("pipe:")).collect()
        };
        let (zygote, one, other) = (of(&zygote), of(&one), of(&other));
        assert!(!one.is_empty());
        for (a, b) in [(&zygote, &one), (&zygote, &other), (&one, &other)] {
            assert!(a.is_disjoint(b), "{a:?} and {b:?}");
        }
    });
    cases.case("a computing child has its output and pipes of its own alone", || {
        let sockets = child.descriptors().into_iter().filter(|one| one.starts_with("socket:"));
        assert_eq!(sockets.count(), 0, "{:?}", child.descriptors());
    });
    signal(child.pid, Signal::SIGCONT);
    assert_eq!(computing.answer().expect(200).json()["success"], true);
    cases.finish();
    daemon.stop();
}
