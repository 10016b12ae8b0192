//! A plain form that is refused, for whatever reason, comes back with every word; and what is filled to its limits is
//! taken.

use std::collections::BTreeSet;

use scheduling::definition::{HostDefinition, Mail, MailTransport, Question, QuestionKind, SiteDefinition};
use scheduling::limits::{MOST_FORM_BYTES, form_bytes};
use scheduling::mail::Sender;
use serde_json::json;

use super::fixture;
use super::harness::{Told, Trial, WEDNESDAY_TEN, book};
use super::pages::book_by_form;
use super::payments::Shop;

/// Every link to a place on the page leads to an element of that id that is not hidden.
#[track_caller]
fn assert_links_lead_somewhere(told: &Told) {
    let ids: BTreeSet<&str> =
        told.body.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let targets: Vec<&str> = told
        .body
        .split("href=\"#")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|id| *id != "main")
        .collect();
    for target in targets {
        assert!(ids.contains(target), "#{target} leads nowhere: {}", told.body);
    }
}

const REVIEW: [(&str, &str); 7] = [
    ("page", "aiko/review"),
    ("duration_minutes", "60"),
    ("location", "The café"),
    ("answers.document", "https://example.org/d"),
    ("answers.topic", "\nOne\nTwo"),
    ("answers.part", "code"),
    ("answers.agreed", "true"),
];

fn assert_review_is_there(told: &Told) {
    assert_links_lead_somewhere(told);
    for part in [
        "name=\"contact.name\" value=\"Mara Lind\"",
        "name=\"contact.email\" value=\"mara@example.org\"",
        "name=\"location\" value=\"The café\"",
        "name=\"answers.document\" value=\"https://example.org/d\"",
        ">\n\nOne\nTwo</textarea>",
        "name=\"answers.part\" value=\"code\" required checked>",
        "name=\"answers.agreed\" value=\"true\" required checked>",
        "name=\"start\" value=\"1795568400\" required checked>",
    ] {
        assert!(told.body.contains(part), "no {part} in {}", told.body);
    }
}

#[tokio::test]
async fn the_field_that_robots_fill_comes_back_empty_and_visible() {
    let trial = Trial::start();
    let told = book_by_form(&trial, &[&REVIEW[..], &[("website", "https://mara.example")]].concat()).await;
    assert_eq!(told.status, 403);
    assert_review_is_there(&told);
    let begins = "Error: Design review
One field has to stay empty
Your browser may have filled in a field that is hidden. It is now shown: leave it empty, and send this again.
Leave this field empty.
";
    assert!(told.text().starts_with(begins), "{}", told.text());
    let field = "<label for=\"website\">Leave this field empty</label>
<span class=\"error\" id=\"website-error\">Leave this field empty.</span>
<input id=\"website\" name=\"website\" autocomplete=\"off\" aria-invalid=\"true\" aria-describedby=\"website-error\">";
    assert!(told.body.contains(field) && !told.body.contains("mara.example"), "{}", told.body);
    assert_eq!(trial.stored("aiko").await, 0);
    let again = book_by_form(&trial, &[&REVIEW[..], &[("website", "filled again")]].concat()).await;
    assert!(again.status == 403 && again.body.contains(field), "a robot fills it again: {}", again.body);
    for empty in ["", " ", "\u{3000}"] {
        let trial = Trial::start();
        assert_eq!(book_by_form(&trial, &[&REVIEW[..], &[("website", empty)]].concat()).await.status, 303);
    }
    let told = book_by_form(&trial, &[&REVIEW[..], &[("website", "x"), ("locale", "ja")]].concat()).await;
    let begins = "エラー：設計レビュー
入力不要の項目に入力がありました
画面に表示されない項目に、ブラウザーが自動で入力した可能性があります。その項目を表示しましたので、空のまま、もう一度お送りください。
この項目には何も入力しないでください。
";
    assert!(told.text().starts_with(begins), "{}", told.text());
}

