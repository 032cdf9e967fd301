//! The packages of the engine, with the versions that this version of phoebed is tested with.

/// The pinned list, as pip reads it.
pub const PINNED: &str = include_str!("../../../packaging/engine/requirements.txt");

/// The name that the list has inside an engine that was made of it.
pub const FILE: &str = "requirements.txt";

/// How many packages it names.
pub fn count() -> usize {
    PINNED.lines().filter(|line| is_package(line)).count()
}

fn is_package(line: &str) -> bool {
    !line.trim().is_empty() && !line.starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_is_pinned_to_one_version() {
        let lines: Vec<_> = PINNED.lines().filter(|line| is_package(line)).collect();
        assert_eq!(lines.len(), count());
        assert!(lines.iter().any(|line| line.starts_with("phoebe==")));
        assert!(lines.iter().all(|line| line.split("==").count() == 2), "{lines:?}");
    }
}
