//! A mail address: the one place that says what is taken for one, of visitors, guests, hosts and senders.

use std::fmt;

use email_address::EmailAddress;
use percent_encoding::percent_decode_str;

use super::domain;
use crate::text::{self, is_unseen};

/// Characters of an address as mail servers exchange it (RFC 5321: a path of 256, less its angle brackets).
pub(crate) const MOST_CHARACTERS: usize = 254;
/// Characters before the `@` (RFC 5321, 4.5.3.1.1).
const MOST_LOCAL_CHARACTERS: usize = 64;

/// Japanese carriers, each with all domains below its own. Addresses that they gave out until 2009 may have two dots in
/// a row, or one before the `@`, and are still in use.
const CARRIERS: [&str; 24] = [
    "au.com",
    "disney.ne.jp",
    "docomo.ne.jp",
    "emnet.ne.jp",
    "ezweb.ne.jp",
    "ido.ne.jp",
    "jp-c.ne.jp",
    "jp-d.ne.jp",
    "jp-h.ne.jp",
    "jp-k.ne.jp",
    "jp-n.ne.jp",
    "jp-q.ne.jp",
    "jp-r.ne.jp",
    "jp-s.ne.jp",
    "jp-t.ne.jp",
    "pdx.ne.jp",
    "softbank.jp",
    "softbank.ne.jp",
    "uqmobile.jp",
    "vodafone.ne.jp",
    "willcom.com",
    "y-mobile.ne.jp",
    "ymobile.ne.jp",
    "ymobile1.ne.jp",
];

/// What stands behind an address that is copied from a list or a sentence.
const BEHIND: [char; 7] = [',', ';', '.', ' ', '、', '،', '؛'];
/// What stands around it: the same mark opens in one language and closes in another.
const QUOTES: [char; 12] = ['“', '”', '„', '‘', '’', '‚', '«', '»', '「', '」', '『', '』'];

/// An address that any mail server takes, so that whoever gave it can be written to. It is in ASCII: whether a server
/// has SMTPUTF8 (RFC 6531) is not known beforehand, and the visitor is promised an email.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailAddress {
    /// The part before the `@`, without quotation marks.
    local: String,
    domain: String,
}

/// The reason why something that was typed is no address to write to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unwritable {
    /// There is nothing.
    Missing,
    /// It has not the form of an address.
    Malformed,
    /// There is white space in it.
    Space,
    /// The part before the `@` needs quotation marks.
    Quotes,
    /// The part before the `@` has letters beyond ASCII, or signs that addresses do not have.
    Characters,
    /// The part before the `@` has two dots in a row, or one at an end.
    Dots,
    /// The part after the `@` is not a domain.
    Domain,
    /// It has more characters than servers take.
    Long,
}

impl MailAddress {
    /// Reads what somebody typed or pasted. Characters that nobody sees are left out, full-width ones are narrowed, and
    /// a domain beyond ASCII becomes Punycode.
    pub fn parse(typed: &str) -> Result<Self, Unwritable> {
        let typed = legible(typed);
        if typed.is_empty() {
            return Err(Unwritable::Missing);
        }
        let (local, domain) = typed.rsplit_once('@').ok_or(Unwritable::Malformed)?;
        if local.is_empty() || domain.is_empty() || typed.contains(['<', '>']) {
            return Err(Unwritable::Malformed);
        }
        let local = unquoted(&local.replace(domain::JOINERS, ""))?.to_owned();
        if local.contains(char::is_whitespace) || domain.contains(char::is_whitespace) {
            return Err(Unwritable::Space);
        }
        check_characters(&local)?;
        let domain = domain::ascii(domain).ok_or(Unwritable::Domain)?;
        let address = Self { local, domain };
        if address.has_odd_dots() && !address.is_of_carrier() {
            return Err(Unwritable::Dots);
        }
        let written = address.written();
        let is_long = written.len() > MOST_CHARACTERS
            || written.len() > MOST_LOCAL_CHARACTERS + "@".len() + address.domain.len();
        if is_long { Err(Unwritable::Long) } else { Ok(address) }
    }

    /// Reads what somebody typed or pasted into a form: also as mail programs and address books copy it, in angle
    /// brackets after a name, as a link (RFC 6068), or with what separates it from the next.
    pub fn pasted(text: &str) -> Result<Self, Unwritable> {
        let text = legible(text);
        let text = text.trim_end_matches(BEHIND).trim_matches(QUOTES).trim_end_matches(BEHIND);
        let inside = text.strip_suffix('>').and_then(|rest| rest.rsplit_once('<'));
        let text = match inside {
            // Two at once: nobody knows whose the meeting is.
            Some((name, _)) if name.contains('<') || name.contains('@') && name.contains([',', ';']) => {
                return Err(Unwritable::Malformed);
            }
            Some((_, inside)) => inside,
            None => text,
        };
        match text.split_at_checked("mailto:".len()) {
            Some((scheme, link)) if scheme.eq_ignore_ascii_case("mailto:") => {
                let path = link.split('?').next().unwrap_or(link).trim_start_matches('/');
                Self::parse(&percent_decode_str(path).decode_utf8_lossy())
            }
            _ => Self::parse(text),
        }
    }

