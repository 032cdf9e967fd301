//! A user of one session, who knows what was acknowledged.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use phoebed_tests::{Answer, Api, Session, eventually};
use serde_json::{Value, json};

use crate::model::{Change, Model, PARAMETERS};

/// A user.
#[derive(Debug)]
pub struct Client {
    api: Api,
    session: Session,
    random: fastrand::Rng,
    uniqueids: Vec<Value>,
    model: Model,
    /// A change of which it is not known whether it was made.
    open: Option<Change>,
    sent: usize,
    acknowledged: usize,
    history: Vec<String>,
}

impl Client {
    /// Starts a session and looks at it.
    pub fn start(api: &Api, random: fastrand::Rng) -> Self {
        let answer = eventually("a session starts", || {
            let answer = api.request("POST", "/dash/start-session").try_run().ok()?;
            (answer.status == 200).then_some(answer)
        });
        let session = Session::new(api.clone(), answer.json());
        let mut client = Self {
            api: api.clone(),
            session,
            random,
            uniqueids: Vec::new(),
            model: Model::default(),
            open: None,
            sent: 0,
            acknowledged: 0,
            history: Vec::new(),
        };
        client.uniqueids = client.look_up();
        client.model = client.read();
        client
    }

    /// The session's id.
    pub fn id(&self) -> &str {
        &self.session.id
    }

    /// How many changes were acknowledged.
    pub fn acknowledged(&self) -> usize {
        self.acknowledged
    }

    /// Ends the session.
    pub fn end(&self) {
        eventually("the session ends", || {
            let path = format!("/dash/end-session/{}", self.session.id);
            let answer = self.api.request("POST", &path).try_run().ok()?;
            [200, 404].contains(&answer.status).then_some(())
        });
    }

    /// Sends commands until it is over or one was not answered.
    pub fn work_until(&mut self, is_over: &AtomicBool) {
        while !is_over.load(Ordering::Relaxed) {
            match self.random.u8(0..12) {
                0 => {
                    let path = format!("/dash/sessions/{}/hibernate", self.session.id);
                    let answer = self.api.request("POST", &path).try_run();
                    self.note("hibernate", &answer);
                }
                1 => drop(self.try_send(&json!({ "command": "get_datasets" }))),
                _ => self.change(),
            }
            if self.open.is_some() {
                return;
            }
        }
    }

    fn change(&mut self) {
        self.sent += 1;
        let change = Change::any(&self.model, self.sent, &mut self.random);
        let command = change.command();
        self.open = Some(change.clone());
        match self.try_send(&command) {
            Some(answer) if answer.status == 200 => {
                if answer.json()["success"] == true {
                    self.model = self.model.after(&change);
                    self.acknowledged += 1;
                }
                // A computation whose child was killed has changed nothing.
                self.open = None;
            }
            // Told that it was not made.
            Some(answer) if answer.text().contains("worker died") => self.open = None,
            Some(_) | None => {}
        }
    }

    fn try_send(&mut self, command: &Value) -> Option<Answer> {
        let request = self.api.request("POST", &self.session.path());
        let request = request.header("content-type", "application/json");
        let answer = request.body(command.to_string()).try_run();
        self.note(&command.to_string(), &answer);
        answer.ok()
    }

    fn note(&mut self, what: &str, answer: &Result<Answer, String>) {
        let answer = match answer {
            Ok(answer) => {
                let text: String = answer.text().chars().take(120).collect();
                format!("{} {text}", answer.status)
            }
            Err(error) => error.clone(),
        };
        self.history.push(format!("{what} -> {answer}"));
    }

    /// Sends a command that only looks, until it is answered.
    fn ask(&self, command: &Value) -> Value {
        let body = command.to_string();
        let answer = eventually("the session answers", || {
            let request = self.api.request("POST", &self.session.path());
            let request = request.header("content-type", "application/json");
            let answer = request.body(body.clone()).try_run().ok();
            let answer = answer.filter(|answer| ![429, 503].contains(&answer.status));
            if answer.is_none() {
                std::thread::sleep(Duration::from_millis(20));
            }
            answer
        });
        assert_eq!(answer.status, 200, "{}: {}", answer.text(), self.story());
        let answer = answer.json();
        assert_eq!(answer["success"], true, "{answer}: {}", self.story());
        answer["result"].clone()
    }

    fn look_up(&self) -> Vec<Value> {
        let look = |twig| self.ask(&json!({ "command": "get_uniqueid", "twig": twig }));
        PARAMETERS.into_iter().map(look).collect()
    }

    fn read(&self) -> Model {
        let answer = self.ask(&json!({ "command": "get_bundle" }));
        Model::read(answer["bundle"].as_str().expect("a text"))
    }

    /// Looks whether the session is what was acknowledged, with the open change or without it.
    pub fn check(&mut self) {
        assert_eq!(self.look_up(), self.uniqueids, "{}", self.story());
        let found = self.read();
        let with = self.open.take().map(|change| self.model.after(&change));
        let is_right = found == self.model || with.as_ref() == Some(&found);
        assert!(
            is_right,
            "found {found:#?}\nexpected {:#?}\nor {with:#?}\n{}",
            self.model,
            self.story()
        );
        self.model = found;
    }

    fn story(&self) -> String {
        let from = self.history.len().saturating_sub(25);
        format!("session {}\n{}", self.session.id, self.history[from..].join("\n"))
    }
}
