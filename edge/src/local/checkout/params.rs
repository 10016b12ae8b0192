//! Parameters of a call: form-encoded, with nested names in brackets.

use std::collections::BTreeMap;

use super::error::StripeError;

/// Keys that metadata may have; characters of a key; characters of a value.
const MOST_METADATA: (usize, usize, usize) = (50, 40, 500);

/// The parameters that were given and not taken yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Params(BTreeMap<String, String>);

impl Params {
    /// Reads a form or a query. Of a name that comes twice, the last counts; `[]` is the next place of a list.
    pub(super) fn parse(form: &[u8]) -> Self {
        let mut params = BTreeMap::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(form) {
            let name = match name.strip_suffix("[]") {
                Some(list) => {
                    let place = places.entry(list.to_owned()).or_default();
                    *place += 1;
                    format!("{list}[{}]", *place - 1)
                }
                None => name.into_owned(),
            };
            params.insert(name, value.into_owned());
        }
        Self(params)
    }

    /// All of them as one text: calls with equal texts have equal parameters.
    pub(super) fn text(&self) -> String {
        let mut text = form_urlencoded::Serializer::new(String::new());
        text.extend_pairs(&self.0);
        text.finish()
    }

    /// A text; nothing where it was not given.
    pub(super) fn take(&mut self, name: &str) -> Result<Option<String>, StripeError> {
        match self.0.remove(name) {
            Some(empty) if empty.is_empty() => {
                let message = format!(
                    "You passed an empty string for '{name}'. We assume empty values are an attempt to unset a \
                     parameter; however '{name}' cannot be unset. You should remove '{name}' from your request or \
                     supply a non-empty value."
                );
                Err(StripeError::invalid(message).code("parameter_invalid_empty").of(name))
            }
            given => Ok(given),
        }
    }

    /// A text that must be given.
    pub(super) fn must(&mut self, name: &str) -> Result<String, StripeError> {
        self.take(name)?.ok_or_else(|| {
            let message = format!("Missing required param: {name}.");
            StripeError::invalid(message).code("parameter_missing").of(name)
        })
    }

    /// A text of at most so many characters.
    pub(super) fn short(&mut self, name: &str, most: usize) -> Result<Option<String>, StripeError> {
        let given = self.take(name)?;
        match given {
            Some(long) if long.chars().count() > most => {
                let message = format!("Invalid string: {long}; must be at most {most} characters");
                Err(StripeError::invalid(message).of(name))
            }
            given => Ok(given),
        }
    }

    /// A whole number, not below zero.
    pub(super) fn number(&mut self, name: &str) -> Result<Option<u64>, StripeError> {
        let Some(given) = self.take(name)? else { return Ok(None) };
        given.parse().map(Some).map_err(|_| {
            let message = format!("Invalid integer: {given}");
            StripeError::invalid(message).code("parameter_invalid_integer").of(name)
        })
    }

    /// One of a list of words.
    pub(super) fn one_of(&mut self, name: &str, words: &[&str]) -> Result<Option<String>, StripeError> {
        match self.take(name)? {
            Some(other) if !words.contains(&other.as_str()) => {
                let message = format!("Invalid {name}: must be one of {}", words.join(", "));
                Err(StripeError::invalid(message).of(name))
            }
            given => Ok(given),
        }
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, name: &str) -> Result<Option<bool>, StripeError> {
        match self.take(name)?.as_deref() {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(other) => Err(StripeError::invalid(format!("Invalid boolean: {other}")).of(name)),
        }
    }

    /// The texts of a list, in its order.
    pub(super) fn list(&mut self, name: &str) -> Result<Vec<String>, StripeError> {
        let mut list = Vec::new();
        while let Some(one) = self.take(&format!("{name}[{}]", list.len()))? {
            list.push(one);
        }
        Ok(list)
    }

    /// Whether anything is given within a name, such as `line_items[0]`.
    pub(super) fn has_within(&self, name: &str) -> bool {
        let prefix = format!("{name}[");
        self.0.range(prefix.clone()..).next().is_some_and(|(given, _)| given.starts_with(&prefix))
    }

