//! What a user of this server may do, in both APIs and on the command line.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a user may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Role {
    /// Have sessions of their own.
    #[default]
    Student,
    /// See every session too, without using or ending it.
    Instructor,
    /// See, use and end every session.
    Admin,
}

/// A text that names no role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no role {0:?}: it must be one of {names}", names = Role::ALL.map(Role::name).join(", "))]
pub struct UnknownRole(pub String);

impl Role {
    /// Every role, the one that may least first.
    pub const ALL: [Self; 3] = [Self::Student, Self::Instructor, Self::Admin];

    /// Its name, on the wire and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Student => "student",
            Self::Instructor => "instructor",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        let role = Self::ALL.into_iter().find(|role| role.name() == text);
        role.ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_its_name_everywhere() {
        for role in Role::ALL {
            assert_eq!(role.to_string().parse(), Ok(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.name());
        }
        assert_eq!(Role::default(), Role::Student);
    }

    #[test]
    fn an_unknown_role_is_refused_with_the_list() {
        let error = "Admin".parse::<Role>().unwrap_err().to_string();
        assert_eq!(
            error,
            "there is no role \"Admin\": it must be one of student, instructor, admin"
        );
        let error = serde_json::from_str::<Role>("\"root\"").unwrap_err().to_string();
        assert!(error.contains("`student`, `instructor`, `admin`"), "{error}");
    }
}
