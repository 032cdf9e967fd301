//! Manual pages and completions, made from the command line's own definition.

use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

use crate::args::Args;

/// A file to be installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its name, such as `phoebectl-ping.1`.
    pub name: String,
    /// What is in it.
    pub content: Vec<u8>,
}

/// Real output: what the tests hold the program to. The page, what is typed, what is printed.
const EXAMPLES: [(&str, &str, &str); 15] = [
    ("phoebectl", "phoebectl status", STATUS),
    ("phoebectl-status", "phoebectl status", STATUS),
    (
        "phoebectl-sessions-list",
        "phoebectl sessions list",
        include_str!("../tests/cli/snapshots/sessions_list_100.txt"),
    ),
    (
        "phoebectl-sessions-show",
        "phoebectl sessions show 5f0c8a52-5d0e-4b1c-9a53-0b7d7b1f3c1e",
        include_str!("../tests/cli/snapshots/sessions_show.txt"),
    ),
    (
        "phoebectl-sessions-kill",
        "phoebectl sessions kill --all --yes",
        include_str!("../tests/cli/snapshots/sessions_kill.txt"),
    ),
    (
        "phoebectl-sessions-logs",
        "phoebectl sessions logs 5f0c8a52-5d0e-4b1c-9a53-0b7d7b1f3c1e",
        include_str!("../tests/cli/snapshots/sessions_logs.txt"),
    ),
    (
        "phoebectl-users-add",
        "phoebectl users add Ada@example.org --first-name Ada --last-name Lovelace",
        include_str!("../tests/cli/snapshots/users_add.txt"),
    ),
    (
        "phoebectl-users-list",
        "phoebectl users list",
        include_str!("../tests/cli/snapshots/users_list.txt"),
    ),
    (
        "phoebectl-users-import",
        "phoebectl users import class.csv",
        include_str!("../tests/cli/snapshots/users_import.txt"),
    ),
    (
        "phoebectl-tokens-issue",
        "phoebectl tokens issue ada@example.org --label 'nightly fits' --expires-in 30d",
        include_str!("../tests/cli/snapshots/tokens_issue.txt"),
    ),
    (
        "phoebectl-tokens-list",
        "phoebectl tokens list",
        include_str!("../tests/cli/snapshots/tokens_list.txt"),
    ),
    ("phoebectl-audit", "phoebectl audit", include_str!("../tests/cli/snapshots/audit.txt")),
    ("phoebectl-ports", "phoebectl ports", include_str!("../tests/cli/snapshots/ports.txt")),
    ("phoebectl-reload", "phoebectl reload", include_str!("../tests/cli/snapshots/reload.txt")),
    (
        "phoebectl-init-db",
        "phoebectl init-db --force",
        include_str!("../tests/cli/snapshots/init_db_force.txt"),
    ),
];

/// What stands at the foot of each page.
const SOURCE: &str = concat!("phoebectl ", env!("CARGO_PKG_VERSION"));

const STATUS: &str = include_str!("../tests/cli/snapshots/status.txt");

/// The shells that have completions in the package, with the names of their files.
pub const SHELLS: [(Shell, &str); 3] =
    [(Shell::Bash, "phoebectl.bash"), (Shell::Fish, "phoebectl.fish"), (Shell::Zsh, "_phoebectl")];

/// Completions for a shell.
pub fn completions(shell: Shell) -> Vec<u8> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "phoebectl", &mut text);
    text
}

/// A manual page for each command, `help` excepted.
pub fn man_pages() -> Vec<Page> {
    let mut command = Args::command().disable_help_subcommand(true);
    command.build();
    let mut pages = Vec::new();
    add_pages(&command, "phoebectl", &mut pages);
    pages
}

fn add_pages(command: &Command, name: &str, pages: &mut Vec<Page>) {
    let subcommands = command.get_subcommands().filter(|command| !command.is_hide_set());
    for subcommand in subcommands {
        add_pages(subcommand, &format!("{name}-{}", subcommand.get_name()), pages);
    }
    let mut content = Vec::new();
    // Writing into memory does not fail.
    let _ = Man::new(command.clone()).manual("phoebed").source(SOURCE).render(&mut content);
    content.extend(examples(name).into_bytes());
    pages.push(Page { name: format!("{name}.1"), content });
}

/// The page's section of examples, in the language of manual pages.
fn examples(name: &str) -> String {
    let of_page: Vec<_> = EXAMPLES.iter().filter(|(page, ..)| *page == name).collect();
    let mut section = String::new();
    if !of_page.is_empty() {
        section.push_str(".SH EXAMPLES\n.nf\n");
    }
    for (_, typed, printed) in &of_page {
        section.push_str(&format!("\\fB$ {}\\fR\n", literal(typed)));
        let data = printed.lines().take_while(|line| *line != "--- stderr");
        data.for_each(|line| section.push_str(&format!("{}\n", literal(line))));
    }
    if !of_page.is_empty() {
        section.push_str(".fi\n");
    }
    section
}

/// A line that stands for itself: the backslash and a dot at the beginning mean something else.
fn literal(line: &str) -> String {
    let line = line.replace('\\', "\\e").replace('-', "\\-");
    if line.starts_with(['.', '\'']) { format!("\\&{line}") } else { line }
}
