//! What a JSON text is, found without building it.

use std::borrow::Cow;
use std::fmt;

use phoebed_common::api::{RawJson, WellFormed};
use serde::Deserialize;
use serde::de::{MapAccess, SeqAccess, Visitor};

/// What a JSON text is. Reading one checks the whole of the text.
#[derive(Debug, PartialEq, Eq)]
pub enum Shape {
    /// An object, with its last member `command` when that is a string.
    Object(Option<String>),
    /// Anything else.
    Other,
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ShapeVisitor)
    }
}

struct ShapeVisitor;

impl<'de> Visitor<'de> for ShapeVisitor {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Shape, A::Error> {
        let mut command = None;
        while let Some(key) = members.next_key::<Cow<'de, str>>()? {
            if key == "command" {
                let value: RawJson = members.next_value()?;
                command = serde_json::from_str(value.text()).ok();
            } else {
                members.next_value::<WellFormed>()?;
            }
        }
        Ok(Shape::Object(command))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Shape, A::Error> {
        while items.next_element::<WellFormed>()?.is_some() {}
        Ok(Shape::Other)
    }

    fn visit_unit<E>(self) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Shape, E> {
        Ok(Shape::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<Shape, E> {
        Ok(Shape::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Result<Shape, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn the_last_of_duplicate_commands_counts() {
        let twice = r#"{"command":"a","x":[1,{"command":"b"}],"command":"c"}"#;
        assert_eq!(shape(twice).unwrap(), Shape::Object(Some("c".into())));
        assert_eq!(shape(r#"{"command":7}"#).unwrap(), Shape::Object(None));
        assert_eq!(shape("[1,2]").unwrap(), Shape::Other);
    }

    #[test]
    fn what_is_not_json_is_refused_wherever_it_stands() {
        for bad in [
            "{",
            "{\"a\":NaN}",
            "{\"a\":[Infinity]}",
            "{\"a\":1e999}",
            "{\"a\":\"\\ud800\"}",
            "{\"a\":1}x",
            "{'a':1}",
            "{\"a\":01}",
        ] {
            assert!(shape(bad).is_err(), "{bad}");
        }
        assert!(shape(&("{\"a\":".to_owned() + &"[".repeat(100_000))).is_err());
    }
}
