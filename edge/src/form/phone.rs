//! Phone numbers, as people and phones write them: with the digits of any script, and the separators of any country.
//!
//! `phonenumber`, the port of Google's library, knows every country's plan; its data alone is larger than the Worker.
//! What is asked here is less: whether somebody could dial it.

use scheduling::text::plain;

/// Characters of a phone number, once it is written plainly.
const MOST_CHARACTERS: usize = 50;
/// What a number may begin with, as in an address (RFC 3966) or a signature; the longer before those that they begin
/// with.
const PREFIXES: [&str; 33] = [
    "telephone:",
    "téléphone:",
    "teléfono:",
    "telefone:",
    "telefono:",
    "telefon:",
    "mobile:",
    "mobil:",
    "móvil:",
    "celular:",
    "handy:",
    "phone:",
    "cell:",
    "телефон:",
    "тел.:",
    "тел.",
    "тел:",
    "携帯電話:",
    "電話番号:",
    "携帯:",
    "電話:",
    "電話",
    "手机:",
    "手機:",
    "电话:",
    "전화:",
    "휴대폰:",
    "tél.:",
    "tél:",
    "tel.:",
    "tel:",
    "tel.",
    "tel",
];
/// What comes before an extension, the longer before those that they begin with.
const EXTENSIONS: [&str; 36] = [
    ";ext=",
    ";",
    "extension",
    "extensión",
    "ext.",
    "ext",
    "durchwahl",
    "dw.",
    "dw",
    "anexo",
    "ramal",
    "poste",
    "interno",
    "apparat",
    "app.",
    "app",
    "klappe",
    "nst.",
    "nst",
    "toestel",
    "wewn.",
    "wew.",
    "добавочный",
    "доб.",
    "доб",
    "x",
    "#",
    "内線番号",
    "内線",
    "內線",
    "内线",
    "내선",
    "分机",
    "分機",
    "转",
    "轉",
];

/// A phone number: 5 to 15 digits (ITU-T E.164) however they are grouped, perhaps with an extension of up to 10, or
/// with words in brackets behind it. `None` if it is none; else plainly written, without what it began with.
pub(crate) fn phone(text: &str) -> Option<String> {
    let text = plain(text);
    let lower = text.to_lowercase();
    let begins = PREFIXES.iter().find(|prefix| lower.starts_with(**prefix)).map_or(0, |prefix| prefix.len());
    let number = text[begins..].trim_start().trim_end_matches([',', ';', ' ']);
    let lower = number.to_lowercase();
    let dialled = without_remark(&lower);
    let (main, extension) =
        EXTENSIONS.iter().find_map(|mark| dialled.split_once(mark)).unwrap_or((dialled, "0"));
    let main = main.strip_prefix("(+").or_else(|| main.strip_prefix('+')).unwrap_or(main);
    let grouped = main.chars().all(|letter| letter.is_ascii_digit() || " -().,/\u{b7}".contains(letter));
    let count = main.bytes().filter(u8::is_ascii_digit).count();
    let extension = extension.trim_matches(|letter| " :.-()#".contains(letter));
    let sound = grouped
        && has_pairs_of_brackets(dialled)
        && (5..=15).contains(&count)
        && (1..=10).contains(&extension.len())
        && extension.bytes().all(|byte| byte.is_ascii_digit());
    (sound && number.chars().count() <= MOST_CHARACTERS).then(|| number.to_owned())
}

/// A number without words in brackets behind it, such as "(mobile)".
fn without_remark(number: &str) -> &str {
    let remark = number.strip_suffix(')').and_then(|rest| rest.rsplit_once('('));
    let is_remark = |text: &str| {
        text.chars().any(char::is_alphabetic)
            && !text.chars().any(|letter| letter.is_numeric() || letter == ')')
    };
    remark.filter(|(_, text)| is_remark(text)).map_or(number, |(number, _)| number.trim_end())
}

