//! Addresses without their case: the column `users.email_folded`.
//!
//! SQLite folds ASCII only, so this is done here. A row that somebody else wrote has no folded
//! address yet; whoever looks for addresses must look at those rows too.

use rusqlite::Connection;

/// The text without its case, for all of Unicode. The way there and back catches the letters that
/// have several small forms, such as `ς` and `σ`, or `ß` and `ss`.
pub fn fold(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .collect()
}

/// Fills in the folded addresses that are missing.
pub(super) fn fold_emails(connection: &Connection) -> rusqlite::Result<()> {
    let missing: Vec<(i64, String)> = connection
        .prepare("SELECT id, email FROM users WHERE email_folded IS NULL")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut update = connection.prepare("UPDATE users SET email_folded = ?2 WHERE id = ?1")?;
    for (id, email) in missing {
        update.execute((id, fold(&email)))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn case_makes_no_difference_in_any_script() {
        for (one, other) in [
            ("Ada@Example.ORG", "ada@example.org"),
            ("ÄÖÜ@x.org", "äöü@x.org"),
            ("ΟΔΥΣΣΕΥΣ@x.gr", "οδυσσευς@x.gr"),
            ("STRAẞE@x.de", "straße@x.de"),
            ("ИВАН@пример.рф", "иван@пример.рф"),
        ] {
            assert_eq!(fold(one), fold(other));
            assert_eq!(fold(one), fold(&fold(one)), "folding twice changes nothing");
        }
        assert_ne!(fold("ä@x.org"), fold("a@x.org"));
    }
}
