//! Objects of Stripe's API, read by the few fields that matter.

use lyceum_contract::Timestamp;
use serde_json::Value;

use crate::ports::Unavailable;

/// One object, or a part of one. Every reader says `None` for a field that is missing, null or of another type.
#[derive(Debug, Clone, Default)]
pub(super) struct Object(Value);

impl Object {
    pub(super) fn parse(json: &[u8]) -> Result<Self, Unavailable> {
        match serde_json::from_slice(json) {
            Ok(value @ Value::Object(_)) => Ok(Self(value)),
            _ => Err(Unavailable::new("payments", "Stripe answered something that is no object")),
        }
    }

    /// The field at a path of names: `latest_charge.refunded`. A name in a list is its index.
    fn at(&self, path: &str) -> Option<&Value> {
        path.split('.').try_fold(&self.0, |value, name| match value {
            Value::Object(fields) => fields.get(name),
            Value::Array(items) => items.get(name.parse::<usize>().ok()?),
            _ => None,
        })
    }

    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.at(path)?.as_str()
    }

    pub(super) fn integer(&self, path: &str) -> Option<i64> {
        self.at(path)?.as_i64()
    }

    pub(super) fn time(&self, path: &str) -> Option<Timestamp> {
        self.integer(path).map(Timestamp)
    }

    /// False unless it is there and true.
    pub(super) fn flag(&self, path: &str) -> bool {
        self.at(path).and_then(Value::as_bool).unwrap_or(false)
    }

    /// The id of what a field refers to, expanded or not.
    pub(super) fn id(&self, path: &str) -> Option<&str> {
        match self.at(path)? {
            Value::String(id) => Some(id),
            Value::Object(fields) => fields.get("id")?.as_str(),
            _ => None,
        }
    }

    /// An expanded field.
    pub(super) fn object(&self, path: &str) -> Option<Self> {
        self.at(path).filter(|value| value.is_object()).cloned().map(Self)
    }

    /// The texts in a list; none when there is no list.
    pub(super) fn texts(&self, path: &str) -> Vec<&str> {
        let items = self.at(path).and_then(Value::as_array);
        items.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The objects in a list; none when there is no list.
    pub(super) fn list(&self, path: &str) -> Vec<Self> {
        let items = self.at(path).and_then(Value::as_array);
        items.into_iter().flatten().filter(|item| item.is_object()).cloned().map(Self).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_nothing() {
        let object = Object::parse(br#"{"a":{"b":[{"c":7}],"d":null},"e":"x","f":{"id":"y"},"g":true}"#)
            .expect("an object");
        assert_eq!(object.integer("a.b.0.c"), Some(7));
        assert_eq!(object.integer("a.b.1.c"), None);
        assert_eq!(object.text("a.d"), None);
        assert_eq!(object.text("a.b"), None);
        assert_eq!((object.id("e"), object.id("f"), object.id("a")), (Some("x"), Some("y"), None));
        assert!(object.flag("g") && !object.flag("e") && !object.flag("h"));
        assert_eq!((object.list("a.b").len(), object.list("a").len(), object.list("z").len()), (1, 0, 0));
        assert!(object.object("e").is_none() && object.object("f").is_some());
    }

    #[test]
    fn only_an_object_is_one() {
        for garbage in ["", "[]", "7", "null", "<html>", "{"] {
            assert!(Object::parse(garbage.as_bytes()).is_err(), "{garbage}");
        }
    }
}