    /// The address that no mail is ever sent from or to (RFC 2606, 2).
    pub(super) fn nowhere() -> Self {
        Self { local: "mailbox".to_owned(), domain: "daymark.invalid".to_owned() }
    }

    /// The domain, in ASCII.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The part before the `@` as mail has it: in quotation marks where its dots need them (RFC 5321, 4.1.2), which is
    /// the form that carriers take.
    pub fn written_local(&self) -> String {
        if self.has_odd_dots() { format!("\"{}\"", self.local) } else { self.local.clone() }
    }

    /// The address as mail has it, in headers and towards servers.
    pub fn written(&self) -> String {
        format!("{}@{}", self.written_local(), self.domain)
    }

    /// The address in a form that is equal for any two that reach the same mailbox at any sensible host: in lower case.
    pub fn normalised(&self) -> String {
        self.to_string().to_ascii_lowercase()
    }

    fn has_odd_dots(&self) -> bool {
        self.local.split('.').any(str::is_empty)
    }

    fn is_of_carrier(&self) -> bool {
        let domain = self.domain.to_ascii_lowercase();
        let is_below = |carrier: &str| domain.strip_suffix(carrier).is_some_and(|rest| rest.ends_with('.'));
        CARRIERS.iter().any(|carrier| domain == *carrier || is_below(carrier))
    }
}

/// As people write it, which may be typed into a form again.
impl fmt::Display for MailAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}@{}", self.local, self.domain)
    }
}

/// What was typed, as [`MailAddress::normalised`]; trimmed and in lower case if it is no address.
pub fn normalised(typed: &str) -> String {
    MailAddress::parse(typed).map_or_else(|_| typed.trim().to_lowercase(), |address| address.normalised())
}

/// The text as whoever typed it sees and means it: without what is invisible, full-width forms narrowed, trimmed. The
/// joiners stay, as domains may need them.
fn legible(typed: &str) -> String {
    let seen = typed
        .chars()
        .filter(|letter| !is_unseen(*letter) || letter.is_whitespace() || domain::JOINERS.contains(letter));
    let text: String = seen.map(narrow).collect();
    text.trim_matches(|letter: char| letter.is_whitespace() || domain::JOINERS.contains(&letter)).to_owned()
}

/// A full-width form of an ASCII character as that character; so are the full stops and the small `@` of East Asia.
fn narrow(letter: char) -> char {
    match letter {
        '\u{3002}' | '\u{ff61}' | '\u{fe52}' => '.',
        '\u{fe6b}' => '@',
        // Office programs and web pages write these for a hyphen.
        '\u{2010}'..='\u{2013}' | '\u{2212}' => '-',
        other => text::narrow(other),
    }
}

/// The part before the `@` without quotation marks around it, where it needs none but for its dots.
fn unquoted(local: &str) -> Result<&str, Unwritable> {
    let inside = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match inside {
        Some(inside) => check_characters(inside).map(|()| inside).map_err(|_| Unwritable::Quotes),
        None if local.contains('"') => Err(Unwritable::Quotes),
        None => Ok(local),
    }
}