#[tokio::test]
async fn a_form_comes_back_whatever_it_was_refused_for() {
    let trial = Trial::start();
    let body = |fields: &[(&str, &str)]| {
        let own =
            [("start", "1795568400"), ("contact.name", "Mara Lind"), ("contact.email", "mara@example.org")];
        form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).extend_pairs(own).finish()
    };
    // Another site's origin, as behind a proxy that is set up wrongly.
    let form = ("content-type", "application/x-www-form-urlencoded");
    let told =
        trial.post("/api/bookings", &[form, ("origin", "https://other.example")], &body(&REVIEW)).await;
    assert_eq!(told.status, 403);
    assert!(
        told.text().starts_with("Error: Design review\nThe request came from another site\n"),
        "{}",
        told.text()
    );
    assert_review_is_there(&told);
    // More than a body may be, with the page known from its beginning.
    let large = format!("{}&answers.callback={}", body(&REVIEW), "%E5%AD%97".repeat(MOST_FORM_BYTES / 9 + 1));
    let told = trial.post("/api/bookings", &[form], &large).await;
    assert_eq!(told.status, 413);
    assert!(
        told.text().starts_with(
            "Error: Design review\nThis is too long\nPlease shorten your text and send it again.\n"
        ),
        "{}",
        told.text()
    );
    assert!(
        told.body.contains("<a href=\"#answers-callback\">"),
        "the field that is too long is named: {}",
        told.text()
    );
    assert!(told.body.contains(&"字".repeat(50_000)), "it comes back as far as it was read");
    assert_review_is_there(&told);
    // And with a page that is not there.
    let unknown = large.replace("aiko%2Freview", "aiko%2Fnothing");
    let told = trial.post("/api/bookings", &[form], &unknown).await;
    assert_eq!(told.status, 413);
    assert!(
        told.text().starts_with("This is too long\n") && told.text().contains("\nOne\nTwo\n"),
        "{}",
        &told.text()[..500]
    );
    assert!(told.body.contains(&"字".repeat(50_000)));
    assert_eq!(trial.stored("aiko").await, 0);
}

#[tokio::test]
async fn a_form_comes_back_after_too_many_attempts() {
    let (mut site, hosts) = fixture::site();
    site.limits.bookings_per_contact = 1;
    let trial = Trial::of(&site, &hosts);
    trial.booked(&trial.post_json("/api/bookings", &book("2026-11-26T01:00:00Z")).await);
    let told = book_by_form(&trial, &REVIEW).await;
    assert_eq!((told.status, told.header("retry-after")), (429, "3600"));
    assert!(told.text().starts_with("Error: Design review\nToo many attempts\n"), "{}", told.text());
    assert_review_is_there(&told);
}

#[tokio::test]
async fn every_error_leads_to_a_field_of_the_form() {
    let trial = Trial::start();
    for fields in [
        &[("contact", "x"), ("answers", "y"), ("contact.name", ""), ("tracking", "z")][..],
        &[("duration_minutes", "45"), ("start", "x")],
        &[
            ("page", "aiko/review"),
            ("duration_minutes", "45"),
            ("answers.part", "other"),
            ("answers.areas", "x"),
            ("answers.callback", "y"),
        ],
        &[("guests", "ben"), ("guests", "ben@example.org"), ("guests", "nobody@")],
        &[("contact.email", ""), ("location", ""), ("answers.unasked", "x"), ("page", "aiko/review")],
    ] {
        let told = book_by_form(&trial, fields).await;
        assert_eq!(told.status, 422, "{}", told.body);
        assert!(told.body.contains("<li><a href=\"#"), "{}", told.body);
        assert_links_lead_somewhere(&told);
    }
    // A duration that is not offered any more is chosen anew; where there is one alone, it is said.
    let told = book_by_form(&trial, &[("duration_minutes", "45")]).await;
    assert!(told.body.contains("<input type=\"radio\" id=\"duration_minutes\" name=\"duration_minutes\" value=\"30\" required checked> 30 minutes</label>"), "{}", told.body);
    assert_eq!(told.body.matches("name=\"duration_minutes\"").count(), 3, "{}", told.body);
    let told = book_by_form(&trial, &[&REVIEW[..], &[("duration_minutes", "45")]].concat()).await;
    assert!(
        told.body.contains("<p class=\"lead\" id=\"duration_minutes\">60 minutes with Aiko Tanaka</p>"),
        "{}",
        told.body
    );
    // Guests that a theme's own form asks for.
    let told = book_by_form(&trial, &[("guests", "ben"), ("guests", "carla@example.org")]).await;
    for part in [
        "<label for=\"guests-0\">Guest 1</label>",
        "<input id=\"guests-0\" name=\"guests\" value=\"ben\" type=\"email\" autocomplete=\"off\" aria-invalid=\"true\"",
        "<input id=\"guests-1\" name=\"guests\" value=\"carla@example.org\" type=\"email\" autocomplete=\"off\">",
    ] {
        assert!(told.body.contains(part), "no {part} in {}", told.body);
    }
    assert_eq!(trial.stored("aiko").await, 0);
}

