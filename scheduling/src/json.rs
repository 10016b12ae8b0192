//! Reading JSON into our own types: a struct is an object, and nothing else.
//!
//! serde's derived code is compiled once for each type, together with whatever it reads from; that was a tenth of the
//! Worker. So text is read into [`Value`]s first, by one piece of code, and what turns these into each type does
//! next to nothing itself.

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, Expected, MapAccess, SeqAccess,
    Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Map, Number, Value, map};

/// Reads a value from its text (RFC 8259). Of a key that comes twice, the last value counts.
pub fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    let json: Value = serde_json::from_str(text)?;
    from_value(&json)
}

/// Reads a value from the bytes of its text, which is UTF-8.
pub fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    from_str(std::str::from_utf8(bytes).map_err(Error::custom)?)
}

/// Reads a value from what is JSON already.
pub fn from_value<T: DeserializeOwned>(json: &Value) -> Result<T, Error> {
    T::deserialize(Json(json))
}

/// A reader of a value, or of a part of one.
struct Json<'a>(&'a Value);

impl<'a> Json<'a> {
    fn refuse<T>(&self, expected: &dyn Expected) -> Result<T, Error> {
        let found = match self.0 {
            Value::Null => Unexpected::Unit,
            Value::Bool(value) => Unexpected::Bool(*value),
            Value::Number(_) => Unexpected::Other("number"),
            Value::String(text) => Unexpected::Str(text),
            Value::Array(_) => Unexpected::Seq,
            Value::Object(_) => Unexpected::Map,
        };
        Err(Error::invalid_type(found, expected))
    }

    fn number(&self, expected: &dyn Expected) -> Result<&'a Number, Error> {
        let Value::Number(number) = self.0 else { return self.refuse(expected) };
        Ok(number)
    }

    fn text(&self, expected: &dyn Expected) -> Result<&'a str, Error> {
        let Value::String(text) = self.0 else { return self.refuse(expected) };
        Ok(text)
    }

    fn elements(&self, expected: &dyn Expected) -> Result<Elements<'a>, Error> {
        let Value::Array(elements) = self.0 else { return self.refuse(expected) };
        Ok(Elements(elements.iter()))
    }

    fn entries(&self, expected: &dyn Expected) -> Result<Entries<'a>, Error> {
        let Value::Object(entries) = self.0 else { return self.refuse(expected) };
        Ok(Entries { left: entries.iter(), value: &Value::Null })
    }

    /// A variant's name, with what it holds.
    fn variant(&self, expected: &dyn Expected) -> Result<Variant<'a>, Error> {
        match self.0 {
            Value::String(name) => Ok(Variant { name, held: &Value::Null }),
            Value::Object(entries) => only(entries, expected),
            _ => self.refuse(expected),
        }
    }
}

fn only<'a>(entries: &'a Map<String, Value>, expected: &dyn Expected) -> Result<Variant<'a>, Error> {
    match entries.iter().next() {
        Some((name, held)) if entries.len() == 1 => Ok(Variant { name, held }),
        _ => Err(Error::invalid_length(entries.len(), expected)),
    }
}

fn visit_number<'de, V: Visitor<'de>>(number: &Number, visitor: V) -> Result<V::Value, Error> {
    match (number.as_u64(), number.as_i64(), number.as_f64()) {
        (Some(number), ..) => visitor.visit_u64(number),
        (_, Some(number), _) => visitor.visit_i64(number),
        (.., number) => visitor.visit_f64(number.unwrap_or(f64::NAN)),
    }
}

macro_rules! read_numbers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            let number = self.number(&visitor)?;
            visit_number(number, visitor)
        })*
    };
}

macro_rules! read_texts {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            let text = self.text(&visitor)?;
            visitor.visit_borrowed_str(text)
        })*
    };
}

impl<'de> Deserializer<'de> for Json<'de> {
    type Error = Error;

    read_numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64
    }
    read_texts! { deserialize_char deserialize_str deserialize_string deserialize_identifier }
    forward_to_deserialize_any! { bool bytes byte_buf unit unit_struct }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => visit_number(number, visitor),
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(_) => self.deserialize_seq(visitor),
            Value::Object(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let mut elements = self.elements(&visitor)?;
        let value = visitor.visit_seq(&mut elements)?;
        elements.end()?;
        Ok(value)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let entries = self.entries(&visitor)?;
        visitor.visit_map(entries)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let variant = self.variant(&visitor)?;
        visitor.visit_enum(variant)
    }
}

