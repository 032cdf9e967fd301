//! Processes killed at random moments while several sessions are changed: every acknowledged change
//! is there afterwards, nothing that was not acknowledged is half there, what clients know of their
//! sessions stays true, and no process is left over.
//!
//! `make test` kills 40 times, `make soak` (`PHOEBED_SOAK=1`) 1 000 times. The seed is printed;
//! `PHOEBED_CRASH_SEED` gives one.

mod client;
mod killer;
mod model;

use std::sync::atomic::{AtomicBool, Ordering};

use client::Client;
use killer::Target;
use phoebed_tests::{Daemon, Settings};

const SESSIONS: usize = 3;

fn kills() -> usize {
    let is_long = std::env::var_os("PHOEBED_SOAK").is_some_and(|soak| soak == "1");
    if is_long { 1000 } else { 40 }
}

#[allow(clippy::print_stdout, reason = "shown when the test fails")]
fn seed() -> u64 {
    let given = std::env::var("PHOEBED_CRASH_SEED").ok();
    let seed = given.map_or_else(|| fastrand::u64(..), |seed| seed.parse().expect("a number"));
    println!("PHOEBED_CRASH_SEED={seed}");
    seed
}

#[test]
#[allow(clippy::print_stdout, reason = "shown when the test fails")]
fn what_was_acknowledged_survives_kills_at_any_moment() {
    let mut random = fastrand::Rng::with_seed(seed());
    let mut daemon = Daemon::start(Settings::new().set("workers.spares", 2));
    let mut clients: Vec<Client> =
        (0..SESSIONS).map(|_| Client::start(daemon.api(), random.fork())).collect();
    for kill in 0..kills() {
        let target = Target::any(&mut random);
        let moment = random.u64(0..120);
        println!("kill {kill}: {target:?} after {moment} ms");
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let running: Vec<_> = clients
                .iter_mut()
                .map(|client| scope.spawn(|| client.work_until(&is_over)))
                .collect();
            // The moment is what the test is about; nothing is waited for.
            std::thread::sleep(std::time::Duration::from_millis(moment));
            target.kill(&mut daemon, &mut random);
            is_over.store(true, Ordering::Relaxed);
            for client in running {
                client.join().expect("a client");
            }
        });
        for client in &mut clients {
            client.check();
        }
        let mut listed: Vec<String> = daemon.api().sessions().keys().cloned().collect();
        let mut known: Vec<String> = clients.iter().map(|client| client.id().to_owned()).collect();
        listed.sort();
        known.sort();
        assert_eq!(listed, known, "sessions that are there, and those that were acknowledged");
        // What was ended does not come back, and what was started stays.
        if random.u8(0..8) == 0 {
            let gone = random.usize(0..clients.len());
            clients[gone].end();
            clients[gone] = Client::start(daemon.api(), random.fork());
        }
    }
    let acknowledged: usize = clients.iter().map(Client::acknowledged).sum();
    println!("{acknowledged} changes were acknowledged in the last sessions");
    assert!(acknowledged > 0);
    daemon.stop();
}
