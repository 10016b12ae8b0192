//! What people type and paste, and what their phones and browsers add to it: taken, and kept as it was meant.

use serde_json::{Value, json};

use super::harness::{Told, Trial, WEDNESDAY_TEN, book, book_review, eventually};
use super::pages::book_by_form;

/// The booking as its host reads it, after one field of a booking of `aiko/review` was changed.
async fn kept(path: &str, value: Value) -> Value {
    let trial = Trial::start();
    let mut body = book_review(WEDNESDAY_TEN);
    let mut place = &mut body;
    for name in path.split('.') {
        place = &mut place[name];
    }
    *place = value;
    let told = trial.post_json("/api/bookings", &body).await;
    assert_eq!(told.status, 201, "{path}: {}", told.body);
    only_booking(&trial).await
}

async fn only_booking(trial: &Trial) -> Value {
    let key = trial.secrets().host_key("aiko", 1);
    let bookings = trial.get_as("/api/host/bookings", &key).await.json()["bookings"].clone();
    assert_eq!(bookings.as_array().unwrap().len(), 1);
    bookings[0].clone()
}

async fn check(path: &str, typed: &str, expected: &str) {
    let booking = kept(path, json!(typed)).await;
    let found = path.split('.').fold(&booking, |value, name| &value[name]);
    assert_eq!(found, expected, "{path} of {typed:?}");
}

#[tokio::test]
async fn names_are_kept_without_what_nobody_sees() {
    for (typed, expected) in [
        ("\u{2068}Mara Lind\u{2069}", "Mara Lind"),
        ("Mara\tLind", "Mara Lind"),
        ("Mara\r\nBcc: x", "Mara Bcc: x"),
        ("\u{feff}Mara\u{200b} Lind\u{ad}\u{0}", "Mara Lind"),
        ("\u{202b}\u{5de}\u{5e8}\u{5d4}\u{202c}", "\u{5de}\u{5e8}\u{5d4}"),
        ("\u{a0}山田\u{3000}花子\u{2003}", "山田\u{3000}花子"),
        // Joiners that a name needs, and the shape that an ideograph has in it.
        ("مریم\u{200c}السادات", "مریم\u{200c}السادات"),
        ("葛\u{e0100}城", "葛\u{e0100}城"),
    ] {
        check("contact.name", typed, expected).await;
    }
}

#[tokio::test]
async fn a_name_has_something_to_see() {
    let trial = Trial::start();
    for nobody in [
        "\u{200b}",
        "\u{feff}",
        "\u{3164}",
        "\u{115f}\u{1160}",
        "\u{2800}\u{2800}",
        "\u{a0}\u{2003}\u{3000}",
        "\u{200d}\u{200c}",
        "\u{ffa0}",
        "\u{2060}\u{fe0f}",
        "\u{e0041}\u{e0042}",
        "\u{2066}\u{2069}",
        "\u{180e}",
        "\u{2800}\u{fe0f}",
        "\u{7}",
        // Marks alone, a character of somebody's own font, and what stands for one that was lost.
        "\u{301}",
        "\u{301}\u{20dd}",
        "\u{e000}",
        "\u{fffd}\u{fffd} \u{fffd}",
        "-",
        "?!",
    ] {
        let mut body = book(WEDNESDAY_TEN);
        body["contact"]["name"] = json!(nobody);
        let told = trial.post_json("/api/bookings", &body).await;
        let expected = json!([{ "field": "contact.name", "message": "Enter your name." }]);
        assert_eq!((told.status, &told.json()["errors"]), (422, &expected), "{nobody:?}");
    }
    let mut body = book_review(WEDNESDAY_TEN);
    body["answers"]["document"] = json!("\u{200b}\u{3164}");
    body["location"] = json!("\u{2800}");
    let told = trial.post_json("/api/bookings", &body).await;
    let missing = |field: &str, label: &str| json!({ "field": field, "message": format!("“{label}” needs an answer.") });
    let expected =
        json!([missing("location", "Where shall we meet?"), missing("answers.document", "The document")]);
    assert_eq!(told.json()["errors"], expected);
    assert_eq!(trial.stored("aiko").await, 0);
}

