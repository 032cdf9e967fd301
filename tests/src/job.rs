//! A job of a session, as a client sees it.

use serde_json::{Value, json};

use crate::{Answer, Api, Session, eventually};

/// A job that was submitted or told of.
#[derive(Debug, Clone)]
pub struct Job {
    api: Api,
    /// Its id.
    pub id: String,
}

impl Job {
    /// Submits a command.
    #[track_caller]
    pub fn submit(session: &Session, command: &Value) -> Self {
        let answer = session.api().post_json(&jobs_of(session), command).expect(202);
        let job = Self::of(session.api(), &answer.json());
        let path = format!("/dash/jobs/{}", job.id);
        assert_eq!(answer.header("location"), Some(path.as_str()));
        job
    }

    /// The one that an object tells of.
    pub fn of(api: &Api, object: &Value) -> Self {
        let id = object["id"].as_str().expect("a job's id").to_owned();
        Self { api: api.clone(), id }
    }

    /// The one that runs in a session now, or ran last.
    #[track_caller]
    pub fn latest(session: &Session) -> Self {
        let jobs = session.api().get(&jobs_of(session)).expect(200).json();
        Self::of(session.api(), jobs["jobs"].as_array().and_then(|all| all.last()).expect("a job"))
    }

    /// As another user asks for it.
    pub fn asked_by(&self, api: &Api) -> Self {
        Self { api: api.clone(), id: self.id.clone() }
    }

    /// Its path, with more after it.
    pub fn path(&self, more: &str) -> String {
        format!("/dash/jobs/{}{more}", self.id)
    }

    /// What it is now.
    #[track_caller]
    pub fn now(&self) -> Value {
        self.api.get(&self.path("")).expect(200).json()
    }

    /// Waits until it is in this state.
    #[track_caller]
    pub fn wait_for(&self, state: &str) -> Value {
        eventually(&format!("job {} is {state}", self.id), || {
            let now = self.now();
            let is_over = ["succeeded", "failed", "cancelled"].contains(&now["state"].as_str()?);
            assert!(!is_over || now["state"] == state, "it is not {state}: {now}");
            (now["state"] == state).then_some(now)
        })
    }

    /// What the worker answered.
    #[track_caller]
    pub fn result(&self) -> Value {
        self.api.get(&self.path("/result")).expect(200).json()
    }

    /// Cancels it.
    pub fn cancel(&self) -> Answer {
        self.api.request("DELETE", &self.path("")).run()
    }
}

/// Where jobs of a session are submitted and listed.
pub fn jobs_of(session: &Session) -> String {
    format!("/dash/sessions/{}/jobs", session.id)
}

/// A light curve at so many phases is to be computed.
pub fn add_curve(session: &Session, phases: usize) {
    let phases: Vec<f64> = (0..phases).map(|n| n as f64 / phases as f64).collect();
    session.ok(&json!({ "command": "add_dataset", "kind": "lc", "dataset": "lc01",
        "compute_phases": phases, "passband": "Johnson:V" }));
}
