//! What a token says: pure rules over its claims (RFC 7519), told of the time.
//!
//! The signature has been verified before. Nothing is forgiven: no leeway for clocks, and `exp`
//! must be there.

use serde_json::{Map, Value, json};

use super::error::AuthError;

/// What a token must say besides being valid now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expected {
    /// The `iss` claim, if one is expected.
    pub issuer: Option<String>,
    /// The `aud` claim, if one is expected.
    pub audience: Option<String>,
}

/// Whose a token is, as it says itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    /// `sub`, the user's id.
    pub subject: String,
    /// `email`, or nothing.
    pub email: String,
    /// `full_name`, or nothing.
    pub full_name: String,
    /// `role`, or nothing.
    pub role: String,
    /// `jti`, the id of a token that an operator made.
    pub id: Option<String>,
    /// `gen`, the user's token generation when it was made; 0 in tokens of older servers.
    pub generation: i64,
}

/// How long a token is valid, in Unix seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lifetime {
    /// `iat`.
    pub issued: f64,
    /// `exp`.
    pub expires: f64,
}

impl Claims {
    /// Reads the claims of a verified token; `now` in Unix seconds.
    pub fn check(
        claims: &Map<String, Value>,
        expected: &Expected,
        now: f64,
    ) -> Result<Self, AuthError> {
        let expires = number(claims, "exp")?.ok_or_else(|| invalid("it has no \"exp\" claim"))?;
        if now >= expires {
            return Err(AuthError::Expired);
        }
        if number(claims, "nbf")?.is_some_and(|begins| now < begins) {
            return Err(invalid("it is not yet valid (\"nbf\" claim)"));
        }
        if expected.issuer.is_some() && text(claims, "iss") != expected.issuer.as_deref() {
            return Err(invalid("it is not from the expected issuer (\"iss\" claim)"));
        }
        check_audience(claims.get("aud"), expected.audience.as_deref())?;
        let subject = match claims.get("sub") {
            None | Some(Value::Null) => return Err(AuthError::NoSubject),
            Some(Value::String(subject)) if subject.is_empty() => return Err(AuthError::NoSubject),
            Some(Value::String(subject)) => subject.clone(),
            Some(_) => return Err(invalid("its \"sub\" claim is not text")),
        };
        let of = |name| text(claims, name).unwrap_or_default().to_owned();
        Ok(Self {
            subject,
            email: of("email"),
            full_name: of("full_name").trim().to_owned(),
            role: of("role"),
            id: text(claims, "jti").map(str::to_owned),
            generation: claims.get("gen").map_or(0, |value| value.as_i64().unwrap_or(-1)),
        })
    }

    /// The claims as they stand in a token that is made now.
    pub fn to_map(&self, expected: &Expected, lifetime: Lifetime) -> Map<String, Value> {
        let mut map = Map::new();
        let mut put = |name: &str, value: Value| drop(map.insert(name.to_owned(), value));
        put("sub", json!(self.subject));
        put("email", json!(self.email));
        put("full_name", json!(self.full_name));
        put("role", json!(self.role));
        put("iat", whole(lifetime.issued));
        put("exp", whole(lifetime.expires));
        if self.generation != 0 {
            put("gen", json!(self.generation));
        }
        if let Some(id) = &self.id {
            put("jti", json!(id));
        }
        if let Some(issuer) = &expected.issuer {
            put("iss", json!(issuer));
        }
        if let Some(audience) = &expected.audience {
            put("aud", json!(audience));
        }
        map
    }
}

/// Seconds without a fraction: some readers of tokens know whole numbers only.
#[allow(clippy::cast_possible_truncation, reason = "seconds since 1970 fit")]
fn whole(seconds: f64) -> Value {
    json!(seconds.floor() as i64)
}

fn invalid(why: &str) -> AuthError {
    AuthError::InvalidToken(why.to_owned())
}

fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str)
}

/// A NumericDate, which may have a fraction; none when the claim is not there.
fn number(claims: &Map<String, Value>, name: &str) -> Result<Option<f64>, AuthError> {
    match claims.get(name) {
        None => Ok(None),
        Some(value) => {
            let wrong = || invalid(&format!("its \"{name}\" claim is not a number"));
            value.as_f64().map(Some).ok_or_else(wrong)
        }
    }
}

