//! Keys of a configuration as rows of a table.

use phoebed_common::admin::{ConfigEntry, Origin, Reloading};

use crate::style::{Cell, Style};
use crate::table::{Column, Table};

/// The keys as a table.
pub fn table(entries: &[ConfigEntry]) -> Table {
    let mut table = Table::new([
        Column::new("KEY"),
        Column::new("VALUE").elastic(16),
        Column::new("FROM").elastic(12),
        Column::new("CHANGE").optional(),
    ]);
    for entry in entries {
        let is_default = entry.origin == Origin::Default;
        let style = if is_default { Style::Dim } else { Style::Plain };
        table.row([
            Cell::new(&entry.key),
            Cell::new(&entry.value),
            Cell::new(entry.origin.to_string()).style(style),
            Cell::new(match entry.reload {
                Reloading::Live => "live",
                Reloading::Restart => "restart",
            })
            .style(Style::Dim),
        ]);
    }
    table
}
