//! Which known name a mistyped one was probably meant to be.

/// The candidate nearest to `name`, if one is near enough to be worth suggesting.
///
/// A key written in the wrong section, or in none, finds the section where it belongs.
pub(super) fn nearest<'a>(
    name: &str,
    candidates: impl Iterator<Item = &'a str> + Clone,
) -> Option<&'a str> {
    let misplaced = candidates.clone().find(|candidate| last(candidate) == last(name));
    let (distance, near) =
        candidates.map(|candidate| (distance(name, candidate), candidate)).min()?;
    match distance {
        0..=2 => Some(near),
        _ if misplaced.is_some() => misplaced,
        _ if distance <= last(name).len() / 3 => Some(near),
        _ => None,
    }
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// Levenshtein's distance, with neighbours swapped counted as one step.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = change.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(rows[i - 2][j - 2] + 1);
            }
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggest(name: &str) -> Option<&'static str> {
        nearest(name, ["server.host", "server.port", "logging.level", "workers.spares"].into_iter())
    }

    #[test]
    fn a_slip_of_the_finger_finds_the_key_that_was_meant() {
        assert_eq!(suggest("server.prot"), Some("server.port"));
        assert_eq!(suggest("sever.host"), Some("server.host"));
        assert_eq!(suggest("logging.levels"), Some("logging.level"));
    }

    #[test]
    fn a_key_in_the_wrong_section_finds_the_right_one() {
        assert_eq!(suggest("port"), Some("server.port"));
        assert_eq!(suggest("session.spares"), Some("workers.spares"));
    }

    #[test]
    fn something_quite_different_finds_nothing() {
        assert_eq!(suggest("database.wal"), None);
    }
}
