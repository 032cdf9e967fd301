//! Mode `external`: tokens of an upstream issuer, by each kind of key.

use jsonwebtoken::Algorithm;
use phoebed_tests::{Cases, Daemon, Settings, eventually};
use serde_json::{Value, json};

use crate::issuer::{Issuer, Published, claims, key_set, signed, with};
use crate::user::{SECRET, login, quoted, register};

fn external(algorithm: &str) -> Settings {
    let settings = Settings::new().set("auth.mode", "\"external\"");
    settings.set("auth.jwt_algorithm", quoted(algorithm))
}

fn me(daemon: &Daemon, token: &str) -> Result<Value, String> {
    let answer = daemon.api().with_token(token).get("/auth/me");
    match answer.status {
        200 => Ok(answer.json()),
        _ => Err(format!("{} {}", answer.status, answer.detail())),
    }
}

#[test]
fn whom_the_issuer_vouches_for_is_let_in_without_an_account() {
    let settings = external("HS384").set("auth.jwt_secret_key", quoted(SECRET));
    let settings = settings.set("auth.jwt_issuer", "\"https://id.example.org\"");
    let daemon = Daemon::start(settings.set("auth.jwt_audience", "\"lab\""));
    let from = json!({ "iss": "https://id.example.org", "aud": ["lab", "shop"] });
    let token = |changes: &Value| {
        signed(Algorithm::HS384, SECRET, &with(with(claims("eve-17"), &from), changes))
    };
    let eve = daemon.api().with_token(&token(&json!({})));
    let expected = json!({ "user_id": "eve-17", "email": "eve@example.org",
        "full_name": "Eve E", "role": "student" });
    assert_eq!(eve.get("/auth/me").expect(200).json(), expected);
    let session = eve.start_session();
    assert_eq!(session.object["full_name"], "Eve E");
    let ping = json!({ "command": "ping" });
    let other = daemon.api().with_token(&token(&json!({ "sub": "bob" })));
    other.post_json(&session.path(), &ping).expect(403);
    let admin = daemon.api().with_token(&token(&json!({ "sub": "root", "role": "admin" })));
    admin.post_json(&session.path(), &ping).expect(200);
    assert!(admin.sessions().is_empty());
    let bare = token(&json!({ "email": null, "full_name": null, "role": null }));
    assert_eq!(me(&daemon, &bare).expect("let in")["full_name"], "");
    for change in [json!({ "iss": "https://evil.example" }), json!({ "aud": "shop" })] {
        let refused = me(&daemon, &token(&change)).expect_err("refused");
        assert!(refused.starts_with("401 Invalid token: it is not"), "{refused}");
    }
    login(daemon.api(), "eve@example.org", "x").expect(404);
    register(daemon.api(), "eve@example.org", "x").expect(404);
    eve.post("/auth/logout-everywhere").expect(404);
    daemon.stop();
}

#[test]
fn every_kind_of_public_key_verifies_its_own_tokens_and_no_others() {
    let mut cases = Cases::new();
    for (algorithm, name) in [
        (Algorithm::RS256, "RS256"),
        (Algorithm::PS256, "PS256"),
        (Algorithm::ES256, "ES256"),
        (Algorithm::EdDSA, "EdDSA"),
    ] {
        let (ours, theirs) = (Issuer::new(algorithm, "a"), Issuer::new(algorithm, "a"));
        for (key, file, text) in [
            ("auth.jwt_public_key_file", "key.pem", ours.pem()),
            ("auth.jwks_file", "keys.json", key_set(&[&ours])),
        ] {
            let settings = external(name).set(key, quoted(file)).file(file, &text);
            let daemon = Daemon::start_cold(settings);
            cases.case(format!("{name} by {key}"), || {
                let claims = claims("eve");
                assert!(me(&daemon, &ours.token(&claims)).is_ok());
                let refused = me(&daemon, &theirs.token(&claims)).expect_err("another key");
                assert_eq!(refused, "401 Invalid token: its signature is wrong");
                // The oldest trick: the public key taken for a shared secret.
                for hmac in [Algorithm::HS256, Algorithm::HS512] {
                    let forged = signed(hmac, &ours.pem(), &claims);
                    let refused = me(&daemon, &forged).expect_err("another algorithm");
                    assert_eq!(refused, format!("401 Invalid token: its algorithm is not {name}"));
                }
            });
            daemon.stop();
        }
    }
    cases.finish();
}

