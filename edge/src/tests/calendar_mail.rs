//! What a host is written of a calendar that cannot be read, or can be read again; and of what they have done to a
//! booking's copy in it.

use scheduling::booking::Party;
use scheduling::definition::MailTransport;
use scheduling::outbox::{AttemptOutcome, Body, Destination, Mailbox, Payload};
use serde_json::json;

use super::mail::Recorder;
use crate::deliveries::{Job, Mail, attempt};

/// A job to tell aiko of the calendar `work`.
fn job(event: &str, state: &str, reason: Option<&str>, known_until: Option<&str>) -> Job {
    let data = json!({
        "host": { "folder": "aiko", "name": "Aiko Tanaka" },
        "calendar": {
            "name": "work",
            "state": state,
            "since": "2026-11-23T23:45:00Z",
            "reason": reason,
            "known_until": known_until,
        },
    });
    Job {
        ledger: "aiko".to_owned(),
        number: 1,
        id: format!("aiko.calendar-work.1795477500000-{state}.host"),
        payload: Payload::Webhook(Body::new(event, data, "2026-11-24T00:00:00Z".parse().unwrap())),
        destination: Destination::Mail(Mailbox { to: Party::Host.into() }),
        booking: None,
        is_copy_parked: false,
    }
}

async fn sent(recorder: &Recorder, job: &Job) -> Mail {
    assert_eq!(attempt(recorder, job).await, AttemptOutcome::Taken);
    recorder.handed_over.borrow_mut().pop().unwrap()
}

const CALENDARS: [&str; 3] = ["See your calendars", "カレンダーを確認する", "#calendars"];

/// The whole mail, in each language.
async fn check(job: Job, expected: [(&str, &str, &str); 2]) {
    check_leading_to(CALENDARS, job, expected).await;
}

/// The same, where its button has those words, and leads there.
async fn check_leading_to(
    [button, button_ja, place]: [&str; 3],
    job: Job,
    expected: [(&str, &str, &str); 2],
) {
    for (locale, subject, text) in expected {
        let recorder = if locale == "en" {
            Recorder::of(Some(MailTransport::Mailbox))
        } else {
            Recorder::speaking(locale)
        };
        let mail = sent(&recorder, &job).await;
        assert_eq!(mail.subject, subject);
        let button = if locale == "en" { button } else { button_ja };
        let link = format!("https://meet.example.com/host/{place}");
        let colon = if locale == "en" { ":" } else { "：" };
        let foot = format!("{button}{colon}\n{link}\n\nExample & Co.\n");
        assert_eq!(mail.text, format!("{subject}\n\n{text}\n\n{foot}"));
        assert_eq!((mail.to.to_string().as_str(), mail.reply_to.as_ref()), ("aiko@example.com", None));
        assert!(mail.html.starts_with(&format!("<!doctype html>\n<html lang=\"{locale}\"")), "{}", mail.html);
        assert!(mail.html.contains(&format!("<a href=\"{link}\"")), "{}", mail.html);
        let is_reason = |line: &&str| line.starts_with("Reason: ") || line.starts_with("理由：");
        for line in text.lines().filter(|line| !is_reason(line)) {
            let words = line.trim_start_matches("– ");
            assert!(mail.html.contains(words), "{words} in {}", mail.html);
        }
        assert!(!mail.html.contains('⟦') && !mail.html.contains("{{"), "{}", mail.html);
        assert!(mail.invitation.is_none() && recorder.posted.borrow().is_empty());
    }
}

