//! Users of an older server's database.

use phoebed_tests::{Daemon, workspace};
use rusqlite::Connection;
use serde_json::json;

use crate::user::{User, jwt, login, quoted};

/// Less work than the twelve of older servers; the checks are the same.
const COST: u32 = 5;

#[test]
fn they_log_in_as_before_and_their_hashes_become_better() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("sessions.db");
    let fixture = workspace().join("phoebed/tests/fixtures/store/legacy.sql");
    let fixture = std::fs::read_to_string(fixture).expect("the fixture");
    // Older servers let bcrypt cut a password after 72 bytes.
    let long = "x".repeat(100);
    let connection = Connection::open(&path).expect("a database");
    connection.execute_batch(&fixture).expect("SQL");
    for (id, password) in [(1, "lovelace"), (2, long.as_str()), (3, "offline")] {
        let hash = bcrypt::hash(password, COST).expect("a hash");
        let update = "UPDATE users SET hashed_password = ?2 WHERE id = ?1";
        connection.execute(update, rusqlite::params![id, hash]).expect("SQL");
    }
    drop(connection);
    let settings = jwt().set("database.path", quoted(&path.display().to_string()));
    let daemon = Daemon::start_cold(settings);
    let api = daemon.api();
    let hash = |id: i64| {
        let connection = Connection::open(&path).expect("the database");
        let query = "SELECT hashed_password FROM users WHERE id = ?1";
        connection.query_row(query, [id], |row| row.get::<_, String>(0)).expect("a user")
    };
    login(api, "ada@example.org", "wrong").expect(401);
    assert!(hash(1).starts_with("$2b$"), "a wrong password changes nothing");
    let ada = User::of(api, &login(api, "ada@example.org", "lovelace").expect(200).json());
    assert_eq!(ada.id, "1");
    let me = ada.api.get("/auth/me").expect(200).json();
    assert_eq!((&me["full_name"], &me["role"]), (&json!("Ada Lovelace"), &json!("instructor")));
    assert!(hash(1).starts_with("$argon2id$"), "{}", hash(1));
    login(api, "ada@example.org", "lovelace").expect(200);
    assert!(ada.is_let_in(), "a better hash makes no token void");

    let other = User::of(api, &login(api, "Ada@example.org", &long).expect(200).json());
    assert_eq!(other.id, "2", "addresses that differ by case are who they were");
    login(api, "Ada@example.org", &long).expect(200);
    login(api, "Ada@example.org", &long[..80]).expect(401);

    let disabled = login(api, "off@example.org", "offline").expect(403);
    assert_eq!(disabled.detail(), "Account is disabled");
    login(api, "off@example.org", "online").expect(401);
    daemon.wait_until_ready();
    daemon.stop();
}
