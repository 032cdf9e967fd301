//! The SQL of the rows of `users`.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::fold::{fold, fold_emails};
use super::status::unix_now;
use super::text::{SHORT, bounded};
use super::users::{NewUser, UserChange, UserRecord};

const COLUMNS: &str = "id, email, hashed_password, first_name, last_name, role, created_at, \
    is_active, token_generation, last_login";

/// None when the address is taken. The caller's transaction keeps others from taking it meanwhile.
pub(super) fn insert(
    connection: &Connection,
    user: &NewUser,
) -> rusqlite::Result<Option<UserRecord>> {
    fold_emails(connection)?;
    if !find_all(connection, &user.email)?.is_empty() {
        return Ok(None);
    }
    connection
        .prepare_cached(
            "INSERT INTO users (email, email_folded, hashed_password, first_name, last_name, role,
                 created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            user.email,
            fold(&user.email),
            user.hashed_password,
            bounded(&user.first_name, SHORT),
            bounded(&user.last_name, SHORT),
            bounded(&user.role, SHORT),
            unix_now(),
        ])?;
    find(connection, connection.last_insert_rowid())
}

/// The user of this id.
pub(super) fn find(connection: &Connection, id: i64) -> rusqlite::Result<Option<UserRecord>> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE id = ?1");
    connection.prepare_cached(&sql)?.query_row([id], user).optional()
}

/// All users of this address, whatever its case, the one of the same case first. An older
/// server's database can have several.
pub(super) fn find_all(connection: &Connection, email: &str) -> rusqlite::Result<Vec<UserRecord>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM users WHERE email_folded = ?1 OR email_folded IS NULL \
         ORDER BY email <> ?2, id"
    );
    let folded = fold(email);
    let mut users: Vec<UserRecord> = connection
        .prepare_cached(&sql)?
        .query_map([&folded, email], user)?
        .collect::<rusqlite::Result<_>>()?;
    users.retain(|user| fold(&user.email) == folded);
    Ok(users)
}

/// All users by id.
pub(super) fn list(connection: &Connection) -> rusqlite::Result<Vec<UserRecord>> {
    let sql = format!("SELECT {COLUMNS} FROM users ORDER BY id");
    connection.prepare(&sql)?.query_map([], user)?.collect()
}

/// The user after the change; none when there is no such user, or not with the hash asked for.
pub(super) fn update(
    connection: &Connection,
    id: i64,
    change: &UserChange,
) -> rusqlite::Result<Option<UserRecord>> {
    let changed = connection.execute(
        "UPDATE users SET hashed_password = COALESCE(?2, hashed_password),
             role = COALESCE(?3, role), is_active = COALESCE(?4, is_active),
             token_generation = token_generation + ?5
         WHERE id = ?1 AND (?6 IS NULL OR hashed_password = ?6)",
        params![
            id,
            change.hashed_password,
            change.role.as_deref().map(|role| bounded(role, SHORT)),
            change.is_active,
            change.revoke_tokens,
            change.only_with_hash,
        ],
    )?;
    if changed == 0 { Ok(None) } else { find(connection, id) }
}

/// Whether the hash was `old_hash` and is `new_hash` now.
pub(super) fn replace_hash(
    connection: &Connection,
    id: i64,
    old_hash: &str,
    new_hash: &str,
) -> rusqlite::Result<bool> {
    let changed = connection.execute(
        "UPDATE users SET hashed_password = ?3 WHERE id = ?1 AND hashed_password = ?2",
        params![id, old_hash, new_hash],
    )?;
    Ok(changed > 0)
}

/// The highest cost of a bcrypt hash (`$2b$12$…`), of those that have its length and a cost that
/// there is: what is broken is never computed.
pub(super) fn bcrypt_cost(connection: &Connection) -> rusqlite::Result<Option<u32>> {
    connection.query_row(
        "SELECT max(CAST(substr(hashed_password, 5, 2) AS INTEGER)) FROM users \
         WHERE hashed_password GLOB '$2[abxy]$[0-3][0-9]$*' AND length(hashed_password) = 60 \
             AND substr(hashed_password, 5, 2) BETWEEN '04' AND '31'",
        [],
        |row| row.get(0),
    )
}

fn user(row: &Row<'_>) -> rusqlite::Result<UserRecord> {
    Ok(UserRecord {
        id: row.get(0)?,
        email: row.get(1)?,
        hashed_password: row.get(2)?,
        first_name: row.get(3)?,
        last_name: row.get(4)?,
        role: row.get(5)?,
        created_at: row.get(6)?,
        is_active: row.get(7)?,
        token_generation: row.get(8)?,
        last_login: row.get(9)?,
    })
}
