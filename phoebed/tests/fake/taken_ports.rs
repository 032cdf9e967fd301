//! Ports of the pool that other programs hold.

use std::net::TcpListener;

use crate::daemon::Setup;
use crate::ports::PortBlock;

fn hold(ports: &PortBlock, offset: u16) -> TcpListener {
    TcpListener::bind(("127.0.0.1", ports.first + offset)).unwrap()
}

#[tokio::test]
async fn a_taken_port_is_set_aside_and_another_is_tried() {
    let ports = PortBlock::take();
    let others: Vec<_> = (0..3).map(|offset| hold(&ports, offset)).collect();
    let first_free = ports.first + 3;
    let daemon = Setup::default().ports(6).listen_with(ports).await;
    daemon.ready().await;
    let session = daemon.client.start().await;
    assert_eq!(session.object["port"], first_free);
    session.ping().await;
    assert_eq!(daemon.client.ports().await, (6, 4, 2));
    drop(others);
    session.end().await;
    assert_eq!(daemon.client.ports().await, (6, 3, 3));
    daemon.stop().await;
}

#[tokio::test]
async fn a_pool_of_taken_ports_refuses_starts_and_says_so() {
    let ports = PortBlock::take();
    let _others: Vec<_> = (0..2).map(|offset| hold(&ports, offset)).collect();
    let daemon = Setup::default().ports(2).listen_with(ports).await;
    daemon.ready().await;
    for _ in 0..2 {
        let cause = daemon.client.try_start().await.refused(429);
        assert!(cause.contains("2 of 2 ports"), "{cause}");
        assert_eq!(daemon.client.ports().await, (2, 2, 0));
    }
    daemon.stop().await;
}
