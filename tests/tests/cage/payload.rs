//! The Python code that a hostile bundle carries, and how its report comes back.

use phoebed_tests::Answer;
use serde_json::{Value, json};

/// The modules of `hostile/`, in an order in which each finds those that it imports.
const MODULES: &[(&str, &str)] = &[
    ("frame", include_str!("hostile/frame.py")),
    ("reading", include_str!("hostile/reading.py")),
    ("writing", include_str!("hostile/writing.py")),
    ("processes", include_str!("hostile/processes.py")),
    ("network", include_str!("hostile/network.py")),
    ("kernel", include_str!("hostile/kernel.py")),
    ("identity", include_str!("hostile/identity.py")),
    ("heavy", include_str!("hostile/heavy.py")),
];
/// What stands before a report in the text of an error.
const MARK: &str = "REPORT-OF-THE-HOSTILE:";

/// A Python statement that makes the modules, calls one of their functions with the targets, and
/// raises what it returns. One line, without braces and without calls that PHOEBE knows: it
/// reads the expression of a constraint for those.
pub fn statement(function: &str, targets: &Value) -> String {
    let program = format!(
        "import json, sys, types\n\
         package = types.ModuleType('hostile')\n\
         package.__path__ = []\n\
         sys.modules['hostile'] = package\n\
         for name, source in json.loads({modules}):\n\
         \x20   module = types.ModuleType('hostile.' + name)\n\
         \x20   module.__package__ = 'hostile'\n\
         \x20   sys.modules['hostile.' + name] = module\n\
         \x20   exec(compile(source, name, 'exec'), module.__dict__)\n\
         targets = json.loads({targets})\n\
         report = sys.modules['hostile.{module}'].{function}(targets)\n\
         raise SystemExit('{MARK}' + json.dumps(report))\n",
        modules = python_text(&json!(MODULES).to_string()),
        targets = python_text(&targets.to_string()),
        module = function.split_once('.').expect("module.function").0,
        function = function.split_once('.').expect("module.function").1,
    );
    format!("exec(bytes.fromhex('{}').decode(), dict())", hex(&program))
}

/// What the code reported in the error of an answer.
#[track_caller]
pub fn report(answer: &Answer) -> Value {
    let body = answer.clone().expect(200).json();
    let error = body["error"].as_str().unwrap_or_else(|| panic!("no error: {body}"));
    let (_, report) = error.split_once(MARK).unwrap_or_else(|| panic!("no report: {body}"));
    serde_json::from_str(report).unwrap_or_else(|why| panic!("{why}: {report}"))
}

/// A text as Python writes it; its rules for these characters are JSON's.
fn python_text(text: &str) -> String {
    assert!(text.is_ascii(), "the hostile code is ASCII");
    json!(text).to_string()
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}