#[tokio::test]
async fn a_host_reads_what_fails_since_when_and_what_it_means() {
    let reason = Some("it answered 500: its server has a fault");
    let job = job("calendar.failing", "failing", reason, Some("2026-11-24T05:30:00Z"));
    check(
        job,
        [
            (
                "en",
                "Your calendar “work” cannot be read",
                "Every attempt since Tuesday 24 November 2026, 08:45 has failed. It is tried again every few minutes.

Reason: it answered 500: its server has a fault

What was read before still counts until Tuesday 24 November 2026, 14:30. After that, times on your pages can be requested, or are refused, as each page says.

If this goes on, check that the calendar is still at its address: docs/calendars.md says where to find it.",
            ),
            ("ja", "カレンダー「work」を読み込めません", "2026年11月24日（火）08:45から、読み込みに失敗し続けています。数分おきに再試行しています。

理由：500が返されました。サーバーで障害が起きています

これまでに読み込んだ予定は、2026年11月24日（火）14:30まで有効です。その後の時間は、各ページの設定に応じて、申し込み扱いになるか、予約できなくなります。

この状態が続く場合は、カレンダーのアドレスが変わっていないかご確認ください。アドレスの調べ方はdocs/calendars.mdにあります。"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_host_whose_calendar_is_left_alone_for_long_reads_until_when() {
    let mut job =
        job("calendar.failing", "failing", Some("it answered 429: it has been read too often"), None);
    let Payload::Webhook(body) = &mut job.payload else { panic!() };
    body.data["calendar"]["next_read_at"] = "2026-11-24T02:00:00Z".into();
    check(
        job,
        [
            (
                "en",
                "Your calendar “work” cannot be read",
                "Every attempt since Tuesday 24 November 2026, 08:45 has failed. It is tried again on Tuesday 24 November 2026, 11:00.

Reason: it answered 429: it has been read too often

So nobody knows when you are busy there. Times on your pages can be requested, or are refused, as each page says.

If this goes on, check that the calendar is still at its address: docs/calendars.md says where to find it.",
            ),
            (
                "ja",
                "カレンダー「work」を読み込めません",
                "2026年11月24日（火）08:45から、読み込みに失敗し続けています。次の再試行は2026年11月24日（火）11:00です。

理由：429が返されました。読み込みの回数が多すぎます

そのため、予定の有無を確認できません。各ページの設定に応じて、申し込み扱いになるか、予約できなくなっています。

この状態が続く場合は、カレンダーのアドレスが変わっていないかご確認ください。アドレスの調べ方はdocs/calendars.mdにあります。",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_host_who_has_to_let_it_in_again_is_told_so() {
    let reason = Some(
        "it answered 401: its address is not the secret one, or has been withdrawn: copy it again, and set the secret anew",
    );
    check(
        job("calendar.failing", "disconnected", reason, None),
        [
            ("en", "Your calendar “work” is disconnected", "This site has had no access to it since Tuesday 24 November 2026, 08:45, and will have none until someone restores it.

Reason: it answered 401: its address is not the secret one, or has been withdrawn: copy it again, and set the secret anew

So nobody knows when you are busy there. Times on your pages can be requested, or are refused, as each page says.

Do what the reason says, or set the calendar’s secret again: docs/calendars.md says how."),
            ("ja", "カレンダー「work」との接続が切れています", "2026年11月24日（火）08:45から、このサイトはカレンダーにアクセスできません。再試行では解決しないため、再設定が必要です。

理由：401が返されました。非公開のアドレスではないか、アドレスが取り消されています。もう一度コピーして、シークレットを設定し直してください

そのため、予定の有無を確認できません。各ページの設定に応じて、申し込み扱いになるか、予約できなくなっています。

理由に従って対処するか、カレンダーのシークレットを設定し直してください。手順はdocs/calendars.mdにあります。"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_host_whose_calendar_is_known_in_part_is_told_until_when() {
    let reason = Some("a series repeats by a rule that is not understood");
    check(
        job("calendar.failing", "partial", reason, Some("2026-12-05T00:00:00Z")),
        [
            ("en", "Your calendar “work” is known only in part", "It can be read, but not all of it can be understood.

Reason: a series repeats by a rule that is not understood

It is known until Saturday 5 December 2026, 09:00. Later times on your pages can be requested, or are refused, as each page says.

If the reason is about one event, your calendars page shows which: leave it out there, or change it in your calendar. docs/calendars.md says what can be understood."),
            ("ja", "カレンダー「work」は一部しか確認できません", "読み込めましたが、内容の一部を解釈できません。

理由：解釈できない規則で繰り返す予定があります

2026年12月5日（土）09:00までの予定を確認できています。それより後の時間は、各ページの設定に応じて、申し込み扱いになるか、予約できません。

理由が特定の予定に関するものであれば、カレンダーのページに表示されています。そこで除外するか、お使いのカレンダーで修正してください。解釈できる内容はdocs/calendars.mdにあります。"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_host_is_told_when_it_is_well_again() {
    check(
        job("calendar.recovered", "ok", None, None),
        [
            (
                "en",
                "Your calendar “work” is up to date again",
                "It was read on Tuesday 24 November 2026, 08:45. Times that are busy there are not offered.

You don’t need to do anything.",
            ),
            (
                "ja",
                "カレンダー「work」は最新の状態に戻りました",
                "2026年11月24日（火）08:45に読み込みました。予定が入っている時間は、予約を受け付けません。

お手続きは必要ありません。",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_site_without_email_ends_it() {
    let job = job("calendar.recovered", "ok", None, None);
    let reason = "the site no longer sends email".to_owned();
    assert_eq!(attempt(&Recorder::of(None), &job).await, AttemptOutcome::Ended { reason });
}

/// A reason is a server's own at times: it is text, wherever it stands.
#[tokio::test]
async fn a_reason_is_text() {
    let job = job("calendar.failing", "failing", Some("<b>\r\nBcc: all@example.com"), None);
    let mail = sent(&Recorder::of(Some(MailTransport::Mailbox)), &job).await;
    assert!(mail.html.contains("&lt;b&gt;") && !mail.html.contains("<b>"), "{}", mail.html);
    assert_eq!(mail.subject, "Your calendar “work” cannot be read");
}

/// A job to tell aiko of the copy of a meeting on 1 December from ten to half past in Tokyo, where it is now.
fn copy_job(moved_to: Option<(&str, &str, bool)>) -> Job {
    let mut data = json!({
        "booking": {
            "id": "aiko.AQEBAQEBAQEBAQEBAQEBAQ",
            "title": "Introductory call",
            "start": "2026-12-01T01:00:00Z",
            "end": "2026-12-01T01:30:00Z",
            "contact": { "name": "Mara Lind", "email": "mara@example.org" },
        },
        "calendar": "work",
    });
    if let Some((start, end, whole_days)) = moved_to {
        data["moved_to"] = json!({ "start": start, "end": end, "whole_days": whole_days });
    }
    let event = if moved_to.is_some() { "booking.calendar_moved" } else { "booking.calendar_missing" };
    Job {
        id: "aiko.AQEBAQEBAQEBAQEBAQEBAQ.copy-1795477500000.host".to_owned(),
        payload: Payload::Webhook(Body::new(event, data, "2026-11-24T00:00:00Z".parse().unwrap())),
        ..job("calendar.failing", "failing", None, None)
    }
}

const STAYS: [&str; 2] = [
    "The meeting still takes place as booked, and Mara Lind has not been told.",
    "予約自体は変わっておらず、Mara Lind様にもお知らせしていません。",
];

/// The whole mail about a copy, in each language: subject, what happened, and what to do.
async fn check_copy(moved_to: Option<(&str, &str, bool)>, expected: [[&str; 3]; 2]) {
    let texts = [0, 1].map(|number: usize| {
        let [_, lead, todo] = expected[number];
        // No line breaks beside the dash.
        let lead = lead.replace('〜', "\u{2060}～\u{2060}");
        format!("{lead}\n\n{}\n\n{todo}", STAYS[number])
    });
    let link = ["See the meeting", "予約を確認する", "#booking/aiko.AQEBAQEBAQEBAQEBAQEBAQ"];
    let [[en, ..], [ja, ..]] = expected;
    check_leading_to(link, copy_job(moved_to), [("en", en, &texts[0]), ("ja", ja, &texts[1])]).await;
}

#[tokio::test]
async fn a_host_is_asked_of_a_copy_that_they_have_deleted() {
    check_copy(
        None,
        [
            [
                "Your meeting with Mara Lind is no longer in your calendar “work”",
                "It was deleted or cancelled there: Introductory call, Tuesday 1 December 2026, 10:00–10:30.",
                "Cancel the meeting, or put it back into the calendar.",
            ],
            [
                "Mara Lind様との面談が、カレンダー「work」から削除されています",
                "カレンダーで削除またはキャンセルされました：Introductory call、2026年12月1日（火）10:00〜10:30",
                "予約をキャンセルするか、カレンダーの予定を元に戻してください。",
            ],
        ],
    )
    .await;
}

#[tokio::test]
async fn a_host_is_asked_of_a_copy_that_they_have_moved() {
    let (en, ja) = (
        "Your meeting with Mara Lind was moved in your calendar “work”",
        "Mara Lind様との面談が、カレンダー「work」で移動されています",
    );
    check_copy(
        Some(("2026-12-02T05:00:00Z", "2026-12-02T05:30:00Z", false)),
        [
            [
                en,
                "Introductory call is booked for Tuesday 1 December 2026, 10:00–10:30. In the calendar, it is now on Wednesday 2 December 2026, 14:00–14:30.",
                "Move the meeting there, or put it back in the calendar.",
            ],
            [
                ja,
                "「Introductory call」の予約は2026年12月1日（火）10:00〜10:30です。カレンダーでは、2026年12月2日（水）14:00〜14:30になっています。",
                "予約をその日時に変更するか、カレンダーの予定を元に戻してください。",
            ],
        ],
    )
    .await;
    check_copy(
        Some(("2026-12-02T05:00:00Z", "2026-12-02T06:00:00Z", false)),
        [
            [
                en,
                "Introductory call is booked for Tuesday 1 December 2026, 10:00–10:30. In the calendar, it is now on Wednesday 2 December 2026, 14:00–15:00.",
                "Move the meeting there (its length stays as booked), or put it back in the calendar.",
            ],
            [
                ja,
                "「Introductory call」の予約は2026年12月1日（火）10:00〜10:30です。カレンダーでは、2026年12月2日（水）14:00〜15:00になっています。",
                "予約をその開始日時に変更するか（面談の長さは変わりません）、カレンダーの予定を元に戻してください。",
            ],
        ],
    )
    .await;
    check_copy(
        Some(("2026-11-02T05:00:00Z", "2026-11-02T05:30:00Z", false)),
        [
            [
                en,
                "Introductory call is booked for Tuesday 1 December 2026, 10:00–10:30. In the calendar, it is now on Monday 2 November 2026, 14:00–14:30, which is past.",
                "Cancel the meeting, or put it back in the calendar.",
            ],
            [
                ja,
                "「Introductory call」の予約は2026年12月1日（火）10:00〜10:30です。カレンダーでは、過去の日時（2026年11月2日（月）14:00〜14:30）になっています。",
                "予約をキャンセルするか、カレンダーの予定を元に戻してください。",
            ],
        ],
    )
    .await;
}

#[tokio::test]
async fn a_host_is_asked_of_a_copy_of_another_length() {
    check_copy(
        Some(("2026-12-01T01:00:00Z", "2026-12-01T02:00:00Z", false)),
        [
            [
                "Your meeting with Mara Lind ends at another time in your calendar “work”",
                "Introductory call is booked for Tuesday 1 December 2026, 10:00–10:30. In the calendar, it is now on Tuesday 1 December 2026, 10:00–11:00.",
                "Put it back in the calendar, or leave it as it is.",
            ],
            [
                "Mara Lind様との面談の終了時刻が、カレンダー「work」で変更されています",
                "「Introductory call」の予約は2026年12月1日（火）10:00〜10:30です。カレンダーでは、2026年12月1日（火）10:00〜11:00になっています。",
                "カレンダーの予定を元に戻すか、そのままにしてください。",
            ],
        ],
    )
    .await;
    check_copy(
        Some(("2026-11-30T15:00:00Z", "2026-12-01T15:00:00Z", true)),
        [
            [
                "Your meeting with Mara Lind is an all-day event in your calendar “work”",
                "Introductory call is booked for Tuesday 1 December 2026, 10:00–10:30. There, it is now an all-day event.",
                "Put it back in the calendar, or leave it as it is.",
            ],
            [
                "Mara Lind様との面談が、カレンダー「work」で終日の予定になっています",
                "「Introductory call」の予約は2026年12月1日（火）10:00〜10:30です。カレンダーでは、終日の予定になっています。",
                "カレンダーの予定を元に戻すか、そのままにしてください。",
            ],
        ],
    )
    .await;
}

#[tokio::test]
async fn a_host_is_asked_of_a_copy_that_is_where_another_meeting_is() {
    let mut job = copy_job(Some(("2026-12-02T05:00:00Z", "2026-12-02T05:30:00Z", false)));
    let Payload::Webhook(body) = &mut job.payload else { panic!() };
    body.data["moved_to"]["taken"] = true.into();
    let link = ["See the meeting", "予約を確認する", "#booking/aiko.AQEBAQEBAQEBAQEBAQEBAQ"];
    let ja = "「Introductory call」の予約は2026年12月1日（火）10:00〜10:30です。カレンダーでは、別の面談がある2026年12月2日（水）14:00〜14:30になっています。"
        .replace('〜', "\u{2060}～\u{2060}");
    let texts = [
        format!(
            "Introductory call is booked for Tuesday 1 December 2026, 10:00–10:30. In the calendar, it is now on Wednesday 2 December 2026, 14:00–14:30, when you have another meeting.

{}

Choose another time for the meeting, put it back in the calendar, or leave it as it is.",
            STAYS[0]
        ),
        format!(
            "{ja}

{}

予約を別の日時に変更するか、カレンダーの予定を元に戻すか、そのままにしてください。",
            STAYS[1]
        ),
    ];
    let expected = [
        ("en", "Your meeting with Mara Lind was moved in your calendar “work”", &*texts[0]),
        ("ja", "Mara Lind様との面談が、カレンダー「work」で移動されています", &*texts[1]),
    ];
    check_leading_to(link, job, expected).await;
}

#[tokio::test]
async fn a_host_reads_of_all_copies_that_went_missing_together() {
    let mut job = copy_job(None);
    let named = json!({ "title": "Intro", "start": "2026-12-01T01:00:00Z", "end": "2026-12-01T01:30:00Z" });
    let later = json!({ "title": "Review", "start": "2026-12-02T01:00:00Z", "end": "2026-12-02T02:00:00Z" });
    let data = json!({ "calendar": "work", "count": 5, "bookings": [named, later] });
    let at = "2026-11-24T00:00:00Z".parse().unwrap();
    job.payload = Payload::Webhook(Body::new("booking.calendar_missing", data, at));
    let ja = "カレンダーで削除またはキャンセルされたか、カレンダー全体が空になりました。

– Intro、2026年12月1日（火）10:00〜10:30
– Review、2026年12月2日（水）10:00〜11:00
– ほか3件

いずれの予約も変わっておらず、予約した方にもお知らせしていません。

それぞれについて、予約をキャンセルするか、カレンダーの予定を元に戻してください。"
        .replace('〜', "\u{2060}～\u{2060}");
    let en = "They were deleted or cancelled there, or the calendar was emptied:

– Intro, Tuesday 1 December 2026, 10:00–10:30
– Review, Wednesday 2 December 2026, 10:00–11:00
– and 3 more

The meetings still take place as booked, and no visitor has been told.

Cancel each of them, or put it back into the calendar.";
    let expected = [
        ("en", "5 meetings are no longer in your calendar “work”", en),
        ("ja", "5件の面談が、カレンダー「work」から削除されています", &ja),
    ];
    check_leading_to(["See the meetings", "予約を確認する", "#today"], job, expected).await;
}

#[tokio::test]
async fn a_host_is_told_why_there_is_no_link_to_a_call() {
    let mut job = copy_job(None);
    let Payload::Webhook(body) = &mut job.payload else { panic!() };
    body.event = "booking.room_missing".to_owned();
    body.data["reason"] =
        "the event is there, but Google makes no Meet rooms for a service account: docs/calendars.md says what works"
            .into();
    let ja = "カレンダー「work」がリンクを作成していません：Introductory call、2026年12月1日（火）10:00〜10:30

理由：予定は登録されましたが、サービスアカウントではGoogle Meetのリンクを作成できません。対応状況はdocs/calendars.mdをご覧ください

Mara Lind様には、リンクは追ってメールでお知らせすると伝えてあります。作成され次第、自動的に送信されます。

理由が解消しない場合は、ページの`location`に共通のビデオ通話のアドレスを設定してください。リンクを待っている方にはそのアドレスが送られます。リンクを作成できるカレンダーについては、docs/calendars.mdをご覧ください。"
        .replace('〜', "\u{2060}～\u{2060}");
    let en = "Your calendar “work” has made no room for it: Introductory call, Tuesday 1 December 2026, 10:00–10:30.

Reason: the event is there, but Google makes no Meet rooms for a service account: docs/calendars.md says what works

Mara Lind has been told that the link follows by email. It is sent by itself as soon as there is one.

If the reason will not go away, give the page one video address as its `location`: everyone who is waiting gets that. docs/calendars.md says which calendars make rooms.";
    let link = ["See the meeting", "予約を確認する", "#booking/aiko.AQEBAQEBAQEBAQEBAQEBAQ"];
    let expected = [
        ("en", "Your meeting with Mara Lind has no link to the call yet", en),
        ("ja", "Mara Lind様との面談に、ビデオ通話のリンクがまだありません", &ja),
    ];
    check_leading_to(link, job, expected).await;
}

#[tokio::test]
async fn a_host_reads_that_one_payment_was_reported_for_two_meetings() {
    let money = json!({ "amount": 5000, "currency": "JPY", "decimal": "5000" });
    let mut job = copy_job(None);
    let Payload::Webhook(body) = &job.payload else { panic!() };
    let mut data = body.data.clone();
    data["booking"]["payment"] = json!({ "price": money });
    data["paid"] = money;
    data["reference"] = json!("order-4711");
    data["other_booking"] = json!("aiko.AQEBAQEBAQEBAQEBAQEBAg");
    let at = "2026-11-24T00:00:00Z".parse().unwrap();
    job.payload = Payload::Webhook(Body::new("booking.payment_mismatched", data, at));
    let ja = "Introductory call（2026年12月1日（火）10:00〜10:30）について5,000円のお支払い（order-4711）が通知されましたが、このお支払いはすでに別の面談に充てられています。

1件のお支払いで予約できる面談は1件のため、この面談の予約は確定していません。

決済サービスで確認し、この面談の料金も支払われている場合は、管理画面で支払い済みにしてください。"
        .replace('〜', "\u{2060}～\u{2060}");
    check_leading_to(
        ["See the meeting", "予約を確認する", "#booking/aiko.AQEBAQEBAQEBAQEBAQEBAQ"],
        job,
        [
            (
                "en",
                "One payment was reported for two meetings: Mara Lind, ¥5,000",
                "¥5,000 was reported for Introductory call, Tuesday 1 December 2026, 10:00–10:30, as the payment order-4711, which has paid for another meeting already.

It does not book this meeting, because one payment pays for one meeting.

Look at the payment at your payment provider. If this meeting was paid for as well, mark it as paid on your desk.",
            ),
            ("ja", "1件のお支払いが2件の面談について通知されました：Mara Lind様、5,000円", &ja),
        ],
    )
    .await;
}
