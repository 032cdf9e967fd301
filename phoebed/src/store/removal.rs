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
    let unmatched: Vec<(i64, String)> = connection
        .prepare("SELECT id, email FROM audit WHERE user_id IS NULL AND email IS NOT NULL")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut clear =
        connection.prepare("UPDATE audit SET email = NULL, client_ip = NULL WHERE id = ?1")?;
    for (row, _) in unmatched.into_iter().filter(|(_, found)| fold(found) == email) {
        clear.execute(params![row])?;
    }
    Ok(())
}