#[tokio::test]
async fn addresses_are_kept_without_what_nobody_sees() {
    for typed in [
        "\u{feff}mara@example.org",
        "mara@example.org\u{200b}",
        "\u{202a}mara@example.org\u{202c}",
        "ma\u{ad}ra@example.org\u{a0}",
    ] {
        check("contact.email", typed, "mara@example.org").await;
    }
    for pasted in
        ["Mara Lind <mara@example.org>;", "mailto:mara@example.org?subject=Hi", "＜mara@example.org＞"]
    {
        check("contact.email", pasted, "mara@example.org").await;
    }
    let booking = kept("guests", json!(["\u{200e}ben@example.org\u{200b}\n"])).await;
    assert_eq!(booking["guests"], json!(["ben@example.org"]));
}

#[tokio::test]
async fn long_answers_keep_their_lines_and_their_direction() {
    let hebrew = "\u{5e9}\u{5dc}\u{5d5}\u{5dd}";
    for (typed, expected) in [
        (
            "One\u{2028}Two\u{b}Three\u{c}Four\rFive\r\nSix\u{85}Seven\u{2029}Eight",
            "One\nTwo\nThree\nFour\nFive\nSix\nSeven\nEight".to_owned(),
        ),
        ("a\tb\u{0}\u{7}c\u{200b}\u{feff}", "a\tbc".to_owned()),
        (
            &*format!("\u{202b}{hebrew}\u{202c} and \u{2067}{hebrew}\u{200f}!\u{2069}"),
            format!("\u{202b}{hebrew}\u{202c} and \u{2067}{hebrew}\u{200f}!\u{2069}"),
        ),
        // Whatever is left open is ended in its line, and what ends nothing is left out.
        (&*format!("\u{2067}{hebrew}\nnext\u{2069}"), format!("\u{2067}{hebrew}\u{2069}\nnext")),
        ("\u{202e}gpj.exe", "\u{202b}gpj.exe\u{202c}".to_owned()),
    ] {
        check("answers.topic", typed, &expected).await;
    }
}

#[tokio::test]
async fn lines_of_one_line_answers_are_spaces() {
    check("answers.document", "a\tb\u{2028}c\nd", "a b c d").await;
    check("answers.document", "\u{2067}https://example.org/d\u{2069}", "https://example.org/d").await;
    let booking = kept("location", json!("\u{202b}The\u{a0}café\u{202c}\u{200b}")).await;
    assert_eq!(booking["location"], json!({ "kind": "ask", "value": "The\u{a0}café" }));
}

#[tokio::test]
async fn numbers_are_kept_in_one_form() {
    for (typed, expected) in
        [("2,5", "2.5"), ("\u{2212}3", "-3"), ("1\u{202f}234,5", "1234.5"), ("٢٫٥", "2.5"), ("２。５", "2.5")]
    {
        check("answers.people", typed, expected).await;
    }
    for (typed, expected) in [
        ("\u{202d}+49\u{a0}30\u{202f}5550\u{2013}0123\u{202c}", "+49 30 5550-0123"),
        ("tel:+49-30-5550-0123", "+49-30-5550-0123"),
        ("٠٣-١٢٣٤-٥٦٧٨", "03-1234-5678"),
        ("０３ー１２３４ー５６７８（内線１２）", "03-1234-5678(内線12)"),
    ] {
        check("answers.callback", typed, expected).await;
    }
}

