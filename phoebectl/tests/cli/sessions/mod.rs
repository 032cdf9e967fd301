mod kill;
mod list;
mod logs;
mod show;

use phoebed_common::admin::{RunningCommand, Session, SessionState};
use phoebed_common::api::RawJson;

use crate::ctl::NOW;

pub const ADA: &str = "5f0c8a52-5d0e-4b1c-9a53-0b7d7b1f3c1e";
pub const BO: &str = "b1d07c6e-91a4-4f0e-8d35-52c5f2a4e9d7";
pub const EVE: &str = "c7e2f0aa-3b8d-4c55-b0a1-6f4d2e9c8b13";

/// Idle, with everything known.
pub fn ada() -> Session {
    Session {
        session_id: ADA.into(),
        user_id: Some("7".into()),
        full_name: "Ada Lovelace".into(),
        state: SessionState::Idle,
        running: None,
        waiting_commands: 0,
        created_at: NOW - 7_500.0,
        last_activity: NOW - 4_000.0,
        idle_seconds: 4_000.0,
        port: Some(6560),
        pid: Some(4713),
        memory_mib: Some(5.12),
        client_ip: Some("192.0.2.7".into()),
        user_agent: Some("phoebe-client/1.0".into()),
        project_name: RawJson::from_text("\"AI Phoenicis\"").ok(),
        terminates_at: None,
        worker_died: None,
    }
}

/// Busy, with nothing known that need not be.
pub fn bo() -> Session {
    Session {
        session_id: BO.into(),
        user_id: None,
        full_name: String::new(),
        state: SessionState::Busy,
        running: Some(RunningCommand { command: "run_compute".into(), since: NOW - 3.4 }),
        waiting_commands: 2,
        created_at: NOW - 200.0,
        last_activity: NOW - 3.4,
        idle_seconds: 0.0,
        port: None,
        pid: None,
        memory_mib: None,
        client_ip: None,
        user_agent: None,
        project_name: None,
        terminates_at: None,
        worker_died: None,
    }
}

/// Overdue, with names that mean no good.
pub fn eve() -> Session {
    Session {
        session_id: EVE.into(),
        user_id: Some("eve@example.org".into()),
        state: SessionState::Overdue,
        running: Some(RunningCommand { command: "run_solver\u{1b}[2J".into(), since: NOW - 400.0 }),
        memory_mib: Some(512.0),
        port: Some(6562),
        project_name: RawJson::from_text(r#"{"a": ["\u001b[31m", "a name without an end"]}"#).ok(),
        ..bo()
    }
}