fn has_pairs_of_brackets(number: &str) -> bool {
    let open = number.bytes().try_fold(0_usize, |open, byte| match byte {
        b'(' => Some(open + 1),
        b')' => open.checked_sub(1),
        _ => Some(open),
    });
    open == Some(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(phone(text).as_deref(), Some(expected), "{text:?}");
    }

    #[test]
    fn phone_numbers_are_taken_as_people_write_them() {
        for sound in [
            "+49 30 5550 0123",
            "(555) 010-0199",
            "03-1234-5678",
            "555 0100 ext. 12",
            "555.0100x7",
            "+44 (0)20 7946 0000",
            "030/5550123",
            "555 0100 Ext 12",
            "555 0100 extension 12",
            "555 0100 x 12",
            "555-0100 #12",
            "+49 170 5550123 (mobile)",
            "03-1234-5678 (自宅)",
            "+49 30 5550 Durchwahl 12",
            "030 5550 DW 12",
            "01 55 50 01 23 poste 12",
            "+7 495 555-01-23 доб. 12",
            "+86 10 5550 0123 分机 12",
            "((555) 010-0199)",
            "(+49) 171 123456",
            "+1 555 123 4567;123",
            "+86 10 1234 5678 转 12",
            "030 123456 App. 5",
            "030 123456 Apparat 5",
            "030 123456 Nst. 5",
            "+7 495 555-01-23 добавочный 12",
        ] {
            check(sound, sound);
        }
        for wrong in [
            "",
            "1234",
            "call me",
            "+49 30 5550 0123 4567 89",
            "12345; drop",
            "555 0100 ext.",
            "++4930555",
            "555 0100 ext. a",
            "555 0100 ext. 12345678901",
            "tel:",
            "tel:me",
            "内線12",
            "5+550100",
            "+1 555 0100 +1",
            "12345)(",
            "(12345",
            "12345)",
            "555 0100 (ask for 2)",
            "(mobile)",
            "1234 (mobile)",
        ] {
            assert_eq!(phone(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn phone_numbers_are_taken_as_phones_write_them() {
        let expected = "+49 30 5550 0123";
        for space in ["\u{a0}", "\u{202f}", "\u{2009}", "\u{3000}", "\u{2007}", "\t", "\u{205f}", "\u{1680}"]
        {
            check(&expected.replace(' ', space), expected);
        }
        let dashed = "+49-30-5550-0123";
        for dash in [
            "\u{2010}", "\u{2011}", "\u{2012}", "\u{2013}", "\u{2014}", "\u{2015}", "\u{2212}", "\u{fe63}",
            "\u{ff0d}", "\u{30fc}", "\u{fe58}",
        ] {
            check(&dashed.replace('-', dash), dashed);
        }
        for (begin, end) in [
            ("\u{202a}", "\u{202c}"),
            ("\u{202d}", "\u{202c}"),
            ("\u{2066}", "\u{2069}"),
            ("\u{200e}", ""),
            ("\u{200f}", "\u{200e}"),
            ("\u{feff}", "\u{200b}"),
            ("", "\u{fe0d}"),
            ("\u{61c}", ""),
        ] {
            check(&format!("{begin}{expected}{end}"), expected);
            check(&format!("+49{end} 30 5550{begin} 0123"), expected);
        }
        for prefix in [
            "tel:",
            "TEL:",
            "携帯：",
            "電話 ",
            "Тел.: ",
            "tel: ",
            "Tel.: ",
            "Tel. ",
            "Tel ",
            "ｔｅｌ：",
            "Telefon: ",
            "Phone: ",
            "電話：",
            "Mobile: ",
        ] {
            check(&format!("{prefix}{expected}"), expected);
        }
        check("tel:+49-30-5550-0123;ext=12", "+49-30-5550-0123;ext=12");
        for digits in [
            "٠١٢٣٤٥٦٧٨٩",
            "۰۱۲۳۴۵۶۷۸۹",
            "०१२३४५६७८९",
            "০১২৩৪৫৬৭৮৯",
            "๐๑๒๓๔๕๖๗๘๙",
            "０１２３４５６７８９",
            "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗",
        ] {
            check(digits, "0123456789");
        }
        check("＋８１　３ー１２３４ー５６７８", "+81 3-1234-5678");
        check("０３－１２３４－５６７８（内線１２）", "03-1234-5678(内線12)");
        for extension in ["内線12", " 内線：12", "(内線番号 12)", " 內線12", " 내선 12"] {
            check(&format!("03-1234-5678{extension}"), &plain(&format!("03-1234-5678{extension}")));
        }
    }
}