#[tokio::test]
async fn a_reason_is_kept_as_a_long_answer_is() {
    let trial = Trial::start();
    let booked = trial.booked(&trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
    let bearer = format!("Bearer {}", booked.token);
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let reason = json!({ "reason": "\u{feff}Ill\u{2028}\u{2067}in bed\u{7}\u{200b}" }).to_string();
    let told = trial.post(&format!("/api/bookings/{}/cancel", booked.id), &headers, &reason).await;
    assert_eq!(told.json()["booking"]["cancel_reason"], "Ill\n\u{2067}in bed\u{2069}");
}

#[tokio::test]
async fn tracking_is_never_an_error() {
    let long = "x".repeat(501);
    for (sent, expected) in [
        (
            json!({ "utm_campaign": "spring\nsale", "utm_term": "\u{202e}a\tb" }),
            json!({ "utm_campaign": "spring sale", "utm_term": "a b" }),
        ),
        (
            json!({ "utm_content": long, "fbclid": long, "partner": "p" }),
            json!({ "utm_content": long[1..], "partner": "p" }),
        ),
        (
            json!({ "gclid": 5, "utm_source": ["a"], "utm_medium": {}, "utm_id": null }),
            json!({ "utm_source": "a" }),
        ),
        (json!("utm"), json!({})),
        (json!([1]), json!({})),
    ] {
        let booking = kept("tracking", sent).await;
        assert_eq!(booking.get("tracking").cloned().unwrap_or(json!({})), expected);
    }
}

/// Books in a plain form that was sent from an address.
async fn from_address(trial: &Trial, address: &str, fields: &[(&str, &str)]) -> Told {
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.extend_pairs([("page", "aiko/intro"), ("start", "1795568400"), ("contact.name", "Mara")]);
    body.extend_pairs(fields);
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("referer", address)];
    trial.post("/api/bookings", &headers, &body.finish()).await
}

#[tokio::test]
async fn tracking_of_a_plain_form_is_never_an_error_either() {
    let (long, email) = ("x".repeat(501), [("contact.email", "mara@example.org")]);
    for (query, expected) in [
        (
            "utm_campaign=spring%0Asale&utm_term=a%09b",
            json!({ "utm_campaign": "spring sale", "utm_term": "a b" }),
        ),
        (
            &*format!("utm_content={long}&fbclid={long}&utm_id=%E2%80%AEa"),
            json!({ "utm_content": long[1..], "utm_id": "a" }),
        ),
        ("utm_source=a&utm_source=b", json!({ "utm_source": "b" })),
    ] {
        let trial = Trial::start();
        let address = format!("https://MEET.example.com:443/aiko/intro/?{query}");
        let told = from_address(&trial, &address, &email).await;
        assert_eq!(told.status, 303, "{}", told.body);
        assert_eq!(only_booking(&trial).await["tracking"], expected);
    }
    // It travels on with a form that comes back, once it fits.
    let trial = Trial::start();
    let address =
        format!("https://meet.example.com/aiko/intro/?utm_content={long}&utm_term=a%0Ab&fbclid={long}");
    let told = from_address(&trial, &address, &[]).await;
    assert_eq!(told.status, 422);
    let travels = [
        format!("name=\"tracking.utm_content\" value=\"{}\"", &long[1..]),
        "name=\"tracking.utm_term\" value=\"a b\"".to_owned(),
    ];
    assert!(
        travels.iter().all(|field| told.body.contains(field)) && !told.body.contains("fbclid"),
        "{}",
        told.body
    );
    let sent = [
        ("contact.email", "mara@example.org"),
        ("tracking.utm_term", "a\nb"),
        ("tracking.fbclid", &long),
        ("tracking", "x"),
    ];
    assert_eq!(from_address(&trial, "https://meet.example.com/api/bookings", &sent).await.status, 303);
    assert_eq!(only_booking(&trial).await["tracking"], json!({ "utm_term": "a b" }));
}

