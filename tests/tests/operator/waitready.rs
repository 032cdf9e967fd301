//! `phoebectl waitready`.

use phoebed_tests::{Daemon, Settings, Signal, eventually, signal};

use crate::ctl::Ctl;

#[test]
fn waitready_waits_for_the_engine_and_no_longer_than_it_may() {
    let mut daemon = Daemon::start_cold(Settings::new());
    let ctl = Ctl::of(&daemon);
    let zygote = eventually("the zygote runs", || daemon.zygote());
    signal(zygote.pid, Signal::SIGSTOP);
    let done = ctl.run(&["waitready", "--timeout", "300ms"]).expect(1);
    done.says(&["error: phoebed is not ready after 300 ms: the engine is warming", "hint: "]);
    assert_eq!(done.stdout, "");
    let waiting = {
        let ctl = ctl.clone();
        std::thread::spawn(move || ctl.run(&["waitready", "--timeout", "4m"]))
    };
    signal(zygote.pid, Signal::SIGCONT);
    let done = waiting.join().expect("it ends").expect(0);
    assert!(done.stdout.starts_with("ready after "), "{done:?}");
    assert_eq!(daemon.api().get("/ready").status, 200, "ready means that sessions start");
    daemon.start_session().ping();

    let again = ctl.json(&["waitready"]);
    assert_eq!(again["engine"]["state"], "ready");
    // A daemon that does not answer: stopped, not gone.
    daemon.signal(Signal::SIGSTOP);
    let done = ctl.run(&["waitready", "--timeout", "300ms"]).expect(1);
    done.says(&["error: phoebed did not answer within 300 ms", "hint: "]);
    let done = ctl.run(&["ping", "--timeout", "300ms"]).expect(1);
    done.says(&["error: phoebed did not answer within 300 ms"]);
    daemon.signal(Signal::SIGCONT);
    ctl.ok(&["ping"]);
    daemon.kill();
    ctl.run(&["waitready", "--timeout", "100ms"]).expect(3);
    // It also waits for a daemon that is still to come.
    let waiting = std::thread::spawn(move || ctl.run(&["waitready", "--timeout", "4m"]));
    daemon.start_again();
    waiting.join().expect("it ends").expect(0);
    daemon.stop();
}
