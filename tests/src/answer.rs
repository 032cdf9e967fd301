//! An answer of the public API.

use serde_json::Value;

/// An answer, whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Names, in lower case, and values, in their order.
    pub headers: Vec<(String, String)>,
    /// The body as it came.
    pub body: Vec<u8>,
}

impl Answer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none, or is not declared as such.
    #[track_caller]
    pub fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/json"), "{}", self.text());
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("not JSON ({error}): {}", self.text()),
        }
    }

    /// This answer, which must have this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// The text of the error, whose body must be `{"detail": text}` and nothing else.
    #[track_caller]
    pub fn detail(&self) -> String {
        let body = self.json();
        let members = body.as_object().expect("an object");
        assert_eq!(members.len(), 1, "{body}");
        body["detail"].as_str().unwrap_or_else(|| panic!("no text: {body}")).to_owned()
    }

    /// The single fault of a 422: its type and its place.
    #[track_caller]
    pub fn fault(&self) -> (String, Value) {
        let faults = self.faults();
        assert_eq!(faults.len(), 1, "{}", self.text());
        faults[0].clone()
    }

    /// The faults of a 422, whose shape must be the one that clients know.
    #[track_caller]
    pub fn faults(&self) -> Vec<(String, Value)> {
        assert_eq!(self.status, 422, "{}", self.text());
        let body = self.json();
        let faults = body["detail"].as_array().expect("a list of faults");
        let read = |fault: &Value| {
            assert!(fault["msg"].is_string() && fault["loc"].is_array(), "{fault}");
            (fault["type"].as_str().expect("a type").to_owned(), fault["loc"].clone())
        };
        faults.iter().map(read).collect()
    }
}
