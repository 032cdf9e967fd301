//! Every way in which a token can be wrong, and how the caller is told.

use jsonwebtoken::Algorithm;
use phoebed_tests::{Api, Cases, Daemon, exchange};
use serde_json::{Value, json};

use crate::issuer::{claims, now, signed, with};
use crate::user::{SECRET, User, jwt};

const MISSING: &str = "Missing or invalid Authorization header. Use: Bearer <token>";

/// Base64 for URLs, as in tokens.
fn encoded(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let group = |bytes: &[u8]| -> String {
        let word = bytes.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
        let word = word << (8 * (3 - bytes.len()));
        let digit = |n: usize| char::from(DIGITS[(word >> (18 - 6 * n)) as usize & 63]);
        (0..=bytes.len()).map(digit).collect()
    };
    text.as_bytes().chunks(3).map(group).collect()
}

fn refused(api: &Api, token: &str) -> String {
    let answer = api.with_token(token).get("/auth/me").expect(401);
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    let listed = api.with_token(token).get("/dash/sessions").expect(401);
    assert_eq!(listed.detail(), answer.detail());
    answer.detail()
}

#[test]
fn what_is_wrong_with_a_token_is_told() {
    let daemon = Daemon::start_cold(jwt());
    let api = daemon.api();
    let ada = User::new(api, "ada@example.org");
    let token = |claims: &Value| signed(Algorithm::HS256, SECRET, claims);
    let good = || with(claims(&ada.id), &json!({}));
    let changed = |changes: Value| token(&with(good(), &changes));
    let mut cases = Cases::new();
    for (what, changes) in [
        ("a fraction in exp, as other servers write it", json!({ "exp": now() + 60.25 })),
        ("an exp that never comes", json!({ "exp": 1e15 })),
        ("an nbf in the past", json!({ "nbf": now() - 1.0 })),
        ("names in any script", json!({ "full_name": "Ада Лавлейс", "scope": "授業 🔑" })),
        ("claims that nobody knows", json!({ "scope": ["a", { "b": null }], "jti": "unknown" })),
        ("a role that is not the user's", json!({ "role": "admin" })),
    ] {
        let token = changed(changes);
        cases.case(format!("taken: {what}"), || {
            let me = api.with_token(&token).get("/auth/me").expect(200).json();
            assert_eq!((&me["role"], &me["email"]), (&json!("student"), &json!(ada.email)));
        });
    }
    let (head, rest) = ada.token.split_once('.').expect("three parts");
    let (payload, signature) = rest.split_once('.').expect("three parts");
    let admin = encoded(&with(good(), &json!({ "role": "admin" })).to_string());
    let none = encoded(r#"{"typ":"JWT","alg":"none"}"#);
    let critical = encoded(r#"{"typ":"JWT","alg":"HS256","crit":["b64"],"b64":false}"#);
    let invalid = |why: &str| format!("Invalid token: {why}");
    let other = "its algorithm is not HS256";
    for (what, token, told) in [
        ("expired", changed(json!({ "exp": now() - 0.5 })), "Token has expired".to_owned()),
        ("without exp", changed(json!({ "exp": null })), invalid("it has no \"exp\" claim")),
        (
            "exp as text",
            changed(json!({ "exp": "soon" })),
            invalid("its \"exp\" claim is not a number"),
        ),
        (
            "not yet valid",
            changed(json!({ "nbf": now() + 60.0 })),
            invalid("it is not yet valid (\"nbf\" claim)"),
        ),
        (
            "for others",
            changed(json!({ "aud": "shop" })),
            invalid("it is for another audience (\"aud\" claim)"),
        ),
        ("of nobody", changed(json!({ "sub": null })), "Token missing \"sub\" claim".to_owned()),
        (
            "of an empty name",
            changed(json!({ "sub": "" })),
            "Token missing \"sub\" claim".to_owned(),
        ),
        ("of a number", changed(json!({ "sub": 1 })), invalid("its \"sub\" claim is not text")),
        (
            "of a name in another script",
            changed(json!({ "sub": "１" })),
            "User not found or inactive".to_owned(),
        ),
        ("of no number", changed(json!({ "sub": "ada" })), "User not found or inactive".to_owned()),
        (
            "of a user who is none",
            changed(json!({ "sub": "4711" })),
            "User not found or inactive".to_owned(),
        ),
        (
            "of another spelling",
            changed(json!({ "sub": format!("0{}", ada.id) })),
            "User not found or inactive".to_owned(),
        ),
        ("of another generation", changed(json!({ "gen": 7 })), invalid("it has been revoked")),
        (
            "of a generation that is none",
            changed(json!({ "gen": "x" })),
            invalid("it has been revoked"),
        ),
        (
            "with another key",
            signed(Algorithm::HS256, "another secret", &good()),
            invalid("its signature is wrong"),
        ),
        ("with another algorithm", signed(Algorithm::HS512, SECRET, &good()), invalid(other)),
        ("with no algorithm", format!("{none}.{payload}."), invalid("it cannot be decoded")),
        (
            "with other claims",
            format!("{head}.{admin}.{signature}"),
            invalid("its signature is wrong"),
        ),
        ("without a signature", format!("{head}.{payload}."), invalid("its signature is wrong")),
        (
            "with extensions",
            format!("{critical}.{payload}.{signature}"),
            invalid("it asks for extensions that are not known here (\"crit\")"),
        ),
        ("of two parts", format!("{head}.{payload}"), invalid("it is no JSON Web Token")),
        ("of four parts", format!("{}.x", ada.token), invalid("it cannot be decoded")),
        ("that is none", "hello".to_owned(), invalid("it is no JSON Web Token")),
        ("that is huge", changed(json!({ "x": "y".repeat(20_000) })), invalid("it is too long")),
    ] {
        cases.case(what, || assert_eq!(refused(api, &token), told));
    }
    for (what, header) in [
        ("another scheme", "Basic YWRhOnNlc2FtZQ=="),
        ("no scheme", ada.token.as_str()),
        ("no token", "Bearer"),
        ("nothing but blanks", "Bearer   "),
    ] {
        cases.case(what, || {
            let request = api.request("GET", "/auth/me").header("authorization", header);
            assert_eq!(request.run().expect(401).detail(), MISSING);
        });
    }
    for (what, token, told) in [
        ("letters of no ASCII", "tök.en.ß".as_bytes(), "Invalid token: it cannot be decoded"),
        ("bytes of no text", b"\xff\xfe.\xff.\xff", MISSING),
    ] {
        cases.case(what, || {
            let head = b"GET /auth/me HTTP/1.1\r\nhost: x\r\nconnection: close\r\n";
            let request = [&head[..], b"authorization: Bearer ", token, b"\r\n\r\n"].concat();
            assert_eq!(exchange(daemon.address(), request).expect(401).detail(), told);
        });
    }
    cases.case("none at all", || assert_eq!(api.get("/auth/me").expect(401).detail(), MISSING));
    cases.case("no part of a token is in the log", || {
        let log = daemon.log();
        assert!(!log.contains(signature) && !log.contains(payload) && !log.contains(SECRET));
    });
    daemon.wait_until_ready();
    daemon.stop();
    cases.finish();
}
