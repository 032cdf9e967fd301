//! Users in a CSV file: a first line that names the columns, then a line for each user.

use std::collections::HashMap;

use csv::{ByteRecord, ReaderBuilder};
use phoebed_common::Role;
use phoebed_common::admin::{MOST_IMPORTED, NewUser};

/// The columns that there can be; the first three must be there.
const COLUMNS: [&str; 5] = ["email", "first_name", "last_name", "role", "password"];
const NEEDED: usize = 3;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads the users.
///
/// # Errors
/// Every line that is wrong, with its number and why. Passwords are not quoted.
pub fn parse(content: &[u8]) -> Result<Vec<NewUser>, Vec<String>> {
    let content = content.strip_prefix(BYTE_ORDER_MARK).unwrap_or(content);
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(content);
    let mut columns = None;
    let mut seen = HashMap::new();
    let (mut users, mut faults) = (Vec::new(), Vec::new());
    for record in reader.byte_records() {
        let record = record.map_err(|error| vec![error.to_string()])?;
        let line = line(content, &record);
        let Some(columns) = &columns else {
            columns = Some(Columns::of(&record).map_err(|why| vec![at(line, &why)])?);
            continue;
        };
        match user(&record, columns, line, &mut seen) {
            Ok(user) => users.push(user),
            Err(why) => faults.push(at(line, &why)),
        }
    }
    if users.is_empty() && faults.is_empty() {
        faults.push("there are no users in it".to_owned());
    }
    if users.len() > MOST_IMPORTED {
        let users = users.len();
        faults.push(format!("there are {users} users in it, more than {MOST_IMPORTED}"));
    }
    if faults.is_empty() { Ok(users) } else { Err(faults) }
}

/// Where each of [`COLUMNS`] stands in a line.
struct Columns {
    places: [Option<usize>; COLUMNS.len()],
    number: usize,
}

impl Columns {
    fn of(header: &ByteRecord) -> Result<Self, String> {
        let mut columns = Self { places: [None; COLUMNS.len()], number: header.len() };
        for (place, name) in header.iter().enumerate() {
            let name = text(name)?.trim().to_lowercase();
            let known = COLUMNS.iter().position(|column| *column == name);
            let Some(known) = known else {
                return Err(format!("{name:?} is no column; there are {}", COLUMNS.join(", ")));
            };
            if columns.places[known].replace(place).is_some() {
                return Err(format!("the column {name} is there twice"));
            }
        }
        let missing: Vec<&str> = COLUMNS[..NEEDED]
            .iter()
            .zip(columns.places)
            .filter_map(|(column, place)| place.is_none().then_some(*column))
            .collect();
        if missing.is_empty() {
            return Ok(columns);
        }
        Err(format!("must name the columns; missing: {}", missing.join(", ")))
    }
}

fn user(
    record: &ByteRecord,
    columns: &Columns,
    line: usize,
    seen: &mut HashMap<String, usize>,
) -> Result<NewUser, String> {
    if record.len() != columns.number {
        let (fields, columns) = (record.len(), columns.number);
        return Err(format!("has {fields} fields where the first line has {columns}"));
    }
    let mut fields = [""; COLUMNS.len()];
    for (field, place) in fields.iter_mut().zip(columns.places) {
        *field = place.and_then(|place| record.get(place)).map_or(Ok(""), text)?;
    }
    // A password is taken as it stands: spaces may be part of it.
    let [email, first_name, last_name, role] = [0, 1, 2, 3].map(|column| fields[column].trim());
    let password = fields[4];
    if !email.contains('@') {
        return Err(format!("{email:?} is no email address"));
    }
    if let Some(other) = seen.insert(email.to_lowercase(), line) {
        return Err(format!("{email} stands in line {other} already"));
    }
    let role = if role.is_empty() { Ok(Role::default()) } else { role.to_lowercase().parse() };
    Ok(NewUser {
        email: email.to_owned(),
        first_name: first_name.to_owned(),
        last_name: last_name.to_owned(),
        role: role.map_err(|error: phoebed_common::role::UnknownRole| error.to_string())?,
        password: (!password.is_empty()).then(|| password.into()),
    })
}