#[test]
fn keys_that_an_issuer_publishes_are_asked_for_again_when_they_change() {
    let (old, new) = (Issuer::new(Algorithm::ES256, "old"), Issuer::new(Algorithm::ES256, "new"));
    let published = Published::new("not yet".to_owned());
    let settings = external("ES256").set("auth.jwks_url", quoted(&published.url()));
    let daemon = Daemon::start_cold(settings.set("auth.jwks_refresh_seconds", 1));
    let unknown = me(&daemon, &old.token(&claims("eve"))).expect_err("no keys");
    assert!(unknown.starts_with("503 "), "{unknown}");
    published.publish(key_set(&[&old]));
    eventually("the keys are read", || me(&daemon, &old.token(&claims("eve"))).ok());
    let refused = me(&daemon, &new.token(&claims("eve"))).expect_err("not published");
    assert_eq!(refused, "401 Invalid token: its signature is wrong");
    published.publish(key_set(&[&new]));
    eventually("the new key counts", || me(&daemon, &new.token(&claims("eve"))).ok());
    assert!(me(&daemon, &old.token(&claims("eve"))).is_err(), "the old one does not");
    published.publish("broken".to_owned());
    let asked = published.asked();
    eventually("it is asked again", || {
        assert!(me(&daemon, &new.token(&claims("eve"))).is_ok(), "what was known goes on to count");
        (published.asked() > asked).then_some(())
    });
    assert_eq!(daemon.ctl(&["reload"]).code, Some(0));
    let kept = me(&daemon, &new.token(&claims("eve")));
    assert!(kept.is_ok(), "nor does it hang on the issuer after a reload: {kept:?}");
    daemon.wait_until_ready();
    daemon.stop();
}

#[test]
fn keys_that_cannot_be_used_stop_the_start_and_say_why() {
    let (rsa, ec) = (Issuer::new(Algorithm::RS256, "a"), Issuer::new(Algorithm::ES256, "a"));
    let directory = tempfile::tempdir().expect("a directory");
    let mut cases = Cases::new();
    for (what, mode, text, said) in [
        ("a key of another kind", "external", ec.pem(), "no public key for RS256"),
        ("a private key", "external", rsa.private_pem(), "this is a private key"),
        ("no key", "external", "hello".to_owned(), "no public key for RS256"),
        ("an empty file of secrets", "jwt", "\n\n".to_owned(), "there is no key in it"),
        ("a secret that is none", "jwt", "test\n".to_owned(), "\"test\" is no secret"),
    ] {
        cases.case(what, || {
            let key = directory.path().join("key");
            std::fs::write(&key, text).expect("a file");
            let entry = match mode {
                "jwt" => format!("jwt_secret_file = '{}'", key.display()),
                _ => {
                    let file = key.display();
                    format!("jwt_algorithm = \"RS256\"\njwt_public_key_file = '{file}'")
                }
            };
            let config = directory.path().join("config.toml");
            let state = directory.path().join("state");
            let text = format!(
                "[auth]\nmode = \"{mode}\"\n{entry}\n[state]\ndirectory = '{}'\n\
                 [server]\nport = 0\n",
                state.display()
            );
            std::fs::write(&config, text).expect("a file");
            let config = config.display().to_string();
            for arguments in [&["--config", &config][..], &["--config", &config, "--check-config"]]
            {
                let done = phoebed_tests::run_phoebed(directory.path(), arguments, &[]);
                assert_eq!(done.code, Some(2), "{done:?}");
                assert!(done.stderr.contains(said), "{done:?}");
                assert!(done.stderr.contains(&key.display().to_string()), "{done:?}");
            }
        });
    }
    cases.finish();
}
