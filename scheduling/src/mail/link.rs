//! Mail addresses as links (RFC 6068), which can be nothing but an address.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};

use super::address::MailAddress;

/// What is percent-encoded in a link: all but letters, digits, and the signs that stay as they are (RFC 6068, 2).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'\'')
    .remove(b'*')
    .remove(b'+');

impl MailAddress {
    /// The address as a link (RFC 6068), which can be nothing but an address.
    pub fn mailto(&self) -> String {
        format!("mailto:{}@{}", percent_encoded(&self.written_local()), self.domain())
    }
}

/// What was typed, as [`MailAddress::mailto`]; percent-encoded as it is if it is no address.
pub fn mailto(typed: &str) -> String {
    MailAddress::parse(typed).map_or_else(
        |_| match typed.trim().rsplit_once('@') {
            Some((local, domain)) => {
                format!("mailto:{}@{}", percent_encoded(local), percent_encoded(domain))
            }
            None => format!("mailto:{}", percent_encoded(typed.trim())),
        },
        |address| address.mailto(),
    )
}

/// An address in plain text, in which mail programs and calendars look for links: as a link itself, where they would
/// find less or more than the address in it.
pub fn in_text(typed: &str) -> String {
    let (typed, link) = (typed.trim(), mailto(typed));
    if link.strip_prefix("mailto:") == Some(typed) { typed.to_owned() } else { link }
}

/// Text of a link's local part or domain: the characters that such a link holds as they are stay, all others are
/// percent-encoded.
fn percent_encoded(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, ESCAPED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_nothing_but_an_address() {
        let check = |typed: &str, expected: &str| assert_eq!(mailto(typed), expected);
        check("mara+work@example.org", "mailto:mara+work@example.org");
        check(
            "x?bcc=eve%40evil.example&subject=Hi@example.org",
            "mailto:x%3Fbcc%3Deve%2540evil.example%26subject%3DHi@example.org",
        );
        check("x?body=a#b/c@example.org", "mailto:x%3Fbody%3Da%23b%2Fc@example.org");
        check("foo..bar@docomo.ne.jp", "mailto:%22foo..bar%22@docomo.ne.jp");
        check("mara@bücher.example", "mailto:mara@xn--bcher-kva.example");
        check("not an address?bcc=x", "mailto:not%20an%20address%3Fbcc%3Dx");
        check("a@b?cc=c@d", "mailto:a%40b%3Fcc%3Dc@d");
    }

    #[test]
    fn plain_text_holds_a_link_where_an_address_would_be_misread() {
        let check = |typed: &str, expected: &str| assert_eq!(in_text(typed), expected);
        check("Mara.Lind+work@example.org", "Mara.Lind+work@example.org");
        check("o'hara@xn--bcher-kva.example", "o'hara@xn--bcher-kva.example");
        check("foo..bar@docomo.ne.jp", "mailto:%22foo..bar%22@docomo.ne.jp");
        check("x?bcc=eve@example.org", "mailto:x%3Fbcc%3Deve@example.org");
        check("", "");
    }
}
