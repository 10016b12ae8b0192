//! Addresses, from the form to the booking: what is taken for one, in which form, and what is wrong with the others.

use serde_json::{Value, json};

use super::bad_input::check_field;
use super::fixture;
use super::harness::{Trial, WEDNESDAY_TEN, book};

/// What was typed, and the address that is kept.
const TAKEN: [(&str, &str); 14] = [
    ("Mara.Lind+x@Example.org", "Mara.Lind+x@Example.org"),
    ("o'hara@example.org", "o'hara@example.org"),
    ("\u{200b}mara@example.org\u{feff}", "mara@example.org"),
    ("\u{2067}mara@example.org\u{2069}", "mara@example.org"),
    ("\u{3000}mara＠example.org", "mara@example.org"),
    ("ｍａｒａ＠ｅｘａｍｐｌｅ。ｏｒｇ", "mara@example.org"),
    ("mara@bücher.example", "mara@xn--bcher-kva.example"),
    ("mara@BU\u{308}CHER.example", "mara@xn--bcher-kva.example"),
    ("mara@例え.jp", "mara@xn--r8jz45g.jp"),
    ("mara@نامه\u{200c}ای.com", "mara@xn--mgba3gch31f060k.com"),
    ("foo..bar@docomo.ne.jp", "foo..bar@docomo.ne.jp"),
    ("\"aaa..bbbb.cc\"@docomo.ne.jp", "aaa..bbbb.cc@docomo.ne.jp"),
    ("foo.@ezweb.ne.jp", "foo.@ezweb.ne.jp"),
    ("\"mara\"@example.org", "mara@example.org"),
];

#[tokio::test]
async fn what_can_be_written_to_is_taken_as_it_is_meant() {
    let trial = Trial::start();
    for (number, (typed, expected)) in TAKEN.into_iter().enumerate() {
        let (day, hour) = (1 + number / 3, 4 + number % 3);
        let mut body = book(&format!("2026-12-{:02}T{hour:02}:00:00Z", [1, 2, 3, 4, 7][day - 1]));
        body["contact"]["email"] = json!(typed);
        // In any spelling, the visitor is not a guest of their own.
        body["guests"] = json!(["ben@example.org", typed]);
        let told = trial.post_json("/api/bookings", &body).await;
        assert_eq!(told.status, 201, "{typed:?}: {}", told.body);
        let booking = told.json()["booking"].clone();
        assert_eq!(booking["contact"]["email"], expected, "{typed:?}");
        assert_eq!(booking["guests"], json!(["ben@example.org"]), "{typed:?}");
    }
}

#[tokio::test]
async fn guests_are_kept_as_they_are_meant() {
    let trial = Trial::start();
    for (place, start) in TAKEN.chunks(5).zip(["2026-12-01", "2026-12-02", "2026-12-03"]) {
        let mut body = book(&format!("{start}T04:00:00Z"));
        body["contact"]["email"] = json!("kim@example.org");
        let (typed, expected): (Vec<&str>, Vec<&str>) = place.iter().copied().unzip();
        body["guests"] = json!(typed);
        let told = trial.post_json("/api/bookings", &body).await;
        assert_eq!(told.status, 201, "{}", told.body);
        let mut once = Vec::new();
        for address in expected {
            if !once.contains(&address) {
                once.push(address);
            }
        }
        assert_eq!(told.json()["booking"]["guests"], json!(once));
    }
}

/// What was typed, and what the visitor reads.
const REFUSED: [(&[&str], &str); 6] = [
    (
        &["\"john doe\"@example.org", "\"a@b\"@example.org", "\"q\\\"x\"@example.org", "\"x\"y@example.org"],
        "Email cannot be sent to an address with quotation marks. Enter another one.",
    ),
    (
        &[
            "jörg@example.org",
            "用户@例え.jp",
            "a,b@example.org",
            "a@b@example.org",
            "=?utf-8?q?x?=@example.org",
        ],
        "Before the @, an email address can have only letters from a to z, digits, and signs such as . - _ and +.",
    ),
    (
        &["foo..bar@example.org", "foo.@gmail.com", ".foo@example.org"],
        "Before the @, an email address cannot have two dots in a row, or a dot at either end.",
    ),
    (
        &[
            "mara@localhost",
            "a@[127.0.0.1]",
            "mara@10.0.0.1",
            "mara@exa_mple.org",
            "mara@bücher/x.example",
            "mara@例え.1",
        ],
        "Check the part of the email address after the @. It should look like example.com.",
    ),
    (
        &["a b@example.org", "a@b.c\nBcc: x@y.z", "mara @example.org"],
        "Remove the spaces from the email address.",
    ),
    (
        &["xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx@example.org"],
        "Enter an email address of at most 254 characters, with at most 64 before the @.",
    ),
];

