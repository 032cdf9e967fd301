//! A table that fits: first the elastic columns shrink, then the last of the optional ones goes.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::style::{Cell, Style};

const GAP: &str = "  ";
const MORE: char = '…';

/// A column's title and what may be done to it when the terminal is narrow.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    title: &'static str,
    right: bool,
    /// The width below which it does not shrink.
    least: Option<usize>,
    optional: bool,
}

impl Column {
    /// A column that is always shown whole.
    pub const fn new(title: &'static str) -> Self {
        Self { title, right: false, least: None, optional: false }
    }

    /// The same, for numbers.
    pub const fn right(self) -> Self {
        Self { right: true, ..self }
    }

    /// The same, and it may shrink to this width.
    pub const fn elastic(self, least: usize) -> Self {
        Self { least: Some(least), ..self }
    }

    /// The same, and it may be left out.
    pub const fn optional(self) -> Self {
        Self { optional: true, ..self }
    }

    fn shrinks_to(&self, width: usize) -> usize {
        self.least.map_or(width, |least| width.min(least.max(self.title.width())))
    }
}

/// Rows under titles.
#[derive(Debug)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// No rows yet.
    pub fn new(columns: impl Into<Vec<Column>>) -> Self {
        Self { columns: columns.into(), rows: Vec::new() }
    }

    /// Adds a row: a cell for each column.
    pub fn row(&mut self, cells: impl Into<Vec<Cell>>) {
        self.rows.push(cells.into());
    }

    /// The lines, fitted into so many columns, or whole.
    pub fn lines(&self, width: Option<usize>, colours: bool) -> Vec<String> {
        let natural: Vec<usize> = (0..self.columns.len()).map(|i| self.natural_width(i)).collect();
        let widths = fit(&self.columns, &natural, width);
        let titles: Vec<Cell> = self.columns.iter().map(|column| title(column.title)).collect();
        let rows = std::iter::once(&titles).chain(&self.rows);
        rows.map(|row| self.line(row, &widths, colours)).collect()
    }

    fn natural_width(&self, index: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(index));
        let widest = cells.map(|cell| cell.text().width()).max().unwrap_or(0);
        widest.max(self.columns[index].title.width())
    }

    fn line(&self, row: &[Cell], widths: &[Option<usize>], colours: bool) -> String {
        let shown = self.columns.iter().zip(row).zip(widths);
        let cells = shown.filter_map(|((column, cell), width)| {
            let text = shortened(cell.text(), (*width)?);
            let padding = " ".repeat((*width)? - text.width());
            let text = cell.paint(&text, colours);
            Some(if column.right { format!("{padding}{text}") } else { format!("{text}{padding}") })
        });
        cells.collect::<Vec<_>>().join(GAP).trim_end().to_owned()
    }
}

fn title(text: &str) -> Cell {
    Cell::new(text).style(Style::Bold)
}

/// The width of each column; none for those that are left out.
fn fit(columns: &[Column], natural: &[usize], width: Option<usize>) -> Vec<Option<usize>> {
    let mut widths: Vec<Option<usize>> = natural.iter().copied().map(Some).collect();
    let Some(room) = width else { return widths };
    let least = |i: usize| columns[i].shrinks_to(natural[i]);
    while let Some(too_much) = total(&widths).checked_sub(room + 1).map(|rest| rest + 1) {
        let shown = || (0..widths.len()).filter(|i| widths[*i].is_some());
        let slack: usize = shown().map(|i| natural[i] - least(i)).sum();
        if slack < too_much
            && let Some(last) = shown().rfind(|i| columns[*i].optional)
        {
            widths[last] = None;
            continue;
        }
        // The widest gives first; when all are at their least, the terminal wraps.
        let widest = shown().filter(|i| widths[*i] > Some(least(*i))).max_by_key(|i| widths[*i]);
        let Some(widest) = widest else { break };
        widths[widest] = widths[widest].map(|width| width - 1);
    }
    widths
}

fn total(widths: &[Option<usize>]) -> usize {
    let shown: Vec<usize> = widths.iter().flatten().copied().collect();
    shown.iter().sum::<usize>() + GAP.len() * shown.len().saturating_sub(1)
}

/// The text, cut to so many columns with `…` at the end.
fn shortened(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        cut.push(c);
    }
    cut.push(MORE);
    cut
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COLUMNS: [Column; 4] = [
        Column::new("ID"),
        Column::new("NAME").elastic(6),
        Column::new("MEMORY").right(),
        Column::new("PROJECT").elastic(8).optional(),
    ];

    fn table() -> Table {
        let mut table = Table::new(COLUMNS);
        table.row(["5f0c8a52", "Ada Lovelace", "5.1 MiB", "AI Phoenicis"].map(Cell::new));
        table.row(["b1d0", "連星の教室", "290 MiB", "-"].map(Cell::new));
        table
    }

    #[test]
    fn a_pipe_gets_the_whole_table() {
        let expected = [
            "ID        NAME           MEMORY  PROJECT",
            "5f0c8a52  Ada Lovelace  5.1 MiB  AI Phoenicis",
            "b1d0      連星の教室    290 MiB  -",
        ];
        assert_eq!(table().lines(None, false), expected);
    }

    #[test]
    fn elastic_columns_shrink_the_widest_first() {
        let expected = [
            "ID        NAME        MEMORY  PROJECT",
            "5f0c8a52  Ada Love…  5.1 MiB  AI Phoen…",
            "b1d0      連星の教…  290 MiB  -",
        ];
        assert_eq!(table().lines(Some(39), false), expected);
    }

    #[test]
    fn without_room_an_optional_column_goes() {
        let expected =
            ["ID        NAME     MEMORY", "5f0c8a52  Ada L…  5.1 MiB", "b1d0      連星…   290 MiB"];
        assert_eq!(table().lines(Some(25), false), expected);
    }

    proptest! {
        #[test]
        fn a_line_is_never_wider_than_the_terminal(
            names in prop::collection::vec("\\PC{0,40}", 0..5), width in 26_usize..120
        ) {
            let mut table = Table::new(COLUMNS);
            for name in &names {
                table.row(["5f0c8a52", name, "5.1 MiB", name].map(Cell::new));
            }
            for line in table.lines(Some(width), false) {
                prop_assert!(line.width() <= width, "{line:?}");
            }
        }
    }
}
