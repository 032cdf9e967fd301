mod add;
mod change;
mod import;
mod list;
mod remove;

use phoebed_common::admin::User;

use crate::ctl::NOW;

/// A student who has logged in.
pub fn ada() -> User {
    User {
        id: 7,
        email: "Ada@example.org".into(),
        first_name: "Ada".into(),
        last_name: "Lovelace".into(),
        full_name: "Ada Lovelace".into(),
        role: "student".into(),
        is_active: true,
        created_at: NOW - 400_000.0,
        last_login: Some(NOW - 7_500.0),
        sessions: 1,
    }
}

/// A disabled instructor who never logged in, with a name that means no good.
pub fn eve() -> User {
    User {
        id: 12,
        email: "eve@example.org".into(),
        full_name: "Eve \u{1b}[2J".into(),
        role: "instructor".into(),
        is_active: false,
        last_login: None,
        sessions: 0,
        ..ada()
    }
}

/// Of an older server: no name, a role of its own.
pub fn bo() -> User {
    User {
        id: 103,
        email: "bo@example.org".into(),
        full_name: String::new(),
        role: "teacher".into(),
        last_login: None,
        sessions: 0,
        ..ada()
    }
}
