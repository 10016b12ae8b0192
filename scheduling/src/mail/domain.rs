//! The domain of a mail address: ASCII, as mail servers write it to each other.

/// Characters of a domain, and of one of its labels (RFC 1035, 2.3.4).
const MOST_CHARACTERS: usize = 253;
const MOST_LABEL_CHARACTERS: usize = 63;

/// The zero-width joiners, which some scripts need within a word (RFC 5892, A.1 and A.2), and nobody sees elsewhere.
pub(super) const JOINERS: [char; 2] = ['\u{200c}', '\u{200d}'];

/// What separates labels (UTS #46, 2.3).
const DOTS: [char; 4] = ['.', '\u{3002}', '\u{ff0e}', '\u{ff61}'];

/// The domain in ASCII, with Punycode for what is beyond it (UTS #46); `None` if no server can have that name.
pub(super) fn ascii(typed: &str) -> Option<String> {
    let plain = typed.replace(JOINERS, "");
    if !plain.split(DOTS).all(is_word) {
        return None;
    }
    let is_simple = plain.is_ascii() && !plain.split('.').any(is_punycode);
    let domain = if is_simple { plain } else { to_ascii(typed).or_else(|| to_ascii(&plain))? };
    is_name(&domain).then_some(domain)
}

/// Returns true if that is the full name of a host: two labels or more, of letters, digits and inner hyphens
/// (RFC 1123, 2.1), and not an IPv4 address.
fn is_name(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=MOST_LABEL_CHARACTERS).contains(&label.len())
            && label.chars().all(is_of_names)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    domain.len() <= MOST_CHARACTERS
        && domain.split('.').all(is_label)
        && domain.rsplit_once('.').is_some_and(|(_, last)| !is_number(last))
}

/// Returns true for a label in Punycode, sound or not (RFC 5890, 2.3.1).
fn is_punycode(label: &str) -> bool {
    label.get(.."xn--".len()).is_some_and(|prefix| prefix.eq_ignore_ascii_case("xn--"))
}

/// Returns true if a label, as it is typed, has letters, marks, digits and hyphens alone. UTS #46 maps signs of all
/// kinds, and lets most of those beyond ASCII through; IDNA 2008 has none (RFC 5892, 2 and 3), so no domain has. Where
/// one is pasted behind an address, or a hyphen is not quite one, another domain would get the email.
fn is_word(label: &str) -> bool {
    let in_place = |(at, letter): (usize, char)| match letter {
        // The middle dot of Catalan (A.3).
        '\u{b7}' => {
            label[..at].ends_with(['l', 'L']) && label[at + letter.len_utf8()..].starts_with(['l', 'L'])
        }
        // Those of Katakana (A.7), and its long vowel mark, which stands for a hyphen elsewhere.
        '\u{30fb}' | '\u{30fc}' => label.chars().any(is_japanese),
        // Geresh and gershayim (A.5 and A.6), and the rest of 2.6.
        '\u{5f3}' | '\u{5f4}' | '\u{6fd}' | '\u{6fe}' | '\u{f0b}' => true,
        letter if letter.is_ascii() => is_of_names(letter),
        letter => JOINERS.contains(&letter) || is_letter_or_mark(letter),
    };
    label.char_indices().all(in_place)
}

/// Hiragana, Katakana and Han, but for the marks among them.
fn is_japanese(letter: char) -> bool {
    matches!(letter, '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{3400}'..='\u{9fff}')
}

/// Letters, marks and numbers of all scripts.
#[cfg(not(target_arch = "wasm32"))]
fn is_letter_or_mark(letter: char) -> bool {
    use icu_properties::props::{GeneralCategory, GeneralCategoryGroup as Group};
    let category = icu_properties::CodePointMapData::<GeneralCategory>::new().get(letter);
    Group::Letter.union(Group::Mark).union(Group::Number).contains(category)
}

/// The same, by the platform's own tables.
#[cfg(target_arch = "wasm32")]
fn is_letter_or_mark(letter: char) -> bool {
    let pattern = web_sys::js_sys::RegExp::new(r"^[\p{L}\p{M}\p{N}]$", "u");
    pattern.test(letter.encode_utf8(&mut [0; 4]))
}