/// What is left of an array.
struct Elements<'a>(std::slice::Iter<'a, Value>);

impl Elements<'_> {
    fn end(&self) -> Result<(), Error> {
        if self.0.len() == 0 { Ok(()) } else { Err(Error::custom("too many elements")) }
    }
}

impl<'a> SeqAccess<'a> for &mut Elements<'a> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'a>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        self.0.next().map(|element| seed.deserialize(Json(element))).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// What is left of an object, and the value of the key that was read last.
struct Entries<'a> {
    left: map::Iter<'a>,
    value: &'a Value,
}

impl<'a> Entries<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let (key, value) = self.left.next()?;
        self.value = value;
        Some(key)
    }
}

impl<'a> MapAccess<'a> for Entries<'a> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'a>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        self.next().map(|key| seed.deserialize(Key(key))).transpose()
    }

    fn next_value_seed<S: DeserializeSeed<'a>>(&mut self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(Json(self.value))
    }
}

/// An object's key: a text, or a number that is written as one.
struct Key<'a>(&'a str);

macro_rules! read_numeric_keys {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self.0.parse::<Number>() {
                Ok(number) => visit_number(&number, visitor),
                Err(_) => visitor.visit_borrowed_str(self.0),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for Key<'de> {
    type Error = Error;

    read_numeric_keys! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }
    forward_to_deserialize_any! {
        bool f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_str(self.0)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(BorrowedStrDeserializer::new(self.0))
    }
}

/// A variant by its name, and what it holds; nothing is null.
struct Variant<'a> {
    name: &'a str,
    held: &'a Value,
}

impl<'a> EnumAccess<'a> for Variant<'a> {
    type Error = Error;
    type Variant = Json<'a>;

    fn variant_seed<S: DeserializeSeed<'a>>(self, seed: S) -> Result<(S::Value, Json<'a>), Error> {
        Ok((seed.deserialize(Key(self.name))?, Json(self.held)))
    }
}

impl<'de> VariantAccess<'de> for Json<'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        if self.0.is_null() { Ok(()) } else { self.refuse(&"unit variant") }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Serialize};
    use serde_json::Value;

    use super::from_str;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Plain,
        Wrapped(Box<Inner>),
        Pair(i64, Option<bool>),
        Named { inner: Vec<Inner>, text: String },
    }

    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    struct Inner {
        number: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        other: Option<Box<Inner>>,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Outer {
        kinds: Vec<Kind>,
        by_name: BTreeMap<String, Inner>,
        span: [i64; 2],
        anything: Value,
        half: f64,
        nothing: (),
    }

    #[test]
    fn whatever_was_written_is_read_again() {
        let inner = Inner { number: 7, other: Some(Box::default()) };
        let outer = Outer {
            kinds: vec![
                Kind::Plain,
                Kind::Wrapped(Box::new(inner.clone())),
                Kind::Pair(-3, None),
                Kind::Pair(1 << 40, Some(true)),
                Kind::Named { inner: vec![inner.clone()], text: "\"\u{1f600}\n".to_owned() },
            ],
            by_name: [("ä".to_owned(), inner)].into(),
            span: [-1, i64::MAX],
            anything: serde_json::json!({ "a": [1, null, -2.5, { "b": "c" }], "d": true }),
            half: 0.5,
            nothing: (),
        };
        let text = serde_json::to_string(&outer).unwrap();
        assert_eq!(from_str::<Outer>(&text).unwrap(), outer);
    }

    #[track_caller]
    fn check_refused(text: &str, expected: &str) {
        assert_eq!(from_str::<Vec<Kind>>(text).unwrap_err().to_string(), expected);
    }

    #[test]
    fn a_struct_is_an_object_and_nothing_else() {
        check_refused(r#"[{"wrapped":[7]}]"#, "invalid type: sequence, expected struct Inner");
        check_refused(
            r#"[{"named":[[],"x"]}]"#,
            "invalid type: sequence, expected struct variant Kind::Named",
        );
        check_refused(r#"[{"named":{"inner":[]}}]"#, "missing field `text`");
        check_refused(r#"["plain"] x"#, "trailing characters at line 1 column 11");
        check_refused(
            r#"["other"]"#,
            "unknown variant `other`, expected one of `plain`, `wrapped`, `pair`, `named`",
        );
    }
}
