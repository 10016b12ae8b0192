//! The booking's page, the form again, and the pages that refuse, as people read them.

use serde_json::json;

use super::harness::{Told, Trial, WEDNESDAY_TEN, book};

#[track_caller]
pub(super) fn assert_page(told: &Told, status: u16, expected: &str) {
    assert_eq!(told.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(told.header("cache-control"), "no-store");
    assert_eq!(told.text().trim(), expected.trim());
    assert_eq!(told.status, status);
}

/// Books in a form, as a browser without JavaScript does, and returns the answer that it is redirected to.
pub(super) async fn book_by_form(trial: &Trial, fields: &[(&str, &str)]) -> Told {
    let sound = [
        ("page", "aiko/intro"),
        ("start", "1795568400"),
        ("duration_minutes", "30"),
        ("time_zone", "Asia/Tokyo"),
        ("locale", "en"),
        ("contact.name", "Mara Lind"),
        ("contact.email", "mara@example.org"),
        ("website", ""),
    ];
    let changed: Vec<(&str, &str)> = sound
        .iter()
        .filter(|(name, _)| fields.iter().all(|(other, _)| other != name))
        .chain(fields)
        .copied()
        .collect();
    trial.post_form("/api/bookings", &changed).await
}

const CONFIRMED: &str = "
You are booked
You are booked
Aiko Tanaka is looking forward to meeting you, Mara Lind.
Meeting
Introductory call
30 minutes
With
Aiko Tanaka
When
Wednesday 25 November 2026, 02:00–02:30
night
Berlin (UTC+1)
Wednesday 25 November 2026, 10:00–10:30
Tokyo (UTC+9), for Aiko Tanaka
Where
https://meet.example.com/rooms/aiko
Who
Mara Lind
mara@example.org
Add it to your calendar:
Google Calendar
Outlook
Other calendars (.ics)
";

#[tokio::test]
async fn a_booking_is_confirmed_in_both_zones() {
    let trial = Trial::start();
    let booked = trial.booked(&trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
    let cancel = "Save this page’s address: you need it to see, move or cancel the meeting.
Open it in a tab of its own
Choose another time
Cancel this meeting
You can cancel until Wednesday 25 November 2026, 00:00.
Why?
optional
Cancel the meeting";
    assert_page(&trial.get(&booked.path).await, 200, &format!("{CONFIRMED}{cancel}"));

    let trial = trial.again_at("2026-11-24T23:30:00Z");
    let late = "You can no longer move or cancel the meeting here. If something has come up, please tell Aiko Tanaka.";
    assert_page(&trial.get(&booked.path).await, 200, &format!("{CONFIRMED}{late}"));
}

#[tokio::test]
async fn a_form_books_and_cancels() {
    let trial = Trial::start();
    let told = book_by_form(&trial, &[("locale", "ja")]).await;
    let path = told.header("location").to_owned();
    assert_eq!((told.status, path.starts_with("/booking/aiko.")), (303, true), "{}", told.body);
    let expected = "ご予約が確定しました
ご予約が確定しました
Mara Lind様、Aiko Tanakaがお待ちしております。
面談
初回のご相談
30分
担当
Aiko Tanaka
日時
2026年11月25日（水）10:00\u{2060}～\u{2060}10:30
東京（UTC+9）
場所
https://meet.example.com/rooms/aiko
お名前
Mara Lind
mara@example.org
カレンダーに追加
Googleカレンダー
Outlook
その他のカレンダー（.ics）
このページのアドレスを保存しておいてください。ご予約の確認、日時の変更、キャンセルは、ここから行えます。
別のタブで開く
日時を変更する
この面談をキャンセルする
2026年11月25日（水）08:00までキャンセルできます。
理由
任意
キャンセルする";
    assert_page(&trial.get(&path).await, 200, expected);

    let (id, token) = path.strip_prefix("/booking/").unwrap().split_once('/').unwrap();
    let fields = [("token", token), ("reason", "<i>ill</i>")];
    let cancel = format!("/api/bookings/{id}/cancel");
    let told = trial.post_form(&cancel, &fields).await;
    assert_eq!((told.status, told.header("location")), (303, path.as_str()));
    let told = trial.get(&path).await;
    assert!(told.body.contains("&lt;i&gt;ill&lt;/i&gt;") && !told.body.contains("<i>"), "{}", told.body);
    assert!(
        told.text().contains("この面談はキャンセルされました\nMara Lind様、お手続きは以上です。"),
        "{}",
        told.text()
    );
    assert!(told.body.contains("href=\"/ja/aiko/intro/\">別の日時で予約する"), "{}", told.body);
    let told = trial.post_form(&cancel, &fields).await;
    assert_eq!((told.status, told.header("location")), (303, path.as_str()), "a second click is no mistake");
}

#[tokio::test]
async fn a_meeting_that_began_or_is_over_says_so() {
    let trial = Trial::start();
    let booked = trial.booked(&trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
    let trial = trial.again_at("2026-11-25T01:10:00Z");
    let text = trial.get(&booked.path).await.text();
    assert!(text.contains("The meeting has begun\nAiko Tanaka is waiting for you, Mara Lind.\n"), "{text}");
    let trial = trial.again_at("2026-11-25T01:30:00Z");
    let text = trial.get(&booked.path).await.text();
    assert!(text.contains("This meeting is over\nThank you for coming, Mara Lind.\n"), "{text}");
    assert!(text.ends_with("Book another time\n"), "{text}");
    let cancel = format!("/api/bookings/{}/cancel", booked.id);
    let told = trial.post_form(&cancel, &[("token", booked.token.as_str())]).await;
    let expected = "This meeting is over\nThis meeting has begun or is over\nIt can no longer be changed.\nThis meeting is over";
    assert_eq!((told.status, told.text().starts_with(expected)), (409, true), "{}", told.text());
    // The link opens for 400 days after the meeting.
    let trial = trial.again_at("2027-12-30T01:30:00Z");
    assert_eq!(trial.get(&booked.path).await.status, 404);
}

#[tokio::test]
async fn a_wrong_link_shows_nothing() {
    let trial = Trial::start();
    let booked = trial.booked(&trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
    let expected = "Page not found
Page not found
The link may be incomplete. Please open it again as you received it.
See all meetings";
    let cut = &booked.path[..booked.path.len() - 1];
    for path in [cut, &format!("/booking/{}/x", booked.id), "/booking/", "/booking/x", "/booking/a/b/c"] {
        assert_page(&trial.get(path).await, 404, expected);
    }
    let request = http::Request::get(cut).header("accept-language", "ja,en;q=0.5").body(bytes::Bytes::new());
    let expected = "ページが見つかりません
ページが見つかりません
リンクの一部が欠けている可能性があります。届いたリンクをそのまま開いてください。
面談の一覧へ";
    let told = trial.send(request.unwrap()).await;
    assert_page(&told, 404, expected);
    assert!(told.body.contains("href=\"/ja/\">"), "{}", told.body);
}

#[tokio::test]
async fn a_form_with_mistakes_keeps_every_word() {
    let trial = Trial::start();
    let fields = [
        ("page", "aiko/review"),
        ("duration_minutes", "60"),
        ("contact.name", "<script>alert(1)</script>\""),
        ("contact.email", "mara@"),
        ("answers.topic", "\nOne\nTwo"),
        ("answers.part", "code"),
        ("answers.areas", "data"),
        ("answers.areas", "code"),
        ("answers.people", "many"),
        ("answers.agreed", "true"),
        ("tracking.utm_source", "letter"),
    ];
    let told = book_by_form(&trial, &fields).await;
    let expected = "
Error: Design review
Please check this again
Something is missing or cannot be read.
Enter an email address, such as name@example.com.
“Where shall we meet?” needs an answer.
“The document” needs an answer.
Enter a number for “How many”, such as 3 or 2.5.
Design review
60 minutes with Aiko Tanaka
The time you chose
Wednesday 25 November 2026, 10:00
All times are in Tokyo (UTC+9).
See all times
About you
Your name
Email address
Enter an email address, such as name@example.com.
Where shall we meet?
“Where shall we meet?” needs an answer.
The document
“The document” needs an answer.
The topic
optional
One
Two
The part
Data
Code
The areas
optional
Data
Code
How many
optional
Enter a number for “How many”, such as 3 or 2.5.
Your number
optional
I agree
Book this time
";
    assert_page(&told, 422, expected);
    for part in [
        "<input id=\"contact-name\" name=\"contact.name\" value=\"&lt;script&gt;alert(1)&lt;/script&gt;&quot;\"",
        "<a href=\"#contact-email\">",
        "id=\"contact-email\" name=\"contact.email\" value=\"mara@\" type=\"email\" autocomplete=\"email\" maxlength=\"254\" required aria-invalid=\"true\" aria-describedby=\"contact-email-error\"",
        "<input type=\"radio\" id=\"start\" name=\"start\" value=\"1795568400\" required checked>",
        "name=\"answers.part\" value=\"code\" required checked>",
        "name=\"answers.areas\" value=\"data\" checked>",
        "name=\"answers.areas\" value=\"code\" checked>",
        "name=\"answers.people\" value=\"many\"",
        "name=\"answers.agreed\" value=\"true\" required checked>",
        "<input type=\"hidden\" name=\"tracking.utm_source\" value=\"letter\">",
        "<input type=\"hidden\" name=\"duration_minutes\" value=\"60\">",
    ] {
        assert!(told.body.contains(part), "no {part} in {}", told.body);
    }
    assert_eq!(trial.stored("aiko").await, 0);
}

#[tokio::test]
async fn a_form_whose_time_was_taken_offers_others() {
    let trial = Trial::start();
    trial.booked(&trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await);
    let told = book_by_form(&trial, &[("contact.email", "other@example.org"), ("locale", "ja")]).await;
    let expected = "
エラー：初回のご相談
この時間はたった今埋まりました
この時間、またはすぐ前後の時間に予約が入りました。別の時間をお選びください。フォームを2回送信された場合、1回目の送信でご予約は完了しています。
初回のご相談
Aiko Tanaka・30分
空いている日時
2026年11月25日（水）09:00
2026年11月25日（水）11:00
2026年11月25日（水）11:30
2026年11月25日（水）13:00
2026年11月25日（水）13:30
時刻は東京（UTC+9）の現地時刻です。
すべての日時を見る
お客様の情報
お名前
メールアドレス
この日時で予約する
";
    assert_page(&told, 409, expected);
    assert!(
        told.body.contains("value=\"other@example.org\"") && !told.body.contains(" checked"),
        "{}",
        told.body
    );
}

#[tokio::test]
async fn a_form_without_a_time_offers_the_next_ones() {
    let trial = Trial::start();
    let told = book_by_form(&trial, &[("start", "")]).await;
    assert_eq!(told.status, 422);
    let text = told.text();
    let times = "Times that are still free
Tuesday 24 November 2026, 13:00
Tuesday 24 November 2026, 13:30
Tuesday 24 November 2026, 14:00
Tuesday 24 November 2026, 14:30
Tuesday 24 November 2026, 15:00
";
    assert!(text.contains("Choose a time.") && text.contains(times), "{text}");
}

#[tokio::test]
async fn a_form_sent_twice_is_told_without_a_link() {
    let trial = Trial::start();
    assert_eq!(book_by_form(&trial, &[]).await.status, 303);
    let told = book_by_form(&trial, &[("contact.email", "MARA@example.org")]).await;
    let detail = "Someone booked it, or a time too close to it. Please choose another one. If you have sent this \
        form twice, the first time counts, and you are booked.";
    assert_eq!(told.status, 409);
    assert!(told.text().contains(detail), "{}", told.text());
    assert!(!told.body.contains("/booking/"), "{}", told.body);
    assert_eq!(trial.stored("aiko").await, 1);
}

#[tokio::test]
async fn a_form_of_an_unknown_page_gives_its_words_back() {
    let trial = Trial::start();
    let told = book_by_form(
        &trial,
        &[("page", "aiko/nothing"), ("answers.topic", "\nOne\n<b>Two"), ("price.60", "5000 JPY")],
    )
    .await;
    let expected = "There is no such page
There is no such page
It may have been removed or renamed. Please ask the person who gave you the link.
What you entered
Your name
Mara Lind
Email address
mara@example.org
topic
One
&lt;b&gt;Two
See all meetings";
    assert_page(&told, 404, expected);
    let told = trial
        .post_form("/api/bookings", &[("page", "aiko/nothing"), ("locale", "ja"), ("contact.name", "花子")])
        .await;
    let expected = "このページはありません
このページはありません
削除されたか、名前が変わった可能性があります。リンクをお知らせした方にお問い合わせください。
ご入力の内容
お名前
花子
面談の一覧へ";
    assert_page(&told, 404, expected);
    let told = trial.post_form("/api/bookings", &[("page", "aiko/nothing")]).await;
    assert!(!told.text().contains("What you entered"), "{}", told.text());
    assert_eq!(trial.stored("aiko").await, 0);
}

#[tokio::test]
async fn a_plain_form_is_tracked_by_the_page_it_was_sent_from() {
    for (referer, form, expected) in [
        (
            "https://meet.example.com/aiko/intro/?utm_source=letter&x=1&partner=p",
            "",
            json!({ "utm_source": "letter", "partner": "p" }),
        ),
        ("https://meet.example.com/aiko/intro/?utm_source=letter", "form", json!({ "utm_source": "form" })),
        ("https://evil.example/?utm_source=letter", "", json!({})),
        ("https://meet.example.com/aiko/intro/", "", json!({})),
    ] {
        let trial = Trial::start();
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs([
            ("page", "aiko/intro"),
            ("start", "1795568400"),
            ("contact.name", "M"),
            ("contact.email", "m@example.org"),
        ]);
        if !form.is_empty() {
            body.append_pair("tracking.utm_source", form);
        }
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("referer", referer)];
        let told = trial.post("/api/bookings", &headers, &body.finish()).await;
        assert_eq!(told.status, 303, "{}", told.body);
        let key = trial.secrets().host_key("aiko", 1);
        let stored = trial.get_as("/api/host/bookings", &key).await.json();
        assert_eq!(stored["bookings"][0]["tracking"], expected);
    }
}

#[tokio::test]
async fn html_in_a_name_is_text_everywhere() {
    let trial = Trial::start();
    let mut body = book(WEDNESDAY_TEN);
    body["contact"]["name"] = json!("<img src=x onerror=alert(1)>⟦token⟧");
    let booked = trial.booked(&trial.post_json("/api/bookings", &body).await);
    let page = trial.get(&booked.path).await.body;
    assert!(!page.contains("<img"), "{page}");
    assert!(page.contains("&lt;img src=x onerror=alert(1)&gt;⟦token⟧"), "{page}");
}
