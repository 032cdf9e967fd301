//! What the program says: data to standard output, everything else to standard error.

use std::io::{self, Write};

use jiff::tz::TimeZone;
use phoebed_common::config::Environment;
use serde::Serialize;

use crate::args::{Color, Global};
use crate::client::Reply;
use crate::error::CtlError;
use crate::fields::Fields;
use crate::style::{Cell, Style};
use crate::surroundings::{Stream, Surroundings};
use crate::table::Table;
use crate::text::printable;

/// Both streams with their manners, and the surroundings that commands need.
#[derive(Debug)]
pub struct Console {
    surroundings: Surroundings,
    /// Whether the answer is wanted as JSON.
    pub json: bool,
    color: Color,
}

impl Console {
    /// As the command line wants it.
    pub fn new(surroundings: Surroundings, global: &Global) -> Self {
        Self { surroundings, json: global.json, color: global.color }
    }

    /// The time, in Unix seconds.
    pub fn now(&self) -> f64 {
        (self.surroundings.now)()
    }

    /// The time zone in which times are shown.
    pub fn time_zone(&self) -> &TimeZone {
        &self.surroundings.time_zone
    }

    /// Variables, user, directory.
    pub fn environment(&self) -> &Environment {
        &self.surroundings.environment
    }

    /// This program's file.
    pub fn exe(&self) -> Option<&std::path::Path> {
        self.surroundings.exe.as_deref()
    }

    /// Whether somebody can be asked.
    pub fn interactive(&self) -> bool {
        self.surroundings.interactive
    }

    /// Prints a line of data.
    pub fn line(&mut self, line: impl Into<Cell>) -> Result<(), CtlError> {
        let line = line.into().painted(self.colours(&self.surroundings.out));
        self.print(&format!("{line}\n"))
    }

    /// Prints a table.
    pub fn table(&mut self, table: &Table) -> Result<(), CtlError> {
        let out = &self.surroundings.out;
        self.lines(&table.lines(out.width, self.colours(out)))
    }

    /// Prints names with values.
    pub fn fields(&mut self, fields: &Fields) -> Result<(), CtlError> {
        self.lines(&fields.lines(self.colours(&self.surroundings.out)))
    }

    /// Prints an answer as it came, for programs.
    pub fn answer<T>(&mut self, reply: &Reply<T>) -> Result<(), CtlError> {
        self.bytes(reply.text.trim_ascii_end())?;
        self.print("\n")
    }

    /// Prints a value of this program's own, for programs.
    pub fn json(&mut self, value: &impl Serialize) -> Result<(), CtlError> {
        let text = serde_json::to_vec(value).map_err(|error| CtlError::Output(error.into()))?;
        self.bytes(&text)?;
        self.print("\n")
    }

    /// Prints data as it is.
    pub fn print(&mut self, text: &str) -> Result<(), CtlError> {
        self.bytes(text.as_bytes())
    }

    /// Prints data as it is.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), CtlError> {
        self.surroundings.out.writer.write_all(bytes).map_err(CtlError::Output)
    }

    /// Everything that was printed goes out.
    pub fn flush(&mut self) -> Result<(), CtlError> {
        self.surroundings.out.writer.flush().map_err(CtlError::Output)
    }

    /// Says something besides the data. That nobody listens there is no failure. Data that was
    /// printed before goes out before.
    pub fn note(&mut self, line: &str) {
        let _ = self.flush();
        let _ = writeln!(self.surroundings.err.writer, "{}", printable(line));
    }

    /// Shows a table besides the data.
    pub fn note_table(&mut self, table: &Table) {
        let _ = self.flush();
        let err = &self.surroundings.err;
        for line in table.lines(err.width, self.colours(err)) {
            let _ = writeln!(self.surroundings.err.writer, "{line}");
        }
    }

    /// Shows how far something is, in the place of what was shown before; nothing where nobody looks.
    pub fn progress(&mut self, line: &str) {
        if !self.surroundings.interactive {
            return;
        }
        let line = printable(line);
        let width = self.surroundings.err.width.unwrap_or(80).saturating_sub(1);
        let shown: String = line.chars().take(width).collect();
        let err = &mut self.surroundings.err.writer;
        let _ = write!(err, "\r\u{1b}[K{shown}");
        let _ = err.flush();
    }

    /// What was shown last is left as it is.
    pub fn progress_over(&mut self) {
        if self.surroundings.interactive {
            let _ = writeln!(self.surroundings.err.writer);
        }
    }

    /// Asks; answers the line that was typed.
    pub fn ask(&mut self, question: &str) -> io::Result<String> {
        let err = &mut self.surroundings.err.writer;
        write!(err, "{}", printable(question))?;
        err.flush()?;
        let mut answer = String::new();
        self.surroundings.input.read_line(&mut answer)?;
        if !answer.ends_with('\n') {
            self.note("");
        }
        Ok(answer.trim().to_owned())
    }

    /// The next line of standard input, with its end.
    pub fn input_line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.surroundings.input.read_line(&mut line)?;
        Ok(line)
    }

    /// All of standard input.
    pub fn input_all(&mut self) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        self.surroundings.input.read_to_end(&mut content)?;
        Ok(content)
    }

    /// Says what went wrong, why, and what to do.
    pub fn error(&mut self, error: &CtlError) {
        let _ = self.flush();
        for (label, text) in error.report() {
            let label = match label {
                "" => String::new(),
                "error" => format!("{} ", self.red("error:")),
                label => format!("{label}: "),
            };
            let text = printable(&text);
            let mark = self.surroundings.error_mark;
            let _ = writeln!(self.surroundings.err.writer, "{mark}{label}{text}");
        }
    }

    fn red(&self, text: &str) -> String {
        let cell = Cell::new(text).style(Style::Bad);
        cell.painted(self.colours(&self.surroundings.err))
    }

    fn lines(&mut self, lines: &[String]) -> Result<(), CtlError> {
        lines.iter().try_for_each(|line| self.print(&format!("{line}\n")))
    }

    fn colours(&self, stream: &Stream) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                let environment = &self.surroundings.environment;
                stream.width.is_some()
                    && environment.variable("NO_COLOR").is_none()
                    && environment.variable("TERM").is_none_or(|term| term != "dumb")
            }
        }
    }
}
