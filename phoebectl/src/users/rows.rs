//! Users as rows of a table and in a sentence.

use phoebed_common::admin::User;

use crate::style::{Cell, Style};
use crate::table::{Column, Table};
use crate::text::{NOTHING, ago};

/// The users as a table. Emails are cut only when the terminal is narrow.
pub fn table<'a>(users: impl IntoIterator<Item = &'a User>, now: f64) -> Table {
    let mut table = Table::new([
        Column::new("ID").right(),
        Column::new("EMAIL").elastic(16),
        Column::new("NAME").elastic(8).optional(),
        Column::new("ROLE"),
        Column::new("STATE"),
        Column::new("SESSIONS").right().optional(),
        Column::new("LAST LOGIN").right().optional(),
    ]);
    for user in users {
        table.row([
            Cell::new(user.id.to_string()),
            Cell::new(&user.email),
            Cell::new(name(user)),
            Cell::new(&user.role),
            state(user),
            Cell::new(user.sessions.to_string()),
            Cell::new(user.last_login.map_or("never".to_owned(), |then| ago(now, then))),
        ]);
    }
    table
}

/// Whether a user may log in.
pub fn state(user: &User) -> Cell {
    let (text, style) =
        if user.is_active { ("active", Style::Plain) } else { ("disabled", Style::Warning) };
    Cell::new(text).style(style)
}

/// A user's name, or a dash.
pub fn name(user: &User) -> &str {
    if user.full_name.is_empty() { NOTHING } else { &user.full_name }
}

/// A user in a sentence: email and id.
pub fn who(user: &User) -> String {
    format!("{} (user {})", user.email, user.id)
}
