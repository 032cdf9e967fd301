//! A user of mode `jwt`, and the settings of a daemon that has such users.

use phoebed_tests::{Answer, Api, Settings};
use serde_json::{Value, json};

/// The key of the daemons here.
pub const SECRET: &str = "a secret of these tests, 32 bytes";
/// The password of every user that does not choose one.
pub const PASSWORD: &str = "open sesame";

/// A user with a token.
#[derive(Debug, Clone)]
pub struct User {
    /// Sends the token.
    pub api: Api,
    /// The token.
    pub token: String,
    /// The user's id.
    pub id: String,
    /// The user's address.
    pub email: String,
}

/// A daemon of mode `jwt`.
pub fn jwt() -> Settings {
    Settings::new().set("auth.mode", "\"jwt\"").set("auth.jwt_secret_key", quoted(SECRET))
}

/// A TOML string.
pub fn quoted(text: &str) -> String {
    format!("'{text}'")
}

/// Asks for an account.
pub fn register(api: &Api, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "password": password, "first_name": "Ada",
        "last_name": "Lovelace", "role": "admin" });
    api.post_json("/auth/register", &body)
}

/// Asks for a token.
pub fn login(api: &Api, email: &str, password: &str) -> Answer {
    api.post_json("/auth/login", &json!({ "email": email, "password": password }))
}

impl User {
    /// A new one, with [`PASSWORD`].
    #[track_caller]
    pub fn new(api: &Api, email: &str) -> Self {
        Self::of(api, &register(api, email, PASSWORD).expect(200).json())
    }

    /// The one of a token answer, whose shape must be right.
    #[track_caller]
    pub fn of(api: &Api, answer: &Value) -> Self {
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        assert_eq!(answer["token_type"], "bearer");
        let mut members: Vec<_> = answer["user"].as_object().expect("a user").keys().collect();
        members.sort();
        assert_eq!(members, ["email", "full_name", "role", "user_id"]);
        let token = text(&answer["access_token"]);
        Self {
            api: api.with_token(&token),
            token,
            id: text(&answer["user"]["user_id"]),
            email: text(&answer["user"]["email"]),
        }
    }

    /// Whether the token is taken.
    pub fn is_let_in(&self) -> bool {
        self.api.get("/auth/me").status == 200
    }
}