#[tokio::test]
async fn a_form_whose_every_field_is_full_is_taken() {
    for widest in ["字", "😀", "x", "\u{64a}"] {
        let (site, mut hosts) = fixture::site();
        let aiko = hosts.iter_mut().find(|host| host.folder == "aiko").unwrap();
        let meeting = aiko.meetings.get_mut("review").unwrap();
        let topic = meeting
            .questions
            .iter()
            .find(|question| question.kind == QuestionKind::LongText)
            .unwrap()
            .clone();
        let more =
            (0..).map(|number| Question { id: format!("more{number}"), required: true, ..topic.clone() });
        for question in more {
            meeting.questions.push(question);
            if form_bytes(meeting) > MOST_FORM_BYTES {
                meeting.questions.pop();
                break;
            }
        }
        let long: Vec<String> = meeting
            .questions
            .iter()
            .filter(|question| question.kind == QuestionKind::LongText)
            .map(|question| format!("answers.{}", question.id))
            .collect();
        assert!(long.len() >= 6, "a page may ask for several long texts: {}", long.len());
        let trial = Trial::of(&site, &hosts);
        let text = |characters: usize| widest.repeat(characters);
        let (name, line, lines, tracking) = (text(200), text(500), text(5000), text(500));
        let mut fields = vec![
            ("page", "aiko/review"),
            ("duration_minutes", "60"),
            ("contact.name", &*name),
            ("location", &*line),
            ("answers.document", &*line),
            ("answers.part", "data"),
            ("answers.areas", "data"),
            ("answers.areas", "code"),
            ("answers.agreed", "true"),
            ("tracking.utm_campaign", &*tracking),
            ("tracking.utm_term", &*tracking),
        ];
        fields.extend(long.iter().map(|id| (id.as_str(), lines.as_str())));
        let told = book_by_form(&trial, &fields).await;
        assert_eq!(told.status, 303, "{widest}: {}", told.text().chars().take(300).collect::<String>());
        assert_eq!(trial.stored("aiko").await, 1);
    }
}