#[tokio::test]
async fn a_zone_may_be_an_offset() {
    for (sent, named, shown) in [
        ("+03:00", "+03:00", "04:00–04:30\nnight\nUTC+3\n"),
        ("-05:00", "-05:00", "Tuesday 24 November 2026, 20:00–20:30\nUTC−5\n"),
        ("+0530", "+05:30", "06:30–07:00\nUTC+5:30\n"),
        ("UTC+3", "+03:00", "04:00–04:30\nnight\nUTC+3\n"),
        ("GMT-5", "-05:00", "20:00–20:30\nUTC−5\n"),
        ("+00:00", "UTC", "01:00–01:30\nnight\nUTC\n"),
        ("ＵＴＣ+3", "+03:00", "04:00–04:30\nnight\nUTC+3\n"),
        ("+٠٣:٠٠", "+03:00", "04:00–04:30\nnight\nUTC+3\n"),
        ("Etc/GMT+8", "-08:00", "17:00–17:30\nUTC−8\n"),
        ("Etc/GMT-3", "+03:00", "04:00–04:30\nnight\nUTC+3\n"),
    ] {
        let trial = Trial::start();
        let mut body = book(WEDNESDAY_TEN);
        body["time_zone"] = json!(sent);
        let told = trial.post_json("/api/bookings", &body).await;
        assert_eq!(
            (told.status, &told.json()["booking"]["time_zone"]),
            (201, &json!(named)),
            "{}",
            told.body
        );
        let booked = trial.booked(&told);
        let text = trial.get(&booked.path).await.text();
        assert!(text.contains(shown), "{sent}: {text}");
        assert!(text.contains("10:00–10:30\nTokyo (UTC+9), for Aiko Tanaka\n"), "{text}");
        let moved = trial.get(&format!("{}?move", booked.path)).await;
        let zone = shown.lines().last().unwrap().split(" (").next().unwrap();
        assert!(moved.text().contains(&format!("All times are in {zone}.")), "{}", moved.text());
        let event =
            trial.get(&format!("/api/bookings/{}/invite.ics?token={}", booked.id, booked.token)).await;
        assert!(event.body.contains("DTSTART:20261125T010000Z\r\n"), "{}", event.body);
    }
}

#[tokio::test]
async fn places_have_todays_names_in_the_readers_language() {
    for (locale, sent, named, shown) in [
        ("en", "Asia/Calcutta", "Asia/Kolkata", "Kolkata (UTC+5:30)\n"),
        ("en", "Europe/Kiev", "Europe/Kyiv", "Kyiv (UTC+2)\n"),
        ("en", "America/Buenos_Aires", "America/Argentina/Buenos_Aires", "Buenos Aires (UTC−3)\n"),
        ("en", "US/Pacific", "America/Los_Angeles", "Los Angeles (UTC−8)\n"),
        ("en", "America/Sao_Paulo", "America/Sao_Paulo", "São Paulo (UTC−3)\n"),
        ("ja", "Asia/Katmandu", "Asia/Kathmandu", "カトマンズ（UTC+5:45）\n"),
        ("ja", "America/New_York", "America/New_York", "ニューヨーク（UTC−5）\n"),
        ("ja", "Etc/GMT+8", "-08:00", "UTC−8\n"),
    ] {
        let trial = Trial::start();
        let mut body = book(WEDNESDAY_TEN);
        body["time_zone"] = json!(sent);
        body["locale"] = json!(locale);
        let told = trial.post_json("/api/bookings", &body).await;
        assert_eq!(
            (told.status, &told.json()["booking"]["time_zone"]),
            (201, &json!(named)),
            "{}",
            told.body
        );
        let text = trial.get(&trial.booked(&told).path).await.text();
        assert!(text.contains(shown), "{sent}: {text}");
    }
}

#[tokio::test]
async fn a_zone_that_is_not_known_is_the_pages() {
    for zone in [
        "Mars/Olympus",
        "../../etc/passwd",
        "+99:00",
        "\u{200b}",
        "Etc/Unknown",
        "Factory",
        "Z",
        "posixrules",
        "localtime",
    ] {
        let trial = Trial::start();
        let mut body = book(WEDNESDAY_TEN);
        body["time_zone"] = json!(zone);
        let told = trial.post_json("/api/bookings", &body).await;
        assert_eq!(
            (told.status, &told.json()["booking"]["time_zone"]),
            (201, &json!("Asia/Tokyo")),
            "{zone}"
        );
    }
    let trial = Trial::start();
    let form = [("page", "aiko/intro"), ("time_zone", "-05:00"), ("start", WEDNESDAY_TEN)];
    let told = trial.post_form("/api/bookings", &form).await;
    let text = told.text();
    assert!(text.contains("Tuesday 24 November 2026, 20:00\nAll times are in UTC−5.\n"), "{text}");
    assert!(told.body.contains("name=\"time_zone\" value=\"-05:00\""), "{}", told.body);
}

