//! The table: at most 100 columns.

use std::fmt::Write;

use super::Report;
use crate::figure::{Figure, Goal, Unit};

const WIDTH: usize = 100;

/// The whole table, with what has to be said below it.
pub fn table(report: &Report) -> String {
    let mut text = row(["", "measured", "goal", "", "raw limit", "ratio", "of what"]);
    for figure in &report.figures {
        text += &row_of(figure);
    }
    let missed: Vec<&Figure> =
        report.figures.iter().filter(|figure| figure.is_met() == Some(false)).collect();
    let with_goal = report.figures.iter().filter(|figure| figure.goal.is_some()).count();
    let met = with_goal - missed.len();
    let _ = write!(text, "\n{met} of {with_goal} goals met");
    let _ = writeln!(text, "; {:.0} s on {} cores.", report.seconds, report.cores);
    text += "Times are medians where nothing else is said; what is indented belongs to the line \
             above.\n";
    if report.is_quick {
        text += "With --quick: few repetitions, a look and not a measurement.\n";
    }
    if let Some(warning) = &report.warning {
        text += &wrapped(&format!("WARNING: {warning}"));
    }
    for (topic, why) in &report.failures {
        let _ = writeln!(text, "FAILED: {topic}: {why}");
    }
    text
}

fn row_of(figure: &Figure) -> String {
    let goal = figure.goal.map_or_else(String::new, |goal| match goal {
        Goal::AtMost(most) => format!("≤ {}", amount(most, figure.unit)),
        Goal::AtLeast(least) => format!("≥ {}", amount(least, figure.unit)),
    });
    let verdict = match figure.is_met() {
        Some(true) => "met",
        Some(false) => "MISSED",
        None => "",
    };
    let limit = figure.limit.as_ref();
    let ratio = figure.ratio().map_or_else(String::new, |ratio| match ratio {
        10.0.. => format!("{ratio:.0}×"),
        1.0.. => format!("{ratio:.1}×"),
        _ => format!("{ratio:.2}×"),
    });
    row([
        figure.label,
        &amount(figure.value, figure.unit),
        &goal,
        verdict,
        &limit.map_or_else(String::new, |limit| amount(limit.value, figure.unit)),
        &ratio,
        limit.map_or("", |limit| limit.name),
    ])
}

fn row([label, value, goal, verdict, limit, ratio, name]: [&str; 7]) -> String {
    let row =
        format!("{label:<35}{value:>10}  {goal:<11}{verdict:<7}{limit:>10}{ratio:>7}  {name}");
    format!("{}\n", row.trim_end())
}

/// In lines of at most 100 columns.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => *line += word,
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDTH => {
                *line += " ";
                *line += word;
            }
            _ => lines.push(format!("  {word}")),
        }
    }
    lines.join("\n") + "\n"
}

/// Three digits and a unit.
fn amount(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Seconds if value < 0.001 => format!("{} µs", digits(value * 1e6)),
        Unit::Seconds if value < 1.0 => format!("{} ms", digits(value * 1e3)),
        Unit::Seconds => format!("{} s", digits(value)),
        Unit::PerSecond => format!("{value:.0}/s"),
        Unit::Mebibytes => format!("{} MiB", digits(value)),
        Unit::Percent => format!("{} %", digits(value)),
        Unit::Times => format!("{}×", digits(value)),
    }
}

fn digits(value: f64) -> String {
    let text = match value.abs() {
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    };
    if text.contains('.') {
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_three_digits_and_a_fitting_unit() {
        let cases = [
            (0.000_061_84, Unit::Seconds, "61.8 µs"),
            (0.0004, Unit::Seconds, "400 µs"),
            (0.005, Unit::Seconds, "5 ms"),
            (3.3, Unit::Seconds, "3.3 s"),
            (12_345.6, Unit::PerSecond, "12346/s"),
            (4.909, Unit::Mebibytes, "4.91 MiB"),
            (0.0, Unit::Percent, "0 %"),
            (1.0449, Unit::Times, "1.04×"),
        ];
        for (value, unit, expected) in cases {
            assert_eq!(amount(value, unit), expected);
        }
    }

    #[test]
    fn a_long_text_is_wrapped_between_words() {
        let text = wrapped(&"word ".repeat(50));
        assert!(text.lines().count() == 3 && text.lines().all(|line| line.len() <= WIDTH));
        assert_eq!(wrapped("one two"), "one two\n");
    }

    #[test]
    fn the_widest_row_fits_a_hundred_columns() {
        let label = "load generator, 12 bare HTTP echoes";
        let figure = Figure::new("k", label, 0.000_123_4, Unit::Seconds)
            .at_most(0.000_222_2)
            .beside("HTTP echo + ZMQ.", 0.000_111_1);
        let row = row_of(&figure);
        assert!(row.trim_end().chars().count() <= WIDTH, "{row}");
        assert!(row.contains("met") && row.contains("1.1×"), "{row}");
    }
}