/// A token that names audiences is for them and for nobody else (RFC 7519, 4.1.3).
fn check_audience(claim: Option<&Value>, expected: Option<&str>) -> Result<(), AuthError> {
    let named = |name: &str| match claim {
        Some(Value::String(one)) => one == name,
        Some(Value::Array(several)) => several.iter().any(|one| one.as_str() == Some(name)),
        _ => false,
    };
    match expected {
        Some(expected) if !named(expected) => {
            Err(invalid("it is not for this audience (\"aud\" claim)"))
        }
        None if !matches!(claim, None | Some(Value::Null)) => {
            Err(invalid("it is for another audience (\"aud\" claim)"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: f64 = 1_000_000.0;

    fn check(claims: Value) -> Result<Claims, AuthError> {
        let Value::Object(map) = claims else { panic!("an object") };
        Claims::check(&map, &Expected::default(), NOW)
    }

    fn refused(claims: Value) -> String {
        check(claims).expect_err("refused").to_string()
    }

    #[test]
    fn times_count_to_the_fraction_and_without_leeway() {
        assert_eq!(check(json!({ "sub": "7", "exp": NOW + 0.5 })).unwrap().subject, "7");
        assert_eq!(refused(json!({ "sub": "7", "exp": NOW })), "Token has expired");
        assert_eq!(refused(json!({ "sub": "7", "exp": NOW - 0.1 })), "Token has expired");
        assert!(check(json!({ "sub": "7", "exp": 1e300, "nbf": NOW })).is_ok());
        let early = json!({ "sub": "7", "exp": NOW + 9.0, "nbf": NOW + 0.1 });
        assert!(refused(early).contains("not yet valid"));
        for exp in [json!("1e9"), json!(true), json!(null), json!([NOW + 1.0])] {
            let text = refused(json!({ "sub": "7", "exp": exp }));
            assert_eq!(text, "Invalid token: its \"exp\" claim is not a number");
        }
        assert!(refused(json!({ "sub": "7" })).contains("no \"exp\""));
    }

    #[test]
    fn a_subject_is_text_and_there() {
        for sub in [json!(null), json!("")] {
            let text = refused(json!({ "sub": sub, "exp": NOW + 1.0 }));
            assert_eq!(text, "Token missing \"sub\" claim");
        }
        let missing = refused(json!({ "exp": NOW + 1.0 }));
        assert_eq!(missing, "Token missing \"sub\" claim");
        for sub in [json!(7), json!(["7"]), json!({ "id": 7 })] {
            assert!(refused(json!({ "sub": sub, "exp": NOW + 1.0 })).contains("is not text"));
        }
    }

    #[test]
    fn issuer_and_audience_are_the_expected_ones() {
        let expected = Expected { issuer: Some("us".to_owned()), audience: Some("lab".to_owned()) };
        let check = |iss: Value, aud: Value| {
            let claims = json!({ "sub": "7", "exp": NOW + 1.0, "iss": iss, "aud": aud });
            Claims::check(claims.as_object().unwrap(), &expected, NOW)
        };
        assert!(check(json!("us"), json!("lab")).is_ok());
        assert!(check(json!("us"), json!(["other", "lab"])).is_ok());
        for (iss, aud) in [("them", json!("lab")), ("us", json!("x")), ("us", json!(null))] {
            assert!(check(json!(iss), aud).is_err());
        }
        assert!(check(json!(["us"]), json!("lab")).is_err());
        assert!(refused(json!({ "sub": "7", "exp": NOW + 1.0, "aud": "x" })).contains("audience"));
    }

    proptest! {
        #[test]
        fn what_is_made_is_read_again(
            subject in ".+", email in ".*", role in ".*", generation in 0_i64..9,
            id in prop::option::of(".*"), issuer in prop::option::of(".*"),
            audience in prop::option::of(".*")
        ) {
            let claims = Claims { subject, email, full_name: "Ada".into(), role, id, generation };
            let expected = Expected { issuer, audience };
            let lifetime = Lifetime { issued: NOW, expires: NOW + 60.0 };
            let map = claims.to_map(&expected, lifetime);
            prop_assert_eq!(Claims::check(&map, &expected, NOW).unwrap(), claims);
            prop_assert!(Claims::check(&map, &expected, NOW + 60.0).is_err());
        }
    }
}
