use phoebed_common::admin::{ImportAnswer, ImportOutcome, ImportedUser};
use serde_json::json;

use crate::ctl::Ctl;
use crate::fake_daemon::FakeDaemon;
use crate::snapshot;

const ROUTE: &str = "POST /v1/users/import";
const CLASS: &str = "\u{feff}Email,First_Name,Last_Name,Password\r\nada@example.org,Ada,Lovelace,\r\n\
                     emmy@example.org,Emmy,Noether,\"a, b\"\r\nbo@example.org,Bo,,\r\n";

fn row(email: &str, outcome: ImportOutcome, password: Option<&str>) -> ImportedUser {
    ImportedUser {
        email: email.into(),
        outcome,
        user_id: (outcome != ImportOutcome::Refused).then_some(7),
        password: password.map(Into::into),
        reason: None,
    }
}

fn made() -> ImportAnswer {
    let imported = vec![
        row("ada@example.org", ImportOutcome::Created, Some("tide-copper-lantern")),
        row("emmy@example.org", ImportOutcome::Created, None),
        row("bo@example.org", ImportOutcome::Exists, None),
    ];
    ImportAnswer { imported }
}

#[tokio::test]
async fn a_class_is_made_and_its_passwords_are_printed_as_csv() {
    let daemon = FakeDaemon::new().answer(ROUTE, &made()).start();
    std::fs::write(daemon.directory().join("class.csv"), CLASS).unwrap();
    let import = Ctl::new("users import class.csv").within(daemon.directory()).to(&daemon);
    snapshot::check("users_import", &import.run().await, &daemon);
    let said = Ctl::new("users import - --json").to(&daemon).piped(CLASS).run().await;
    assert_eq!(said.json::<ImportAnswer>(), made());
    let sent = json!({"users": [
        {"email": "ada@example.org", "first_name": "Ada", "last_name": "Lovelace",
         "role": "student"},
        {"email": "emmy@example.org", "first_name": "Emmy", "last_name": "Noether",
         "role": "student", "password": "a, b"},
        {"email": "bo@example.org", "first_name": "Bo", "last_name": "", "role": "student"},
    ]});
    assert_eq!(daemon.bodies(ROUTE), [sent.clone(), sent]);
}

#[tokio::test]
async fn what_a_spreadsheet_would_take_for_a_formula_is_guarded_and_a_password_is_not() {
    let formulas = ["=1+1", "+a@x.org", "-a@x.org", "@a", "\ta", "\ra"];
    let created = |email: &&str| row(email, ImportOutcome::Created, Some("-tide"));
    let imported = formulas.iter().chain(&["a=b@x.org"]).map(created).collect();
    let daemon = FakeDaemon::new().answer(ROUTE, &ImportAnswer { imported }).start();
    let said = Ctl::new("users import -").to(&daemon).piped(CLASS).run().await;
    let cells: Vec<_> =
        said.out.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>()).collect();
    let emails: Vec<_> = cells.iter().map(|cells| cells[0]).collect();
    let expected = ["'=1+1", "'+a@x.org", "'-a@x.org", "'@a", "'\\ta", "'\\ra", "a=b@x.org"];
    assert_eq!(emails, expected);
    assert!(cells.iter().all(|cells| cells[1] == "-tide"), "{said:?}");
}

#[tokio::test]
async fn refused_users_are_a_failure_after_all_is_printed() {
    let mut answer = made();
    let refused = row("emmy@example.org", ImportOutcome::Refused, None);
    let reason = Some("the password is shorter than 8 characters\u{1b}[2J".into());
    answer.imported[1] = ImportedUser { reason, ..refused };
    let daemon = FakeDaemon::new().answer(ROUTE, &answer).start();
    let said = Ctl::new("users import -").to(&daemon).piped(CLASS).run().await;
    snapshot::check("users_import_refused", &said, &daemon);
    let said = Ctl::new("users import - --json").to(&daemon).piped(CLASS).run().await;
    assert_eq!(said.code, 1);
    assert_eq!(serde_json::from_str::<ImportAnswer>(&said.out).unwrap(), answer);
}

#[tokio::test]
async fn a_file_with_faults_is_not_sent() {
    let daemon = FakeDaemon::new().answer(ROUTE, &made()).start();
    let faulty = "email,first_name,last_name,role\nnobody,,,\na@b,,,student\na@c,,,root\nA@b,,,\n";
    let said = Ctl::new("users import -").to(&daemon).piped(faulty).run().await;
    snapshot::check("users_import_faulty", &said, &daemon);
    let said = Ctl::new("users import gone.csv").within(daemon.directory()).to(&daemon);
    let said = said.run().await;
    assert_eq!(said.code, 1);
    assert!(said.err.starts_with("error: cannot read gone.csv\ncaused by: No such"), "{said:?}");
    assert!(daemon.asked().is_empty());
}

#[tokio::test]
async fn an_import_may_take_longer_than_other_answers() {
    let delay = std::time::Duration::from_millis(50);
    let daemon = FakeDaemon::new().answer(ROUTE, &made()).delay(delay).start();
    let said = Ctl::new("users import - --timeout 1ms").to(&daemon).piped(CLASS).run().await;
    assert_eq!(said.code, 0, "{said:?}");
}
