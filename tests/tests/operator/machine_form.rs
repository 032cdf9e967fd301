//! What programs read is described: the admin API's own document against the answers.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use serde_json::Value;

use crate::schema::check;

/// The description of the admin API, as this daemon gives it.
#[derive(Debug)]
pub struct MachineForm(Value);

impl MachineForm {
    /// Asks for it.
    #[track_caller]
    pub fn of(socket: &Path) -> Self {
        let answer = exchange(socket, "GET", "/v1/openapi.json");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        Self(serde_json::from_str(body).expect("JSON"))
    }

    /// Checks an answer against the description of the answer of this method and path.
    #[track_caller]
    pub fn check(&self, method: &str, path: &str, answer: &Value) {
        let responses = &self.0["paths"][path][method]["responses"];
        let schema = &responses["200"]["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "{method} {path} is not described: {responses}");
        let faults = check(&self.0, schema, answer);
        assert!(faults.is_empty(), "{method} {path}: {faults:#?}\n{answer}");
    }
}

/// A request without a body over a Unix socket and all that is answered.
#[track_caller]
pub fn exchange(socket: &Path, method: &str, path: &str) -> String {
    let mut stream = UnixStream::connect(socket).expect("the admin socket");
    let request = format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("the daemon takes what is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer in UTF-8");
    answer
}
