//! A session as its client has it.

use std::thread::{JoinHandle, spawn};

use serde_json::Value;

use crate::{Answer, Api};

/// A session. It is not ended when this is dropped.
#[derive(Debug, Clone)]
pub struct Session {
    api: Api,
    /// The session object that start-session answered.
    pub object: Value,
    /// Its id.
    pub id: String,
}

/// What an answer with `success` false holds.
#[derive(Debug, Clone)]
pub struct Failure {
    /// What is wrong.
    pub error: String,
    /// Where in PHOEBE, if that is known.
    pub traceback: Option<String>,
}

/// A request that was sent and not answered yet.
#[derive(Debug)]
pub struct InFlight(JoinHandle<Result<Answer, String>>);

impl Session {
    /// The session that a client was told of.
    pub fn new(api: Api, object: Value) -> Self {
        let id = object["session_id"].as_str().expect("a session id").to_owned();
        Self { api, object, id }
    }

    /// Who asks for it.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// Where its commands go.
    pub fn path(&self) -> String {
        format!("/send/{}", self.id)
    }

    /// The port of its worker.
    pub fn port(&self) -> u16 {
        let port = self.object["port"].as_u64().and_then(|port| u16::try_from(port).ok());
        port.unwrap_or_else(|| panic!("no port: {}", self.object))
    }

    /// Sends a command.
    #[track_caller]
    pub fn send(&self, command: &Value) -> Answer {
        self.api.post_json(&self.path(), command)
    }

    /// Sends a command and does not wait.
    pub fn send_in_background(&self, command: &Value) -> InFlight {
        self.send_in_background_to("", command)
    }

    /// The same with more in its URL, such as `?timeout=5`.
    pub fn send_in_background_to(&self, more: &str, command: &Value) -> InFlight {
        let (api, path) = (self.api.clone(), self.path() + more);
        let command = command.to_string();
        InFlight(spawn(move || {
            let request = api.request("POST", &path).header("content-type", "application/json");
            request.body(command).try_run()
        }))
    }

    /// The result of a command that succeeds.
    #[track_caller]
    pub fn result(&self, command: &Value) -> Value {
        let mut answer = self.send(command).expect(200).json();
        assert_eq!(answer["success"], true, "{command}: {}", answer["error"]);
        let mut members: Vec<&String> = answer.as_object().expect("an object").keys().collect();
        members.sort();
        assert_eq!(members, ["result", "success"], "{command}");
        answer["result"].take()
    }

    /// Sends a command that succeeds with the result `{}`.
    #[track_caller]
    pub fn ok(&self, command: &Value) {
        assert_eq!(self.result(command), serde_json::json!({}), "{command}");
    }

    /// The failure of a command that fails.
    #[track_caller]
    pub fn failure(&self, command: &Value) -> Failure {
        failure(&self.send(command))
    }

    /// Whether a ping is answered as it must be.
    #[track_caller]
    pub fn ping(&self) {
        let answer = self.send(&serde_json::json!({ "command": "ping" })).expect(200).json();
        let expected = serde_json::json!({ "success": true, "result": { "status": "ready" } });
        assert_eq!(answer, expected);
    }

    /// Ends it.
    #[track_caller]
    pub fn end(&self) {
        let answer = self.api.post(&format!("/dash/end-session/{}", self.id)).expect(200).json();
        assert_eq!(answer, serde_json::json!({ "success": true }));
    }

    /// Its session object now.
    ///
    /// # Panics
    /// When it is not listed.
    #[track_caller]
    pub fn now(&self) -> Value {
        let sessions = self.api.sessions();
        sessions.get(&self.id).cloned().unwrap_or_else(|| panic!("{} is not listed", self.id))
    }

    /// Whether it is listed, without a worker.
    pub fn is_hibernated(&self) -> bool {
        self.api
            .sessions()
            .get(&self.id)
            .is_some_and(|session| session["status"] == "hibernated" && session["port"].is_null())
    }

    /// Why its worker died last.
    #[track_caller]
    pub fn worker_died(&self) -> String {
        self.now()["worker_died"].as_str().unwrap_or_default().to_owned()
    }

    /// Whether the daemon lists it.
    pub fn is_listed(&self) -> bool {
        self.api.sessions().contains_key(&self.id)
    }
}

impl InFlight {
    /// The answer, once it is there.
    #[track_caller]
    pub fn answer(self) -> Answer {
        self.outcome().expect("an answer")
    }

    /// The answer once it is there, or how the connection broke.
    pub fn outcome(self) -> Result<Answer, String> {
        self.0.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    /// Whether the answer is there.
    pub fn is_answered(&self) -> bool {
        self.0.is_finished()
    }
}

/// What an answer of status 200 with `success` false says.
#[track_caller]
fn failure(answer: &Answer) -> Failure {
    let body = answer.clone().expect(200).json();
    assert_eq!(body["success"], false, "{body}");
    Failure {
        error: body["error"].as_str().unwrap_or_else(|| panic!("no text: {body}")).to_owned(),
        traceback: body["traceback"].as_str().map(str::to_owned),
    }
}

impl From<Answer> for Failure {
    #[track_caller]
    fn from(answer: Answer) -> Self {
        failure(&answer)
    }
}
