use phoebed_common::admin::{PortCounts, PortHolder, PortUse, Ports};

use crate::ctl::Ctl;
use crate::fake_daemon::FakeDaemon;
use crate::snapshot;

fn port(port: u16, holder: PortHolder, pid: Option<i32>) -> PortUse {
    let session = "5f0c8a52-5d0e-4b1c-9a53-0b7d7b1f3c1e".to_owned();
    let session_id = (holder == PortHolder::Session).then_some(session);
    PortUse { port, holder, session_id, pid, leaving: false }
}

fn ports() -> Ports {
    let mut leaving = port(6595, PortHolder::Session, Some(4900));
    leaving.leaving = true;
    Ports {
        first: 6560,
        last: 6589,
        counts: PortCounts { total: 30, reserved: 3, available: 27 },
        in_use: vec![
            port(6560, PortHolder::Session, Some(4713)),
            port(6561, PortHolder::Spare, Some(4714)),
            port(6562, PortHolder::OtherProgram, None),
            port(6563, PortHolder::Worker, Some(4720)),
            leaving,
        ],
    }
}

#[tokio::test]
async fn ports_tells_who_holds_them() {
    let daemon = FakeDaemon::new().answer("GET /v1/ports", &ports()).start();
    snapshot::check("ports", &Ctl::new("ports").to(&daemon).run().await, &daemon);
    let said = Ctl::new("ports --json").to(&daemon).run().await;
    assert_eq!(said.json::<Ports>(), ports());
}
