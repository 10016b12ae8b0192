//! Why something of a host's failed, in the reader's language. It is kept in English, as logs and programs have it.
//! What Daymark says itself has its words in each locale, under a key made of the English; all else stands as it came.

use scheduling::locale::LocaleWords;

/// How the keys of all begin.
const PREFIX: &str = "endpoint.reason.";
/// The names of what differs from case to case, in the order in which a reason has it.
const VALUES: [&str; 3] = ["x", "y", "z"];

/// A reason in words; as it is where none of it is Daymark's own.
pub(crate) fn in_words(words: &LocaleWords, reason: &str) -> String {
    translated(words, reason).unwrap_or_else(|| reason.to_owned())
}

fn translated(words: &LocaleWords, reason: &str) -> Option<String> {
    let (key, values) = key(reason);
    if words.messages.contains_key(&key) {
        return Some(words.message(&key, &values));
    }
    let (what, why) = reason.split_once(": ")?;
    let (told, because) = (translated(words, what), translated(words, why));
    if told.is_none() && because.is_none() {
        return None;
    }
    let [what, why] = [(told, what), (because, why)].map(|(known, term)| {
        known.unwrap_or_else(|| words.message("endpoint.reason_parts.term", &[("term", term)]))
    });
    Some(words.message("endpoint.reason_parts.both", &[("what", &what), ("why", &why)]))
}

/// The key of a reason without numbers, names of settings and codes; and these.
fn key(reason: &str) -> (String, Vec<(&'static str, &str)>) {
    let (mut key, mut values) = (PREFIX.to_owned(), Vec::new());
    let mut before = "";
    for word in reason.split(' ') {
        if key.len() > PREFIX.len() {
            key.push('_');
        }
        let is_name = word.bytes().any(|byte| byte.is_ascii_digit() || matches!(byte, b'_' | b'('))
            || (before == "secret" && word.bytes().all(|byte| byte.is_ascii_uppercase()));
        match VALUES.get(values.len()) {
            Some(name) if is_name => {
                values.push((*name, word));
                key.push_str(name);
            }
            _ => key.extend(
                word.bytes()
                    .filter(u8::is_ascii_alphanumeric)
                    .map(|byte| char::from(byte.to_ascii_lowercase())),
            ),
        }
        before = word;
    }
    (key, values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fixture;

    #[track_caller]
    fn check(locale: &str, reason: &str, expected: &str) {
        assert_eq!(in_words(&fixture::site().0.words[locale], reason), expected);
    }

    #[test]
    fn what_daymark_says_is_in_the_readers_language_and_all_else_is_quoted() {
        check(
            "ja",
            "it answered 500 (ErrorInternalServerError): Microsoft's server has a fault",
            "500(ErrorInternalServerError)が返されました。Microsoftのサーバーで障害が起きています",
        );
        check("ja", "the secret AIKO is not set", "シークレットAIKOが設定されていません");
        check("ja", "it cannot be reached: connection refused", "接続できません。「connection refused」");
        for unknown in ["quota exceeded", "a: b", "{x}: it", ""] {
            check("ja", unknown, unknown);
        }
    }

    #[test]
    fn in_english_a_reason_is_as_it_is_kept() {
        let (site, _) = fixture::site();
        let messages = &site.words["en"].messages;
        let reasons = messages.iter().filter(|(key, _)| key.starts_with("endpoint.reason."));
        let mut count = 0;
        for (known, message) in reasons {
            let reason = message.replace("{x}", "A_1").replace("{y}", "B_2");
            assert_eq!((&key(&reason).0, &in_words(&site.words["en"], &reason)), (known, &reason));
            count += 1;
        }
        assert!(count > 50, "{count}");
        check("en", "it cannot be reached: no way: at all", "it cannot be reached: no way: at all");
    }

    /// Each reason that the table of failures has.
    #[test]
    fn whatever_fails_is_said_in_japanese() {
        let said = include_str!("../calendars/tests/failures.txt");
        let desks = said.lines().filter(|line| line.trim_start().starts_with("desk"));
        let mut count = 0;
        for reason in desks.filter_map(|line| line.split_once('“')?.1.split_once('”')) {
            let told = in_words(&fixture::site().0.words["ja"], reason.0);
            let own = told.split(['「', '」']).step_by(2).collect::<String>();
            assert!(!own.contains(" the ") && own != reason.0, "{} is {told}", reason.0);
            count += 1;
        }
        assert!(count > 50, "{count}");
    }
}
