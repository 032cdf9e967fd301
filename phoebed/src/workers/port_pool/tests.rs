//! Tests of the port pool.

use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Step {
    Reserve,
    Release(u16),
    SetAside(u16),
    MarkIdle(Vec<u16>),
    Resize(u16, u16),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Reserve),
        2 => (6558_u16..6572).prop_map(Step::Release),
        1 => (6558_u16..6572).prop_map(Step::SetAside),
        1 => prop::collection::vec(6558_u16..6572, 0..4).prop_map(Step::MarkIdle),
        1 => (6556_u16..6566, 1_u16..12).prop_map(|(start, size)| Step::Resize(start, start + size)),
        1 => (0_u64..40).prop_map(Step::Wait),
    ]
}

proptest! {
    #[test]
    fn no_port_is_lost_or_given_twice(steps in prop::collection::vec(step(), 0..200)) {
        let mut now = Instant::now();
        let mut pool = PortPool::new(6560..6570);
        let mut ours = BTreeSet::new();
        let mut range = 6560..6570;
        for step in steps {
            match step {
                Step::Reserve => if let Some(port) = pool.reserve(now) {
                    prop_assert!(ours.insert(port), "port {port} was given twice");
                    prop_assert!(range.contains(&port), "port {port} is not in the pool");
                },
                Step::Release(port) => { pool.release(port); ours.remove(&port); }
                Step::SetAside(port) => { pool.set_aside(port, now); ours.remove(&port); }
                Step::MarkIdle(ports) => pool.mark_idle(ports),
                Step::Resize(start, end) => { range = start..end; pool.resize(start..end); }
                Step::Wait(seconds) => now += Duration::from_secs(seconds),
            }
            prop_assert_eq!(&pool.leased, &ours);
            let staying = ours.iter().filter(|port| range.contains(port)).count();
            let free: BTreeSet<u16> = pool.free.iter().copied().collect();
            prop_assert_eq!(free.len(), pool.free.len(), "a port is free twice");
            prop_assert!(free.is_disjoint(&ours));
            prop_assert!(free.iter().chain(pool.set_aside.keys()).all(|port| range.contains(port)));
            prop_assert_eq!(free.len() + staying + pool.set_aside.len(), range.len());
            prop_assert!(pool.idle.is_subset(&pool.leased));
            let counts = pool.counts(now);
            let available = counts.total - counts.reserved.len();
            prop_assert!(available <= range.len());
            prop_assert_eq!(counts.total, range.len() + ours.len() - staying);
        }
    }
}

#[test]
fn a_port_held_by_another_program_counts_as_reserved_until_it_is_tried_again() {
    let now = Instant::now();
    let mut pool = PortPool::new(6560..6562);
    let port = pool.reserve(now).unwrap();
    pool.set_aside(port, now);
    assert_eq!(pool.counts(now).reserved, [port]);
    assert_eq!(pool.counts(now + RECHECK_AFTER).reserved, [] as [u16; 0]);
}

/// A pool of one port that was free a moment ago, and the port.
fn pool_of_one() -> (SharedPorts, u16) {
    let probe = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = probe.local_addr().unwrap().port();
    (SharedPorts::new(port..port + 1), port)
}

#[test]
fn a_lease_keeps_other_programs_from_the_port_until_it_is_dropped() {
    let (ports, port) = pool_of_one();
    let lease = ports.lease().unwrap();
    assert_eq!(lease.port(), port);
    assert!(ports.lease().is_none());
    assert_eq!(TcpListener::bind(("127.0.0.1", port)).unwrap_err().kind(), ErrorKind::AddrInUse);
    drop(lease);
    assert!(TcpListener::bind(("127.0.0.1", port)).is_ok());
    assert_eq!(ports.lock().counts(Instant::now()).reserved, [] as [u16; 0]);
}

#[test]
fn nobody_can_connect_to_a_leased_port() {
    let (ports, port) = pool_of_one();
    let _lease = ports.lease().unwrap();
    let error = TcpStream::connect(("127.0.0.1", port)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn a_port_that_another_program_holds_is_not_leased_and_counts_as_reserved() {
    let (ports, port) = pool_of_one();
    let _other = TcpListener::bind(("127.0.0.1", port)).unwrap();
    assert!(ports.lease().is_none());
    assert_eq!(ports.lock().counts(Instant::now()).reserved, [port]);
}

#[test]
fn a_shrunk_pool_lets_leased_ports_go_when_they_come_free() {
    let now = Instant::now();
    let mut pool = PortPool::new(6560..6564);
    let ports: Vec<u16> = std::iter::from_fn(|| pool.reserve(now)).collect();
    pool.resize(6560..6562);
    assert_eq!(pool.counts(now).total, 4);
    assert!(pool.in_use(now)[3].leaving);
    ports.iter().for_each(|port| pool.release(*port));
    assert_eq!(
        pool.counts(now),
        PortCounts { total: 2, reserved: vec![], first_last: (6560, 6561) }
    );
    pool.resize(6560..6563);
    assert_eq!(std::iter::from_fn(|| pool.reserve(now)).count(), 3);
}
