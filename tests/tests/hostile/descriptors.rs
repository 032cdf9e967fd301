//! A daemon that may open few files.

use std::ptr::null_mut;

use phoebed_tests::{RawConnection, Settings, eventually};

use crate::bystander::Bystander;

#[test]
fn connections_do_not_take_the_last_descriptors() {
    let (daemon, bystander) = Bystander::of(Settings::new().open_files(256));
    let held: Vec<RawConnection> =
        (0..400).map(|_| RawConnection::open(daemon.address())).collect();
    eventually("it says so", || {
        daemon.log().contains("192 connections are open (three quarters").then_some(())
    });
    // The operator is answered.
    daemon.ready_spares();
    drop(held);
    let session = daemon.start_session();
    session.ping();
    session.end();
    assert_eq!(daemon.log().matches("connections are open").count(), 1);
    bystander.was_undisturbed(daemon);
}

/// Sets how many files a process may open; what it was.
fn limit_open_files(pid: i32, soft: u64) -> u64 {
    let mut old = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the pointers are those of values that live here.
    unsafe {
        assert_eq!(libc::prlimit(pid, libc::RLIMIT_NOFILE, std::ptr::null(), &raw mut old), 0);
        let new = libc::rlimit { rlim_cur: soft, ..old };
        assert_eq!(libc::prlimit(pid, libc::RLIMIT_NOFILE, &raw const new, null_mut()), 0);
    }
    old.rlim_cur
}

/// The highest descriptor of a process, and how many it has.
fn descriptors(pid: i32) -> (u64, u64) {
    let listed = std::fs::read_dir(format!("/proc/{pid}/fd")).expect("descriptors").flatten();
    let numbers = listed.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.fold((0, 0), |(highest, open), number: u64| (highest.max(number), open + 1))
}

#[test]
fn a_daemon_without_a_descriptor_says_so_once_and_goes_on_when_there_is_one() {
    let (daemon, bystander) = Bystander::of(Settings::new());
    // What the daemon has open for itself it keeps; there is room for a few more.
    eventually("a spare is ready", || (daemon.ready_spares() == 1).then_some(()));
    let (highest, open) = descriptors(daemon.pid());
    let before = limit_open_files(daemon.pid(), highest + 1);
    // As many as there is room for, and some that wait in the kernel's queue.
    let more: Vec<RawConnection> =
        (0..highest - open + 30).map(|_| RawConnection::open(daemon.address())).collect();
    let mut waiting = RawConnection::open(daemon.address());
    waiting.send("GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let complaints = || daemon.log().matches("cannot accept connections").count();
    eventually("it says so", || (complaints() > 0).then_some(()));
    limit_open_files(daemon.pid(), before);
    waiting.answer().expect(200);
    drop(more);
    assert_eq!(complaints(), 1);
    bystander.was_undisturbed(daemon);
}