#[tokio::test]
async fn a_refused_cancellation_keeps_its_reason() {
    let trial = Trial::start();
    let booked = trial.booked(&trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
    let path = format!("/api/bookings/{}/cancel", booked.id);
    let reason = format!("\nIll <b>today\n{}", "x".repeat(1001));
    let told = trial.post_form(&path, &[("token", &booked.token), ("reason", &reason)]).await;
    assert_eq!(told.status, 422);
    assert!(told.body.contains("<details class=\"cancel\" open>"), "{}", told.body);
    assert!(
        told.body.contains("<a href=\"#reason\">Give a reason of at most 1000 characters.</a>"),
        "{}",
        told.body
    );
    assert!(told.body.contains(">\n\nIll &lt;b&gt;today\nxxx"), "{}", told.body);
    assert_links_lead_somewhere(&told);
    let large = "x".repeat(MOST_FORM_BYTES + 1);
    let told = trial.post_form(&path, &[("token", &booked.token), ("reason", &large)]).await;
    assert_eq!(told.status, 413);
    assert!(told.body.contains(&"x".repeat(MOST_FORM_BYTES - 500)), "{}", told.body.len());
    let read = trial.get_as(&format!("/api/bookings/{}", booked.id), &booked.token).await;
    assert_eq!(read.json()["booking"]["status"], json!("confirmed"));
}

/// Whoever is shown the form again, without a script, still reads what is to be paid before the button is pressed.
#[tokio::test]
async fn the_price_comes_back_with_the_form() {
    let trial = Trial::start();
    for (locale, duration, lead, button) in [
        ("en", "30", "30 minutes with Aiko Tanaka · ¥5,000", "Book and pay ¥5,000"),
        ("en", "60", "60 minutes with Aiko Tanaka · ¥9,000", "Book and pay ¥9,000"),
        ("ja", "30", "Aiko Tanaka・30分 · 5,000円", "予約して5,000円を支払う"),
    ] {
        let fields = [("page", "aiko/paid"), ("locale", locale), ("duration_minutes", duration)];
        let told = trial.post_form("/api/bookings", &fields).await;
        let text = told.text().replace("&nbsp;", " ");
        assert!(text.lines().any(|line| line == lead), "{text}");
        assert!(text.lines().any(|line| line == button), "{text}");
    }
    let fields = [("page", "aiko/paid"), ("locale", "en"), ("duration_minutes", "45")];
    let text = trial.post_form("/api/bookings", &fields).await.text();
    assert!(text.contains("\n30 minutes · ¥5,000\n") && text.contains("\n60 minutes · ¥9,000\n"), "{text}");
    let unpriced = [("page", "aiko/intro"), ("locale", "en"), ("duration_minutes", "30")];
    let text = trial.post_form("/api/bookings", &unpriced).await.text();
    assert!(text.contains("\n30 minutes with Aiko Tanaka\n") && text.contains("\nBook this time"), "{text}");
}

/// What is different about a site.
type Change = fn(&mut SiteDefinition, &mut [HostDefinition]);

/// A form of a page, sent twice: what the second answer says.
async fn sent_twice(shop: &Shop, page: &str, locale: &str) -> String {
    let price = ("price.30", if page == "aiko/paid" { "5000 JPY" } else { "" });
    let fields = [("page", page), ("locale", locale), price];
    assert_eq!(book_by_form(&shop.trial, &fields).await.status, 303);
    let told = book_by_form(&shop.trial, &fields).await;
    assert_eq!(told.status, 409);
    let (_, rest) = told.body.split_once("</h2>\n<p>").unwrap();
    rest.split_once("</p>").unwrap().0.to_owned()
}

#[tokio::test]
async fn a_form_that_came_twice_says_how_the_first_stands() {
    let taken = "Someone booked it, or a time too close to it. Please choose another one.";
    let taken_ja = "この時間、またはすぐ前後の時間に予約が入りました。別の時間をお選びください。";
    let unmailed = |_: &mut SiteDefinition, _: &mut [HostDefinition]| {};
    let mailed = |site: &mut SiteDefinition, _: &mut [HostDefinition]| {
        let from = Sender::parse("Example <hello@example.com>").unwrap();
        site.mail = Some(Mail { from, transport: MailTransport::Mailbox });
    };
    let by_request = |_: &mut SiteDefinition, hosts: &mut [HostDefinition]| {
        let meetings = hosts[0].meetings.values_mut();
        meetings.for_each(|meeting| meeting.approval_within_minutes = Some(1440));
    };
    let once_a_day = |_: &mut SiteDefinition, hosts: &mut [HostDefinition]| {
        hosts[0].meetings.values_mut().for_each(|meeting| meeting.rules.limit.per_day = Some(1));
    };
    let full = "No more meetings can be booked that day or week. Please choose another one.";
    let cases: [(Change, &str, &str, &str, &str); 10] = [
        (
            unmailed,
            "aiko/intro",
            "en",
            taken,
            " If you have sent this form twice, the first time counts, and you are booked.",
        ),
        (
            unmailed,
            "aiko/intro",
            "ja",
            taken_ja,
            "フォームを2回送信された場合、1回目の送信でご予約は完了しています。",
        ),
        (
            by_request,
            "aiko/paid",
            "en",
            taken,
            " If you have sent this form twice, the first time counts, and your request is in place.",
        ),
        (
            by_request,
            "aiko/paid",
            "ja",
            taken_ja,
            "フォームを2回送信された場合、1回目の送信でお申し込みを受け付けています。",
        ),
        (
            unmailed,
            "aiko/paid",
            "en",
            taken,
            " If you have sent this form twice, the first time counts. The time is booked once it is paid for: go back to the page that you saw then.",
        ),
        (
            unmailed,
            "aiko/paid",
            "ja",
            taken_ja,
            "フォームを2回送信された場合、1回目の内容で受け付けており、お支払いが済むと予約が確定します。1回目に表示されたページに戻ってお支払いください。",
        ),
        (
            mailed,
            "aiko/paid",
            "en",
            taken,
            " If you have sent this form twice, the first time counts. The time is booked once it is paid for: go back to the page that you saw then, or use the link in our email.",
        ),
        (
            mailed,
            "aiko/paid",
            "ja",
            taken_ja,
            "フォームを2回送信された場合、1回目の内容で受け付けており、お支払いが済むと予約が確定します。1回目に表示されたページに戻るか、お送りするメールのリンクからお支払いください。",
        ),
        (
            mailed,
            "aiko/intro",
            "en",
            taken,
            " If you have sent this form twice, the first time counts: our email says how it stands.",
        ),
        (
            once_a_day,
            "aiko/intro",
            "en",
            full,
            " If you have sent this form twice, the first time counts, and you are booked.",
        ),
    ];
    for (change, page, locale, refused, besides) in cases {
        assert_eq!(sent_twice(&Shop::with(change), page, locale).await, format!("{refused}{besides}"));
    }
}