    /// Metadata, within the limits that Stripe has. An empty value unsets its key.
    pub(super) fn metadata(&mut self, name: &str) -> Result<BTreeMap<String, String>, StripeError> {
        let (most_keys, most_key, most_value) = MOST_METADATA;
        let prefix = format!("{name}[");
        let key_of = |given: &str| {
            let key = given.strip_prefix(&prefix)?.strip_suffix(']')?;
            (!key.contains(['[', ']'])).then(|| key.to_owned())
        };
        let keys: Vec<String> = self.0.keys().filter_map(|given| key_of(given)).collect();
        let mut metadata = BTreeMap::new();
        for key in keys {
            let value = self.0.remove(&format!("{prefix}{key}]")).unwrap_or_default();
            if key.chars().count() > most_key {
                let message =
                    format!("Metadata keys can be at most {most_key} characters long. Invalid key: {key}");
                return Err(StripeError::invalid(message).of(name));
            }
            if value.chars().count() > most_value {
                let message = format!(
                    "Metadata values can have up to {most_value} characters, but you passed in a value that is {} \
                     characters. Invalid value: {value}",
                    value.chars().count()
                );
                return Err(StripeError::invalid(message).of(name));
            }
            if !value.is_empty() {
                metadata.insert(key, value);
            }
        }
        if metadata.len() > most_keys {
            let message = format!("You can only have up to {most_keys} keys in metadata.");
            return Err(StripeError::invalid(message).of(name));
        }
        Ok(metadata)
    }

    /// Refuses what nobody has taken.
    pub(super) fn finish(self) -> Result<(), StripeError> {
        let left: Vec<String> = self.0.into_keys().collect();
        let Some(first) = left.first() else { return Ok(()) };
        let s = if left.len() == 1 { "" } else { "s" };
        let message = format!("Received unknown parameter{s}: {}", left.join(", "));
        Err(StripeError::invalid(message).code("parameter_unknown").of(first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_names_and_lists_are_read() {
        let mut params = Params::parse(b"a[b][0]=1&l[]=x&l[]=y&m[one]=1&m[two]=&a%5Bc%5D=2&twice=1&twice=2");
        assert_eq!(
            params.text(),
            "a%5Bb%5D%5B0%5D=1&a%5Bc%5D=2&l%5B0%5D=x&l%5B1%5D=y&m%5Bone%5D=1&m%5Btwo%5D=&twice=2"
        );
        assert!(params.has_within("a[b]") && !params.has_within("a[x]"));
        assert_eq!(params.number("a[b][0]").unwrap(), Some(1));
        assert_eq!(params.list("l").unwrap(), ["x", "y"]);
        assert_eq!(params.metadata("m").unwrap(), BTreeMap::from([("one".to_owned(), "1".to_owned())]));
        assert_eq!(params.take("twice").unwrap().as_deref(), Some("2"));
        let error = params.finish().unwrap_err();
        assert_eq!(error.message, "Received unknown parameter: a[c]");
        assert_eq!((error.code, error.param.as_deref()), (Some("parameter_unknown"), Some("a[c]")));
    }

    #[test]
    fn what_is_wrong_with_a_parameter_is_said() {
        let said = |form: &str, read: &dyn Fn(&mut Params) -> Option<StripeError>| {
            read(&mut Params::parse(form.as_bytes())).unwrap().message
        };
        assert_eq!(said("", &|params| params.must("mode").err()), "Missing required param: mode.");
        assert_eq!(said("n=-1", &|params| params.number("n").err()), "Invalid integer: -1");
        assert_eq!(said("n=1.5", &|params| params.number("n").err()), "Invalid integer: 1.5");
        assert_eq!(said("f=1", &|params| params.flag("f").err()), "Invalid boolean: 1");
        assert_eq!(
            said("w=c", &|params| params.one_of("w", &["a", "b"]).err()),
            "Invalid w: must be one of a, b"
        );
        assert_eq!(
            said("s=abc", &|params| params.short("s", 2).err()),
            "Invalid string: abc; must be at most 2 characters"
        );
        let expected = "You passed an empty string for 's'. We assume empty values are an attempt to unset a parameter; \
            however 's' cannot be unset. You should remove 's' from your request or supply a non-empty value.";
        assert_eq!(said("s=", &|params| params.take("s").err()), expected);
        assert_eq!(
            said("b=1&c=2", &|params| std::mem::take(params).finish().err()),
            "Received unknown parameters: b, c"
        );
        let many: Vec<String> = (0..51).map(|number| format!("m[{number}]=x")).collect();
        let expected = "You can only have up to 50 keys in metadata.";
        assert_eq!(said(&many.join("&"), &|params| params.metadata("m").err()), expected);
        let key = "k".repeat(41);
        let expected = format!("Metadata keys can be at most 40 characters long. Invalid key: {key}");
        assert_eq!(said(&format!("m[{key}]=1"), &|params| params.metadata("m").err()), expected);
        let value = "v".repeat(501);
        let expected = format!(
            "Metadata values can have up to 500 characters, but you passed in a value that is 501 characters. Invalid \
             value: {value}"
        );
        assert_eq!(said(&format!("m[k]={value}"), &|params| params.metadata("m").err()), expected);
    }
}
