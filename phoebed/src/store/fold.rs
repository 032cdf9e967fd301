//! Addresses without their case, and in one form of Unicode (NFC): the column `users.email_folded`.
//!
//! SQLite folds ASCII only, so this is done here, and done again at the start, since earlier versions
//! folded less. A row that somebody else wrote has no folded
//! address yet; whoever looks for addresses must look at those rows too.

use rusqlite::Connection;
use unicode_normalization::UnicodeNormalization;

/// The text without its case, for all of Unicode. The way there and back catches the letters that
/// have several small forms, such as `ς` and `σ`, or `ß` and `ss`. A letter with its accent is the same as
/// the letter and then the accent: some keyboards send the one, some the other.
pub fn fold(text: &str) -> String {
    text.nfd()
        .flat_map(char::to_lowercase)
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfc()
        .collect()
}

/// Folds again what an earlier version folded in another way; ASCII is the same in all of them.
/// Answers how many there were.
pub(super) fn refold_emails(connection: &Connection) -> rusqlite::Result<usize> {
    let folded: Vec<(i64, String, String)> = connection
        .prepare(
            "SELECT id, email, email_folded FROM users \
             WHERE email_folded IS NOT NULL AND length(email) <> length(CAST(email AS BLOB))",
        )?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let changed: Vec<(i64, String)> = folded
        .into_iter()
        .map(|(id, email, before)| (id, fold(&email), before))
        .filter(|(_, now, before)| now != before)
        .map(|(id, now, _)| (id, now))
        .collect();
    if changed.is_empty() {
        return Ok(0);
    }
    let tx = connection.unchecked_transaction()?;
    {
        let mut update = tx.prepare("UPDATE users SET email_folded = ?2 WHERE id = ?1")?;
        for (id, folded) in &changed {
            update.execute((id, folded))?;
        }
    }
    tx.commit()?;
    Ok(changed.len())
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
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    use super::fold;

    proptest! {
        #[test]
        fn how_a_letter_was_typed_makes_no_difference(text in "\\PC{0,20}") {
            let composed: String = text.nfc().collect();
            let apart: String = text.nfd().collect();
            prop_assert_eq!(fold(&composed), fold(&apart));
        }
    }

    #[test]
    fn case_makes_no_difference_in_any_script() {
        for (one, other) in [
            ("Ada@Example.ORG", "ada@example.org"),
            ("ÄÖÜ@x.org", "äöü@x.org"),
            ("ΟΔΥΣΣΕΥΣ@x.gr", "οδυσσευς@x.gr"),
            ("STRAẞE@x.de", "straße@x.de"),
            ("ИВАН@пример.рф", "иван@пример.рф"),
            ("A\u{308}DA@x.org", "äda@x.org"),
            ("\u{212b}sa@x.org", "a\u{30a}sa@x.org"),
            ("ᾳ@x.gr", "α\u{345}@x.gr"),
        ] {
            assert_eq!(fold(one), fold(other));
            assert_eq!(fold(one), fold(&fold(one)), "folding twice changes nothing");
        }
        assert_ne!(fold("ä@x.org"), fold("a@x.org"));
    }
}
