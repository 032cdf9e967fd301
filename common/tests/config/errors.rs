//! What is wrong in a file is said with file, line, key, value and what is allowed.

use proptest::prelude::*;

use crate::{read_in, refused, refused_in, user, user_with};

#[test]
fn everything_wrong_is_reported_at_once_in_the_order_of_the_file() {
    let lines = refused(
        "[server]\nport = \"8001\"\nprot = 1\n\
         [logging]\nlevel = \"LOUD\"\n[workers]\nspares = -1\n",
    );
    let expected = [
        "/etc/x/config.toml:2: server.port = \"8001\": must be a whole number from 0 to 65535",
        "/etc/x/config.toml:3: server.prot: unknown key; did you mean server.port?",
        "/etc/x/config.toml:5: logging.level = \"LOUD\": \
         must be TRACE, DEBUG, INFO, WARNING, ERROR or CRITICAL",
        "/etc/x/config.toml:7: workers.spares = -1: must be a whole number from 0 to 1000",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn an_unknown_key_gets_the_nearest_or_the_known_ones() {
    let cases = [
        ("port = 1", "port: unknown key; did you mean server.port?"),
        (
            "[sesion]\nqueue_limit = 1",
            "sesion.queue_limit: unknown key; did you mean session.queue",
        ),
        ("[sesion]", "sesion: unknown key; did you mean session?"),
        ("[tls]\ncertificate = \"x\"", "tls.certificate: unknown section; known are server, auth"),
        ("[port_pool]\ncolour = 1", "port_pool.colour: unknown key; known here are start, end"),
        ("[server.port]\na = 1", "server.port.a: unknown key; did you mean server.port?"),
        ("server = 5", "server: must be a section, written [server]"),
        ("[[server]]\nport = 1", "server: must be a section, written [server]"),
    ];
    for (text, expected) in cases {
        let lines = refused(text);
        assert!(lines.len() == 1 && lines[0].contains(expected), "{text}: {lines:?}");
    }
}

#[test]
fn a_known_section_without_keys_is_fine() {
    crate::read("[server]\n[auth]\n");
}

#[test]
fn text_that_is_no_toml_is_refused_with_its_line() {
    let lines = refused("[server]\nport = \n");
    assert!(lines[0].starts_with("/etc/x/config.toml:2: not valid TOML: "), "{lines:?}");
    let lines = refused("[server]\nport = 1\nport = 2\n");
    assert!(lines[0].starts_with("/etc/x/config.toml:3: not valid TOML: dup"), "{lines:?}");
}

#[test]
fn a_file_with_windows_line_ends_and_a_byte_order_mark_is_read() {
    let config = crate::read("\u{feff}[server]\r\nport = 8002\r\n");
    assert_eq!(config.server.port, 8002);
}

#[test]
fn a_secret_is_in_no_error_even_under_a_misspelt_key_or_with_a_wrong_type() {
    let texts = [
        "[auth]\npasswort = \"hunter2\"",
        "[auth]\npassword = [\"hunter2\"]",
        "[auth]\njwt_secret_key = { value = \"hunter2\" }",
        "auth = \"hunter2\"",
        "[auth]\npassword = \"hunter2",
        "[auth]\npassword = hunter2",
        "[auth]\njwt_secret_key = hunter2 hunter2",
    ];
    for text in texts {
        let lines = refused(text).join("\n");
        assert!(!lines.contains("hunter2"), "{lines}");
    }
    let text = "[auth]\nmode = \"jwt\"\njwt_secret_key = \"test\"";
    assert!(refused(text)[0].contains("auth.jwt_secret_key = (hidden): must be a secret"));
}

#[test]
fn a_value_never_breaks_the_line_of_its_error() {
    let lines = refused("[logging]\nlevel = \"\"\"a\nb\u{1b}[2J\"\"\"");
    assert!(!lines[0].contains(['\n', '\u{1b}']), "{lines:?}");
    let long = format!("[logging]\nlevel = \"{}\"", "x".repeat(5000));
    assert!(refused(&long)[0].len() < 300);
}

#[test]
fn a_key_in_quotes_is_named_in_quotes_on_one_line() {
    let lines = refused("\"server.port\" = 8002\n[server]\n\"a\\nb\\u001b[2J\" = 1");
    assert!(lines[0].contains(":1: \"server.port\": unknown"), "{lines:?}");
    assert!(lines[1].contains(":3: server.\"a\\nb\\u001B[2J\": unknown"), "{lines:?}");
}

#[test]
fn numbers_beyond_all_types_are_refused_like_others() {
    let lines = refused(
        "[server]\nport = 99999999999999999999\n[session]\ncommand_timeout_seconds = 1e999",
    );
    assert!(lines.iter().any(|line| line.contains("server.port") && line.contains("0 to 65535")));
    assert!(lines.iter().any(|line| line.contains("session.command_timeout_seconds")), "{lines:?}");
}

#[test]
fn a_bad_variable_is_named() {
    let environment = user_with("PHOEBE_ENABLE_ONLINE_PASSBANDS", "maybe");
    let expected = "environment PHOEBE_ENABLE_ONLINE_PASSBANDS: engine.online_passbands = \
                    \"maybe\": must be TRUE or FALSE";
    assert_eq!(refused_in("", &environment), [expected]);
}

#[test]
fn a_bad_log_format_is_refused_with_the_known_fields() {
    let lines = refused("[logging]\nformat = \"%(asctme)s\"");
    assert!(
        lines[0].contains("logging.format = \"%(asctme)s\": has an unknown field"),
        "{lines:?}"
    );
    assert!(lines[0].contains("asctime, created, filename"));
}

/// Pieces of a file in any order, and anything else between them.
const PIECES: &str =
    r#"(\[|\]|server|port|workers|auth|mode|[.="{},#\n ]|none|-|1e9|inf|[0-9]{1,3}|.){0,30}"#;

/// Values of every type.
const VALUES: &str = concat!(
    r"(true|0|-?[1-9][0-9]{0,11}|[1-9][0-9]{0,3}\.[0-9]|inf|nan|1979-05-27|\[\]|\[1\]|",
    r#""[a-z%/:.(),]{0,20}")"#,
);

proptest! {
    #[test]
    fn no_text_makes_the_reading_panic(text in PIECES) {
        let _ = read_in(&text, &user(&[]));
    }

    #[test]
    fn any_value_for_any_key_is_taken_or_refused_under_its_name(
        index in any::<prop::sample::Index>(),
        value in VALUES,
    ) {
        let keys = crate::read("").entries();
        let key = index.get(&keys).key;
        let (section, name) = key.split_once('.').unwrap();
        let text = format!("[{section}]\n{name} = {value}\n");
        if let Err(error) = read_in(&text, &user(&[])) {
            // Half of a pool or of TLS, or a mode without its credentials, is wrong through another.
            let other = ["port_pool.", "auth.", "server.tls_"].iter().any(|section| key.starts_with(section));
            let place = format!("/etc/x/config.toml:2: {key} = ");
            prop_assert!(other || error.to_string().starts_with(&place), "{error}");
        }
    }
}