/// Checks that the part before the `@` is atoms between dots (RFC 5322, 3.2.3), in ASCII. Nothing in it may look like
/// an encoded word (RFC 2047): some readers of mail decode that even there, into another address.
fn check_characters(local: &str) -> Result<(), Unwritable> {
    if local.len() > MOST_LOCAL_CHARACTERS {
        return Err(Unwritable::Long);
    }
    let mut atoms = local.split('.').filter(|atom| !atom.is_empty()).peekable();
    if atoms.peek().is_none() {
        return Err(Unwritable::Malformed);
    }
    let sound = local.is_ascii() && !local.contains("=?") && atoms.all(EmailAddress::is_valid_local_part);
    if sound { Ok(()) } else { Err(Unwritable::Characters) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The address as shown and as written.
    #[track_caller]
    fn check(typed: &str, shown: &str, written: &str) {
        let address = MailAddress::parse(typed).unwrap_or_else(|why| panic!("{typed:?}: {why:?}"));
        assert_eq!((address.to_string().as_str(), address.written().as_str()), (shown, written), "{typed:?}");
    }

    #[track_caller]
    fn check_same(typed: &str) {
        check(typed, typed, typed);
    }

    #[track_caller]
    fn check_refused(typed: &str, expected: Unwritable) {
        assert_eq!(MailAddress::parse(typed), Err(expected), "{typed:?}");
    }

    #[test]
    fn addresses_that_servers_take_are_taken_as_they_are() {
        check_same("mara@example.org");
        check_same("Mara.Lind+daymark@Mail.Example.org");
        check_same("o'hara@example.org");
        check_same("x/y=z!#$%&*?^_`{|}~@example.org");
        check_same("a@b.cd");
        check_same(&format!("{}@example.org", "x".repeat(64)));
        check("\"mara\"@example.org", "mara@example.org", "mara@example.org");
        check(" mara@example.org\n", "mara@example.org", "mara@example.org");
    }

    #[test]
    fn domains_go_out_in_punycode() {
        check("mara@bücher.example", "mara@xn--bcher-kva.example", "mara@xn--bcher-kva.example");
        check("mara@例え。jp", "mara@xn--r8jz45g.jp", "mara@xn--r8jz45g.jp");
    }

    #[test]
    fn old_addresses_of_carriers_are_quoted() {
        check("foo..bar@docomo.ne.jp", "foo..bar@docomo.ne.jp", "\"foo..bar\"@docomo.ne.jp");
        check("foo.@docomo.ne.jp", "foo.@docomo.ne.jp", "\"foo.\"@docomo.ne.jp");
        check("\"aaa..bbbb.cc\"@docomo.ne.jp", "aaa..bbbb.cc@docomo.ne.jp", "\"aaa..bbbb.cc\"@docomo.ne.jp");
        check("a...b..@ezweb.ne.jp", "a...b..@ezweb.ne.jp", "\"a...b..\"@ezweb.ne.jp");
        check("a..b@d.vodafone.ne.jp", "a..b@d.vodafone.ne.jp", "\"a..b\"@d.vodafone.ne.jp");
        check("a.@I.SoftBank.jp", "a.@I.SoftBank.jp", "\"a.\"@I.SoftBank.jp");
        check("foo.bar@docomo.ne.jp", "foo.bar@docomo.ne.jp", "foo.bar@docomo.ne.jp");
        for typed in ["foo..bar@example.org", "foo.@gmail.com", ".foo@example.org", "a..b@notdocomo.ne.jp"] {
            check_refused(typed, Unwritable::Dots);
        }
    }

    #[test]
    fn what_nobody_sees_is_left_out_and_full_width_is_narrowed() {
        for typed in [
            "\u{200b}mara@example.org",
            "mara@example.org\u{feff}",
            "mara\u{ad}@exam\u{2060}ple.org",
            "\u{202a}mara@example.org\u{202c}",
            "\u{2066}mara@example.org\u{2069}",
            "\u{200e} mara@example.org \u{200f}",
            "ma\u{200d}ra@example.org\u{200d}",
            "\u{3000}mara@example.org\u{a0}",
            "mara@example.org\u{0}",
            "mara\u{fe0f}@example.org",
            "mara＠example.org",
            "ｍａｒａ＠ｅｘａｍｐｌｅ．ｏｒｇ",
            "mara@example。org",
            "mara﹫example｡org",
        ] {
            check(typed, "mara@example.org", "mara@example.org");
        }
    }

    #[test]
    fn what_is_pasted_is_taken_as_programs_copy_it() {
        for pasted in [
            "mara+work@example.org",
            "mailto:mara+work@example.org",
            "MAILTO:mara%2Bwork@example.org?subject=Hi&cc=eve@example.net",
            "mailto:mara%2Bwork%40example.org",
            "<mara+work@example.org>",
            "Mara Lind <mara+work@example.org>",
            "\"Lind, Mara\" <mara+work@example.org>;",
            "Mara <mailto:mara+work@example.org>",
            "mara+work@example.org;",
            "mara+work@example.org, ",
            "mara+work@example.org、",
            "mara+work@example.org。",
            "mara+work@example.org؛",
            "mara+work@example.org.",
            "„mara+work@example.org”",
            "「mara+work@example.org」",
            "„mara+work@example.org“",
            "»mara+work@example.org«",
            "«mara+work@example.org»,",
            "“mara+work@example.org.”",
            "mailto://mara+work@example.org",
            "mara+work@example.org <mara+work@example.org>",
            "リンド・マーラ＜ｍａｒａ＋ｗｏｒｋ＠ｅｘａｍｐｌｅ．ｏｒｇ＞",
        ] {
            let address = MailAddress::pasted(pasted).map(|address| address.to_string());
            assert_eq!(address.as_deref(), Ok("mara+work@example.org"), "{pasted}");
        }
        for (pasted, expected) in [
            ("mara@example.org, ben@example.org", Unwritable::Space),
            ("mara@example.org;ben@example.org", Unwritable::Characters),
            ("Mara <mara@example.org>, Ben <ben@example.org>", Unwritable::Malformed),
            ("mara@example.org, Ben <ben@example.org>", Unwritable::Malformed),
            ("<mara@example.org>; <ben@example.org>", Unwritable::Malformed),
            ("mara@example.org—", Unwritable::Domain),
            ("mara@example.org♥", Unwritable::Domain),
            ("Mara <mara@example.org", Unwritable::Malformed),
            ("<Mara> mara@example.org", Unwritable::Malformed),
            ("<mara@example.org> <ben@example.org", Unwritable::Malformed),
            ("mailto:?to=mara@example.org", Unwritable::Missing),
            ("mailto:mara@example.org%0ABcc:eve@example.net", Unwritable::Space),
            ("<>", Unwritable::Missing),
            (";", Unwritable::Missing),
        ] {
            assert_eq!(MailAddress::pasted(pasted), Err(expected), "{pasted}");
        }
    }

    #[test]
    fn what_stands_for_a_hyphen_is_one() {
        for hyphen in ["\u{2010}", "\u{2011}", "\u{2012}", "\u{2013}", "\u{2212}", "\u{ff0d}"] {
            check(&format!("mara@example{hyphen}x.org"), "mara@example-x.org", "mara@example-x.org");
        }
    }

    #[test]
    fn what_no_mail_is_written_to_is_refused_with_the_reason() {
        let all: [(Unwritable, &[&str]); 7] = [
            (Unwritable::Missing, &["", " ", "\u{200b}\u{3000}"]),
            (
                Unwritable::Malformed,
                &["mara", "mara@", "@example.org", "@", "Mara <mara@example.org>", ".@docomo.ne.jp"],
            ),
            (
                Unwritable::Space,
                &["a b@example.org", "mara@exam ple.org", "a@b.c\nBcc: x@y.z", "a\u{a0}b@c.de"],
            ),
            (
                Unwritable::Quotes,
                &[
                    "\"john doe\"@example.org",
                    "\"a@b\"@example.org",
                    "\"a,b@evil.com\"@example.org",
                    "\"q\\\"x\"@example.org",
                    "\"\"@example.org",
                    "\"@example.org",
                    "ma\"ra@example.org",
                    "\"jörg\"@example.org",
                ],
            ),
            (
                Unwritable::Characters,
                &[
                    "jörg@example.org",
                    "用户@例え.jp",
                    "a@b@example.org",
                    "a,b@example.org",
                    "a;b@example.org",
                    "mara(work)@example.org",
                    "mailto:mara@example.org",
                    "=?utf-8?q?eve=40evil.example?=@example.org",
                    "a\\b@example.org",
                ],
            ),
            (
                Unwritable::Domain,
                &[
                    "mara@localhost",
                    "a@[127.0.0.1]",
                    "mara@127.0.0.1",
                    "mara@exa_mple.org",
                    "mara@example..org",
                ],
            ),
            (Unwritable::Dots, &["mara..lind@example.org", "mara.@example.org", "..a@example.org"]),
        ];
        for (expected, typed) in all {
            for typed in typed {
                check_refused(typed, expected);
            }
        }
        check_refused(&format!("{}@example.org", "x".repeat(65)), Unwritable::Long);
        check_refused(&format!("{}.@docomo.ne.jp", "x".repeat(62)), Unwritable::Long);
        check_refused(&format!("{}@{}org", "x".repeat(60), "xxx.".repeat(60)), Unwritable::Long);
    }

    #[test]
    fn two_spellings_of_one_mailbox_are_the_same() {
        for (one, other) in [
            ("Mara@Example.ORG", " mara@example.org "),
            ("mara@BÜCHER.example", "mara@xn--bcher-kva.example"),
            ("\"foo..bar\"@docomo.ne.jp", "Foo..bar@DOCOMO.ne.jp"),
            ("\"mara\"@example.org", "mara＠example.org"),
            ("Not An Address", "not an address "),
        ] {
            assert_eq!(normalised(one), normalised(other));
        }
        assert_ne!(normalised("mara@example.org"), normalised("mara.lind@example.org"));
    }

    proptest! {
        /// Whatever is typed: what is taken is read again as the same, in all its forms, and is a link without parts.
        #[test]
        fn what_is_taken_is_taken_again(typed in "(\\PC{0,8}|[a-z.\"=?%&]{0,8})@(\\PC{0,8}|[a-z.-]{0,8})(\\.org|\\.ne\\.jp|)") {
            if let Ok(address) = MailAddress::parse(&typed) {
                prop_assert_eq!(MailAddress::parse(&address.to_string()), Ok(address.clone()));
                prop_assert_eq!(MailAddress::parse(&address.written()), Ok(address.clone()));
                prop_assert!(address.written().is_ascii());
                let link = address.mailto();
                prop_assert!(!link["mailto:".len()..].contains(['?', '&', '#', '/', ':', ' ', '"', '<', '>']));
            }
        }
    }
}