#[tokio::test]
async fn pages_are_named_in_whatever_letters() {
    for page in ["Aiko/Intro", "AIKO/INTRO", " aiko/intro/ ", "/aiko/intro"] {
        let trial = Trial::start();
        let mut body = book(WEDNESDAY_TEN);
        body["page"] = json!(page);
        let told = trial.post_json("/api/bookings", &body).await;
        assert_eq!(
            (told.status, &told.json()["booking"]["page"]),
            (201, &json!("aiko/intro")),
            "{}",
            told.body
        );
    }
    let trial = Trial::start();
    let slots =
        async |page: &str| trial.get(&format!("/api/availability/{page}")).await.json()["slots"].clone();
    let plain = slots("aiko/intro").await;
    assert_eq!(slots("Aiko/INTRO").await, plain);
    trial.booked(&trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
    let after = eventually(async || slots("Aiko/INTRO").await, |slots| *slots != plain).await;
    assert_ne!(after, plain, "what is booked shows in all letters");
}

#[tokio::test]
async fn a_bookings_link_may_take_along_what_is_around_it() {
    let trial = Trial::start();
    let booked = trial.booked(&trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
    let plain = trial.get(&booked.path).await;
    assert_eq!(plain.status, 200, "{}", plain.body);
    for around in [".", ")", "/", "%E3%80%82", "%22%3E", "?utm_source=x."] {
        let told = trial.get(&format!("{}{around}", booked.path)).await;
        assert_eq!((told.status, told.text()), (200, plain.text()), "{around}");
    }
}

#[tokio::test]
async fn everybody_is_invited_once() {
    let guests = json!([
        "mara@example.org",
        "MARA@Example.org",
        "aiko@example.com",
        "ben@example.org",
        "Ben@example.org",
        "ben@example.org "
    ]);
    assert_eq!(kept("guests", guests).await["guests"], json!(["ben@example.org"]));
    // The host books their own page.
    let trial = Trial::start();
    let mut body = book(WEDNESDAY_TEN);
    body["contact"]["email"] = json!("Aiko@example.com");
    body["guests"] = json!(["aiko@EXAMPLE.com", "ben@example.org"]);
    let booked = trial.booked(&trial.post_json("/api/bookings", &body).await);
    assert_eq!(only_booking(&trial).await["guests"], json!(["ben@example.org"]));
    assert_eq!(trial.get(&booked.path).await.status, 200);
}

#[tokio::test]
async fn a_field_that_a_form_sends_twice_counts_as_it_was_sent_last() {
    let trial = Trial::start();
    let once = [
        ("page", "aiko/intro", "aiko/review"),
        ("start", "1795575600", "1795568400"),
        ("duration_minutes", "30", "60"),
        ("contact.name", "Somebody", "Mara Lind"),
        ("contact.email", "nobody", "mara@example.org"),
        ("location", "", "The café"),
        ("answers.document", "", "https://example.org/d"),
        ("answers.topic", "x", "Theirs"),
        ("answers.part", "none", "code"),
        ("answers.agreed", "", "true"),
        ("website", "", ""),
    ];
    let twice: Vec<(&str, &str)> =
        once.iter().flat_map(|(name, first, last)| [(*name, *first), (*name, *last)]).collect();
    let told = book_by_form(&trial, &twice).await;
    assert_eq!(told.status, 303, "{}", told.body);
    let booking = only_booking(&trial).await;
    let kept =
        [&booking["page"], &booking["start"], &booking["contact"]["name"], &booking["answers"]["part"]];
    assert_eq!(kept, ["aiko/review", WEDNESDAY_TEN, "Mara Lind", "code"]);
}
