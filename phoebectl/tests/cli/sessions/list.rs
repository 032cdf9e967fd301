use phoebed_common::admin::SessionList;

use super::{ada, bo, eve};
use crate::ctl::Ctl;
use crate::fake_daemon::FakeDaemon;
use crate::snapshot;

const ROUTE: &str = "GET /v1/sessions";

fn list() -> SessionList {
    SessionList { sessions: vec![ada(), bo(), eve()] }
}

#[tokio::test]
async fn a_pipe_gets_the_whole_table() {
    let daemon = FakeDaemon::new().answer(ROUTE, &list()).start();
    let said = Ctl::new("sessions list").to(&daemon).run().await;
    snapshot::check("sessions_list", &said, &daemon);
}

#[tokio::test]
async fn the_table_fits_the_terminal() {
    let daemon = FakeDaemon::new().answer(ROUTE, &list()).start();
    for width in [120, 100, 80] {
        let list = Ctl::new("sessions list --color never").to(&daemon).terminal(width, "");
        let said = list.run().await;
        assert!(said.out.lines().all(|line| line.chars().count() <= width), "{said:?}");
        snapshot::check(&format!("sessions_list_{width}"), &said, &daemon);
    }
}

#[tokio::test]
async fn no_sessions_are_no_data() {
    let daemon = FakeDaemon::new().answer(ROUTE, &SessionList::default()).start();
    let said = Ctl::new("sessions list").to(&daemon).run().await;
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (0, "", "no sessions\n"));
}

#[tokio::test]
async fn json_is_the_wire_type() {
    let daemon = FakeDaemon::new().answer(ROUTE, &list()).start();
    let said = Ctl::new("sessions list --json").to(&daemon).run().await;
    assert_eq!(said.json::<SessionList>(), list());
}
