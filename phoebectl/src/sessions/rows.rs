//! Sessions as rows of a table.

use phoebed_common::admin::{Session, SessionState};

use crate::style::{Cell, Style};
use crate::table::{Column, Table};
use crate::text::{memory, or_nothing, span};

/// The sessions as a table. Ids are never cut: they are there to be copied.
pub fn table<'a>(sessions: impl IntoIterator<Item = &'a Session>, now: f64) -> Table {
    let mut table = Table::new([
        Column::new("SESSION"),
        Column::new("USER").elastic(8),
        Column::new("STATE").elastic(14),
        Column::new("MEMORY").right(),
        Column::new("AGE").right().optional(),
        Column::new("PORT").right().optional(),
        Column::new("PROJECT").elastic(8).optional(),
    ]);
    for session in sessions {
        table.row([
            Cell::new(&session.session_id),
            Cell::new(or_nothing(session.user_id.as_ref())),
            state(session, now),
            Cell::new(or_nothing(session.memory_mib.map(memory))),
            Cell::new(span(now - session.created_at)),
            Cell::new(or_nothing(session.port)),
            Cell::new(project(session)),
        ]);
    }
    table
}

/// What a session does and for how long.
pub fn state(session: &Session, now: f64) -> Cell {
    let running = || {
        let running = session.running.as_ref();
        running.map_or_else(String::new, |running| {
            format!(" {}, {}", span(now - running.since), running.command)
        })
    };
    let (text, style) = match session.state {
        SessionState::Idle => (format!("idle {}", span(session.idle_seconds)), Style::Dim),
        SessionState::Busy => (format!("busy{}", running()), Style::Good),
        SessionState::Hibernated => {
            (format!("hibernated {}", span(session.idle_seconds)), Style::Dim)
        }
        SessionState::Waking => ("waking".to_owned(), Style::Good),
        SessionState::Overdue => (format!("overdue{}", running()), Style::Warning),
    };
    Cell::new(text).style(style)
}

/// The project's name: a string as such, anything else as JSON.
pub fn project(session: &Session) -> String {
    let Some(name) = &session.project_name else { return or_nothing::<String>(None) };
    serde_json::from_str::<String>(name.text()).unwrap_or_else(|_| name.text().to_owned())
}
