//! Deletes a user with what is kept of it.

use rusqlite::{Connection, params};

use super::fold::fold;
use super::text::{SHORT, bounded};
use super::user_rows::find;

/// Whether there was such a user. The caller's transaction makes it all or nothing.
pub(super) fn remove_user(connection: &Connection, id: i64) -> rusqlite::Result<bool> {
    let Some(user) = find(connection, id)? else { return Ok(false) };
    let text_id = id.to_string();
    for table in ["session_commands", "session_metrics"] {
        connection.execute(
            &format!(
                "DELETE FROM {table} WHERE session_id IN \
                 (SELECT session_id FROM sessions WHERE user_id = ?1)"
            ),
            [&text_id],
        )?;
    }
    connection.execute("DELETE FROM sessions WHERE user_id = ?1", [&text_id])?;
    connection.execute("DELETE FROM tokens WHERE user_id = ?1", [id])?;
    connection.execute("DELETE FROM users WHERE id = ?1", [id])?;
    take_out_of_audit(connection, &text_id, &user.email)?;
    Ok(true)
}

/// What happened stays, without address and client.
fn take_out_of_audit(connection: &Connection, id: &str, email: &str) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE audit SET email = NULL, client_ip = NULL \
         WHERE user_id = ?1 OR (actor = ?1 AND user_id IS NULL)",
        [id],
    )?;
    // The address there is that of another user.
    connection.execute("UPDATE audit SET client_ip = NULL WHERE actor = ?1", [id])?;
    // Attempts that were not matched to a user know the address only.
    let email = fold(&bounded(email, SHORT));
    let mut unmatched = connection
        .prepare("SELECT id, email FROM audit WHERE user_id IS NULL AND email IS NOT NULL")?;
    let mut rows = unmatched.query([])?;
    // Guesses at other addresses may be millions: only the rows of this one are held.
    let mut of_the_user: Vec<i64> = Vec::new();
    while let Some(row) = rows.next()? {
        if fold(row.get_ref(1)?.as_str()?) == email {
            of_the_user.push(row.get(0)?);
        }
    }
    let mut clear =
        connection.prepare("UPDATE audit SET email = NULL, client_ip = NULL WHERE id = ?1")?;
    for row in of_the_user {
        clear.execute(params![row])?;
    }
    Ok(())
}