fn text(field: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(field).map_err(|_| "is not UTF-8: save the file as CSV UTF-8".to_owned())
}

fn at(line: usize, why: &str) -> String {
    format!("line {line}: {why}")
}

/// The line in which a record begins. The reader's own count takes the rest of a line's end and
/// empty lines for a part of the record after them.
fn line(content: &[u8], record: &ByteRecord) -> usize {
    let start = record.position().map_or(0, |position| position.byte());
    let start = usize::try_from(start).unwrap_or(0).min(content.len());
    let ends = content[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    content[..start + ends].iter().filter(|byte| **byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_may_stand_in_any_order_and_case_after_a_byte_order_mark() {
        let file = "\u{feff}Last_Name,EMAIL,first_name\r\nLovelace, ada@example.org ,Ada\r\n\r\n\
                    \"Noether, E.\",emmy@example.org,\r\n";
        let users = parse(file.as_bytes()).unwrap();
        assert_eq!(users.len(), 2);
        assert_eq!(users[0].email, "ada@example.org");
        assert_eq!((users[0].first_name.as_str(), users[0].role), ("Ada", Role::Student));
        assert_eq!((users[1].last_name.as_str(), &users[1].password), ("Noether, E.", &None));
    }

    #[test]
    fn role_and_password_may_be_given_and_a_password_keeps_its_spaces() {
        let file = "email,first_name,last_name,role,password\na@b,A,B,Instructor, geheim \na@c,,,,";
        let users = parse(file.as_bytes()).unwrap();
        assert_eq!(users[0].role, Role::Instructor);
        assert_eq!(users[0].password, Some(" geheim ".into()));
        assert_eq!((users[1].role, &users[1].password), (Role::Student, &None));
    }

    #[test]
    fn every_faulty_line_is_named_with_its_number() {
        let file =
            b"email,first_name,last_name,role,password\r\na@b,\"A\r\nA\",B,,\r\n\r\nA@B,,,,\r\n\
                     nobody,,,,\r\na@c,,,root,\r\na@d,\r\na@\xff,,,,geheim\r\na@e,,,,\r\n";
        let faults = parse(file).unwrap_err();
        let expected = [
            "line 5: A@B stands in line 2 already",
            "line 6: \"nobody\" is no email address",
            "line 7: there is no role \"root\": it must be one of student, instructor, admin",
            "line 8: has 2 fields where the first line has 5",
            "line 9: is not UTF-8: save the file as CSV UTF-8",
        ];
        assert_eq!(faults, expected);
    }

    #[test]
    fn a_first_line_that_does_not_name_the_columns_is_said() {
        let fault = |file: &str| parse(file.as_bytes()).unwrap_err().join("\n");
        assert_eq!(
            fault("email,last_name\na@b,B"),
            "line 1: must name the columns; missing: first_name"
        );
        assert!(fault("a@b,Ada,Lovelace").starts_with("line 1: \"a@b\" is no column; there are "));
        assert_eq!(fault("email,Email"), "line 1: the column email is there twice");
        assert_eq!(fault(""), "there are no users in it");
        assert_eq!(fault("email,first_name,last_name\n"), "there are no users in it");
    }

    #[test]
    fn no_more_are_taken_than_the_daemon_takes() {
        let mut file = "email,first_name,last_name\n".to_owned();
        (0..=MOST_IMPORTED).for_each(|number| file.push_str(&format!("{number}@b,,\n")));
        assert_eq!(parse(file.as_bytes()).unwrap_err().len(), 1);
        let last = file.trim_end().rfind('\n').unwrap();
        assert_eq!(parse(&file.as_bytes()[..last]).unwrap().len(), MOST_IMPORTED);
    }
}
