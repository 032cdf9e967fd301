use phoebed_common::admin::{Token, TokenList, TokenMade, TokenRevoked};
use serde_json::json;

use crate::ctl::{Ctl, NOW};
use crate::fake_daemon::FakeDaemon;
use crate::snapshot;

fn token() -> Token {
    Token {
        id: "0b8e6d1e-6f3a-4d53-9a0f-8f2f5c0c7a11".into(),
        user_id: 7,
        email: "ada@example.org".into(),
        label: "nightly fits".into(),
        created_at: NOW - 60.0,
        expires_at: NOW + 2_592_000.0,
        revoked_at: None,
    }
}

#[tokio::test]
async fn an_issued_token_stands_alone_on_standard_output() {
    let route = "POST /v1/tokens";
    let made = TokenMade { token: token(), access_token: "eyJ.eyJ.c2ln".into() };
    let daemon = FakeDaemon::new().answer(route, &made).start();
    let issue = Ctl::new("tokens issue ada@example.org --expires-in 30d --label");
    let said = issue.argument("nightly fits").to(&daemon).run().await;
    snapshot::check("tokens_issue", &said, &daemon);
    assert_eq!(said.out, "eyJ.eyJ.c2ln\n");
    let said = Ctl::new("tokens issue 7 --json").to(&daemon).run().await;
    assert_eq!(said.json::<TokenMade>(), made);
    let sent = [
        json!({"user": "ada@example.org", "label": "nightly fits", "expires_in_seconds": 2_592_000}),
        json!({"user": "7", "label": ""}),
    ];
    assert_eq!(daemon.bodies(route), sent);
}

#[tokio::test]
async fn tokens_are_listed_with_their_state() {
    let expired = Token { expires_at: NOW - 1.0, label: String::new(), ..token() };
    let revoked = Token { revoked_at: Some(NOW - 5.0), label: "\u{1b}[2J".into(), ..token() };
    let list = TokenList { tokens: vec![token(), expired, revoked] };
    let daemon = FakeDaemon::new()
        .answer("GET /v1/tokens", &list)
        .answer("GET /v1/tokens?user=ada%40example%2Eorg", &TokenList::default())
        .start();
    snapshot::check("tokens_list", &Ctl::new("tokens list").to(&daemon).run().await, &daemon);
    let said = Ctl::new("tokens list --json").to(&daemon).run().await;
    assert_eq!(said.json::<TokenList>(), list);
    let said = Ctl::new("tokens list --user ada@example.org").to(&daemon).run().await;
    assert_eq!((said.code, said.err.as_str()), (0, "no tokens\n"));
}

#[tokio::test]
async fn a_token_is_revoked_by_its_id() {
    let revoked = TokenRevoked { token: Token { revoked_at: Some(NOW), ..token() } };
    let id = token().id;
    let daemon = FakeDaemon::new().answer(&format!("POST /v1/tokens/{id}/revoke"), &revoked);
    let daemon = daemon.start();
    let said = Ctl::new(&format!("tokens revoke {id}")).to(&daemon).run().await;
    assert_eq!(said.out, format!("token {id} of ada@example.org is revoked\n"));
    let said = Ctl::new(&format!("tokens revoke {id} --json")).to(&daemon).run().await;
    assert_eq!(said.json::<TokenRevoked>(), revoked);
}