#[tokio::test]
async fn what_cannot_be_written_to_is_refused_with_what_is_wrong() {
    for (addresses, message) in REFUSED {
        for typed in addresses {
            check_field("contact.email", json!(typed), &[("contact.email", message)]).await;
        }
        let guest = format!("Guest 2: {message}");
        check_field("guests", json!(["ben@example.org", addresses[0]]), &[("guests.1", &guest)]).await;
    }
    check_field("contact.email", json!("\u{200b} "), &[("contact.email", "Enter your email address.")]).await;
}

#[tokio::test]
async fn what_is_wrong_is_said_in_japanese() {
    let trial = Trial::start();
    for (typed, expected) in [
        (
            "\"a b\"@example.jp",
            "引用符「\"」を含むメールアドレスには送信できません。別のアドレスを入力してください。",
        ),
        (
            "花子@example.jp",
            "メールアドレスの@より前に使えるのは、半角の英数字と「.」「-」「_」「+」などの記号だけです。",
        ),
        (
            "hana..ko@example.jp",
            "メールアドレスの@より前では、ドットを続けて使うことも、最初や最後に置くこともできません。",
        ),
        (
            "hanako@example",
            "メールアドレスの@より後を確認してください。「example.com」のような形になります。",
        ),
        ("hana ko@example.jp", "メールアドレスに空白を入れずに入力してください。"),
        (
            &format!("{}@example.jp", "x".repeat(65)),
            "メールアドレスは254文字以内、@より前は64文字以内で入力してください。",
        ),
    ] {
        let mut body = book(WEDNESDAY_TEN);
        body["locale"] = json!("ja");
        body["contact"]["email"] = json!(typed);
        body["guests"] = json!([typed]);
        let told = trial.post_json("/api/bookings", &body).await;
        let guest = format!("同席者1：{expected}");
        let errors = json!([
            { "field": "contact.email", "message": expected },
            { "field": "guests.0", "message": guest },
        ]);
        assert_eq!((told.status, &told.json()["errors"]), (422, &errors), "{typed}");
    }
}

/// One mailbox in two spellings is one contact: to its limit, in a host's list, and to a sandbox.
#[tokio::test]
async fn one_mailbox_is_one_contact_however_it_is_spelt() {
    for (one, other) in [
        ("mara@bücher.example", "Mara@XN--BCHER-KVA.example"),
        ("foo..bar@docomo.ne.jp", "\"FOO..bar\"@docomo.ne.jp"),
        ("\u{200b}mara@example.org", "MARA＠example.org"),
    ] {
        let (mut site, hosts) = fixture::site();
        site.limits.bookings_per_contact = 1;
        site.sandbox = Some(vec![one.to_owned()]);
        let trial = Trial::of(&site, &hosts);
        let send = async |start: &str, email: &str| {
            let mut body = book(start);
            body["contact"]["email"] = json!(email);
            trial.post_json("/api/bookings", &body).await
        };
        assert_eq!(send(WEDNESDAY_TEN, one).await.status, 201, "{one}");
        let told = send("2026-11-26T01:00:00Z", other).await;
        assert_eq!((told.status, &told.json()["code"]), (429, &json!("too_many_requests")), "{other}");
        let key = trial.secrets().host_key("aiko", 1);
        let contacts = trial.get_as("/api/host/contacts", &key).await.json()["contacts"].clone();
        assert_eq!(contacts.as_array().map(Vec::len), Some(1));
        assert_ne!(contacts[0]["email"], Value::Null);
    }
}

#[tokio::test]
async fn a_form_is_given_back_with_the_address_as_it_was_typed() {
    let trial = Trial::start();
    let fields = [("page", "aiko/intro"), ("start", "1795568400"), ("contact.name", "Mara Lind")];
    let told = trial
        .post_form("/api/bookings", &[&fields[..], &[("contact.email", "\"a b\"@example.org")]].concat())
        .await;
    assert_eq!(told.status, 422);
    assert!(told.body.contains("value=\"&quot;a b&quot;@example.org\""), "{}", told.body);
    assert!(
        told.text().contains("Email cannot be sent to an address with quotation marks."),
        "{}",
        told.text()
    );
}