fn is_of_names(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '-'
}

/// The URL Standard's "domain to ASCII".
#[cfg(not(target_arch = "wasm32"))]
fn to_ascii(domain: &str) -> Option<String> {
    let ascii = idna::domain_to_ascii_cow(domain.as_bytes(), idna::AsciiDenyList::URL);
    ascii.ok().map(std::borrow::Cow::into_owned)
}

/// The same, by the platform's own parser of URLs: the tables that it takes are a tenth of what the Worker may weigh.
#[cfg(target_arch = "wasm32")]
fn to_ascii(domain: &str) -> Option<String> {
    web_sys::Url::new(&format!("http://{domain}/")).ok().map(|url| url.hostname())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typed: &str, expected: Option<&str>) {
        assert_eq!(ascii(typed).as_deref(), expected, "{typed:?}");
    }

    #[test]
    fn domains_beyond_ascii_are_written_in_punycode() {
        check("example.org", Some("example.org"));
        check("Example.ORG", Some("Example.ORG"));
        check("bücher.example", Some("xn--bcher-kva.example"));
        check("bu\u{308}cher.example", Some("xn--bcher-kva.example"));
        check("BÜCHER.example", Some("xn--bcher-kva.example"));
        check("mail.例え.jp", Some("mail.xn--r8jz45g.jp"));
        check("例え。jp", Some("xn--r8jz45g.jp"));
        check("пример.испытание", Some("xn--e1afmkfd.xn--80akhbyknj4f"));
        check("straße.example", Some("xn--strae-oqa.example"));
        check("مثال.إختبار", Some("xn--mgbh0fb.xn--kgbechtv"));
        check("xn--bcher-kva.example", Some("xn--bcher-kva.example"));
    }

    #[test]
    fn joiners_stay_where_a_script_needs_them() {
        check("نامه\u{200c}ای.com", Some("xn--mgba3gch31f060k.com"));
        check("exam\u{200d}ple.org", Some("example.org"));
        check("bücher\u{200c}.example", Some("xn--bcher-kva.example"));
    }

    #[test]
    fn domains_are_of_letters_and_marks() {
        check("col·lectiu.example", Some("xn--collectiu-2pa.example"));
        check("ラーメン・そば.example", Some("xn--d9jvbwv5a3c7be.example"));
        check("สวัสดี.example", Some("xn--l3c1bib8a0a.example"));
        check("हिन्दी.example", Some("xn--j2bd4cyah0f.example"));
        for typed in [
            "example.org」",
            "example.org“",
            "example.org’",
            "example.org—",
            "example.org–",
            "example.org»",
            "example.org،",
            "example.org・",
            "example.orgー",
            "example.org♥",
            "example.org😀",
            "example.org·",
            "exampleーx.org",
            "example…org",
            "example→x.org",
            "ex®ample.org",
            "ex€mple.org",
            "example।org",
            "a¦b.org",
        ] {
            check(typed, None);
        }
    }

    #[test]
    fn what_no_server_is_called_is_refused() {
        for typed in [
            "localhost",
            "bücher",
            ".org",
            "example.",
            "example.org.",
            "example..org",
            "-example.org",
            "example-.org",
            "exa_mple.org",
            "exa!mple.org",
            "exam ple.org",
            "example.org:25",
            "bücher.example:25",
            "bücher.example/path",
            "bücher%2eexample.org",
            "me@bücher.example",
            "[127.0.0.1]",
            "127.0.0.1",
            "例え.1",
            "xn--.例え",
            "xn--a.example",
            "XN--A.example",
            "mail.xn--.example",
            "xn--bcher-kva9.example",
            "xn--abc-.example",
            "℀.example",
            "a\u{301}\u{2a6d6}\u{10ffff}.example",
        ] {
            check(typed, None);
        }
        check(&format!("{}.org", "x".repeat(63)), Some(&format!("{}.org", "x".repeat(63))));
        check(&format!("{}.org", "x".repeat(64)), None);
        check(&format!("{}.org", "ü".repeat(60)), None);
        check(&format!("{}org", "xxxx.".repeat(50)), Some(&format!("{}org", "xxxx.".repeat(50))));
        check(&format!("{}org", "xxxx.".repeat(51)), None);
    }
}
