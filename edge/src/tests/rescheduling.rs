//! Moving a booking: over the API, by a plain form, and what is refused; and the times that are free for a move.

use serde_json::{Value, json};

use super::bad_input::{assert_problem, invalid, problem};
use super::fixture;
use super::harness::{Booked, Told, Trial, WEDNESDAY_NINE_SECONDS, WEDNESDAY_TEN, book, is_worker};
use super::pages::assert_page;

/// Wednesday 11:00 in Tokyo.
const WEDNESDAY_ELEVEN: &str = "2026-11-25T02:00:00Z";
/// Wednesday 10:30 in Tokyo.
const WEDNESDAY_HALF_PAST_TEN: &str = "2026-11-25T01:30:00Z";

async fn booked(trial: &Trial, start: &str, email: &str) -> Booked {
    let mut body = book(start);
    body["contact"]["email"] = json!(email);
    trial.booked(&trial.post_json("/api/bookings", &body).await)
}

async fn mara(trial: &Trial) -> Booked {
    booked(trial, WEDNESDAY_TEN, "mara@example.org").await
}

async fn reschedule(trial: &Trial, id: &str, token: &str, body: &Value) -> Told {
    let bearer = format!("Bearer {token}");
    let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
    trial.post(&format!("/api/bookings/{id}/reschedule"), &headers, &body.to_string()).await
}

async fn reschedule_to(trial: &Trial, booked: &Booked, start: &str) -> Told {
    reschedule(trial, &booked.id, &booked.token, &json!({ "start": start })).await
}

async fn stored(trial: &Trial, booked: &Booked) -> Value {
    trial.get_as(&format!("/api/bookings/{}", booked.id), &booked.token).await.json()["booking"].clone()
}

#[tokio::test]
async fn a_booking_is_moved_and_keeps_its_length_its_id_and_its_links() {
    let trial = Trial::start();
    let mut body = book(WEDNESDAY_TEN);
    body["duration_minutes"] = json!(60);
    let booked = trial.booked(&trial.post_json("/api/bookings", &body).await);
    let before = stored(&trial, &booked).await;
    let told = reschedule_to(&trial, &booked, "2026-11-25T04:00:00Z").await;
    assert_eq!((told.status, told.header("cache-control")), (200, "no-store"), "{}", told.body);
    let mut expected = before;
    expected["start"] = json!("2026-11-25T04:00:00Z");
    expected["end"] = json!("2026-11-25T05:00:00Z");
    expected["change_until"] = json!("2026-11-25T02:00:00Z");
    expected["sequence"] = json!(1);
    expected["changed_at"] = told.json()["booking"]["changed_at"].clone();
    assert_eq!(told.json(), json!({ "booking": expected }));
    assert_eq!(stored(&trial, &booked).await, expected);
    let text = trial.get(&booked.path).await.text();
    let lead =
        "Your meeting has a new time\nAiko Tanaka is looking forward to meeting you then, Mara Lind.\n";
    assert!(text.contains(lead) && text.contains("Wednesday 25 November 2026, 05:00–06:00"), "{text}");
    // The old time is free again, and the new one is not.
    assert_eq!(trial.post_json("/api/bookings", &book(WEDNESDAY_TEN)).await.status, 201);
    let mut other = book("2026-11-25T04:30:00Z");
    other["contact"]["email"] = json!("other@example.org");
    assert_eq!(trial.post_json("/api/bookings", &other).await.json()["code"], "slot_taken");
    assert_eq!(trial.stored("aiko").await, 2);
}

#[tokio::test]
async fn a_meeting_moves_by_half_its_length_and_twice_to_the_same_time() {
    let trial = Trial::start();
    let mut body = book(WEDNESDAY_TEN);
    body["duration_minutes"] = json!(60);
    let booked = trial.booked(&trial.post_json("/api/bookings", &body).await);
    let first = reschedule_to(&trial, &booked, WEDNESDAY_HALF_PAST_TEN).await;
    let second = reschedule_to(&trial, &booked, WEDNESDAY_HALF_PAST_TEN).await;
    assert_eq!((first.status, second.status), (200, 200), "{}", second.body);
    assert_eq!(first.json(), second.json());
    assert_eq!(second.json()["booking"]["sequence"], 1);
}

#[tokio::test]
async fn a_full_day_does_not_count_what_is_moved_within_it() {
    let trial = Trial::start();
    let moved = mara(&trial).await;
    for (number, start) in
        ["2026-11-25T00:00:00Z", "2026-11-25T04:00:00Z", "2026-11-25T06:00:00Z"].iter().enumerate()
    {
        booked(&trial, start, &format!("visitor{number}@example.org")).await;
    }
    let fifth = trial.post_json("/api/bookings", &book(WEDNESDAY_ELEVEN)).await;
    assert_eq!((fifth.status, &fifth.json()["code"]), (409, &json!("limit_reached")), "four a day are all");
    let told = reschedule_to(&trial, &moved, WEDNESDAY_ELEVEN).await;
    assert_eq!(told.status, 200, "{}", told.body);
    let thursday = booked(&trial, "2026-11-26T01:00:00Z", "late@example.org").await;
    let told = reschedule_to(&trial, &thursday, WEDNESDAY_TEN).await;
    assert_eq!((told.status, &told.json()["code"]), (409, &json!("limit_reached")));
}

#[tokio::test]
async fn a_time_that_is_taken_is_refused_with_others_and_the_booking_stands() {
    let trial = Trial::start();
    let booked_by_mara = mara(&trial).await;
    booked(&trial, WEDNESDAY_ELEVEN, "other@example.org").await;
    let before = stored(&trial, &booked_by_mara).await;
    let mut expected = problem(
        "slot_taken",
        409,
        "This time has just been taken",
        "Someone booked it, or a time too close to it. Please choose another one.",
    );
    // 10:00 is the booking's own, and so not an alternative; 10:30 to 11:30 are too close to 11:00, and there is no
    // 12:00.
    expected["alternatives"] = json!([0, 1, 8, 9, 10].map(|half| WEDNESDAY_NINE_SECONDS + half * 1800));
    assert_problem(&reschedule_to(&trial, &booked_by_mara, WEDNESDAY_ELEVEN).await, &expected);
    assert_eq!(stored(&trial, &booked_by_mara).await, before);
}

#[tokio::test]
async fn the_rules_are_asked_as_for_a_new_booking() {
    let trial = Trial::start();
    let booked = mara(&trial).await;
    for (start, code) in [
        ("2026-11-24T02:00:00Z", "notice_too_short"),
        ("1970-01-01T00:00:00Z", "notice_too_short"),
        ("2027-02-01T01:00:00Z", "outside_window"),
        ("9999-12-31T00:00:00Z", "outside_window"),
        ("2026-11-25T01:10:00Z", "slot_not_offered"),
        ("2026-11-28T01:00:00Z", "slot_not_offered"),
    ] {
        let told = reschedule_to(&trial, &booked, start).await;
        assert_eq!((told.status, &told.json()["code"]), (409, &json!(code)), "{start}");
        assert_eq!(told.json()["alternatives"].as_array().map(Vec::len), Some(5), "{start}");
    }
    assert_eq!(stored(&trial, &booked).await["sequence"], 0);
}

#[tokio::test]
async fn bad_input_is_refused_and_tokens_that_open_nothing_look_alike() {
    let trial = Trial::start();
    let mine = mara(&trial).await;
    let other = booked(&trial, "2026-11-26T01:00:00Z", "other@example.org").await;
    let missing = invalid(&[("start", "Choose a time.")]);
    let malformed = invalid(&[("start", "Choose a time from the list.")]);
    for start in [json!(null), json!(""), json!(" ")] {
        let told = reschedule(&trial, &mine.id, &mine.token, &json!({ "start": start })).await;
        assert_problem(&told, &missing);
    }
    for start in [json!("tomorrow"), json!(1.5), json!([]), json!(i64::MAX), json!("2026-11-25T01:00:00.5Z")]
    {
        let told = reschedule(&trial, &mine.id, &mine.token, &json!({ "start": start })).await;
        assert_problem(&told, &malformed);
    }
    let not_found = problem(
        "not_found",
        404,
        "Page not found",
        "The link may be incomplete. Please open it again as you received it.",
    );
    let to = json!({ "start": WEDNESDAY_ELEVEN });
    for token in ["", "x", &other.token, &mine.token[1..]] {
        assert_problem(&reschedule(&trial, &mine.id, token, &to).await, &not_found);
        let query = format!("/api/availability/aiko/intro?booking={}", mine.id);
        assert_problem(&trial.get_as(&query, token).await, &not_found);
    }
    for id in ["x", "aiko.x", "nobody.AAAAAAAAAAAAAAAAAAAAAA"] {
        assert_problem(&reschedule(&trial, id, &mine.token, &to).await, &not_found);
    }
    let path = format!("/api/bookings/{}/reschedule", mine.id);
    let malformed =
        problem("malformed_body", 400, "The request cannot be read", "The body is not a JSON object.");
    assert_problem(&trial.post(&path, &[("content-type", "application/json")], "[]").await, &malformed);
    let (bearer, body) = (format!("Bearer {}", mine.token), to.to_string());
    let headers = [
        ("content-type", "application/json"),
        ("authorization", bearer.as_str()),
        ("origin", "https://evil.example"),
    ];
    assert_eq!(trial.post(&path, &headers, &body).await.json()["code"], "origin_refused");
    assert_eq!(stored(&trial, &mine).await["sequence"], 0);
    assert_eq!(stored(&trial, &other).await["sequence"], 0);
}

#[tokio::test]
async fn moves_come_in_time_and_of_what_will_take_place() {
    let trial = Trial::start();
    let booked = mara(&trial).await;
    let trial = trial.again_at("2026-11-24T23:00:01Z");
    let late = problem(
        "change_too_late",
        409,
        "It is too late to change this here",
        "The meeting is too close. If something has come up, please tell your host.",
    );
    assert_problem(&reschedule_to(&trial, &booked, "2026-11-26T01:00:00Z").await, &late);
    let told = trial.get(&format!("{}?move", booked.path)).await;
    assert!(told.text().contains("You can no longer move or cancel the meeting here."), "{}", told.text());
    let trial = trial.again_at("2026-11-25T01:00:00Z");
    let over =
        problem("already_over", 409, "This meeting has begun or is over", "It can no longer be changed.");
    assert_problem(&reschedule_to(&trial, &booked, "2026-11-26T01:00:00Z").await, &over);
    let trial = trial.again_at("2026-11-24T22:00:00Z");
    let bearer = format!("Bearer {}", booked.token);
    trial.post(&format!("/api/bookings/{}/cancel", booked.id), &[("authorization", &bearer)], "").await;
    let cancelled = problem(
        "already_cancelled",
        409,
        "This meeting is already cancelled",
        "You don’t need to do anything.",
    );
    assert_problem(&reschedule_to(&trial, &booked, "2026-11-26T01:00:00Z").await, &cancelled);
    let told = trial.get(&format!("{}?move", booked.path)).await;
    assert_eq!((told.status, told.text().contains("This meeting is cancelled")), (200, true));
}

#[tokio::test]
async fn what_is_no_longer_offered_stands_where_it_is() {
    if is_worker() {
        return;
    }
    let (site, mut hosts) = fixture::site();
    let trial = Trial::of(&site, &hosts);
    let booked = mara(&trial).await;
    hosts[0].meetings.remove("intro");
    fixture::write(&trial.directory.path().join("dist"), &site, &hosts);
    trial.app().definitions_changed().unwrap();
    let gone = problem(
        "unknown_page",
        404,
        "This meeting is no longer offered",
        "It cannot be moved here, but your booking is still valid. If you need another time, please tell your host.",
    );
    assert_problem(&reschedule_to(&trial, &booked, WEDNESDAY_ELEVEN).await, &gone);
    let told = trial.get(&format!("{}?move", booked.path)).await;
    let expected = "You are booked\nThis meeting is no longer offered\nIt cannot be moved here,";
    assert_eq!((told.status, told.text().starts_with(expected)), (404, true), "{}", told.text());
    assert_eq!(stored(&trial, &booked).await["start"], WEDNESDAY_TEN);

    // The same folder with another ledger is another host's time.
    let (site, mut hosts) = fixture::site();
    hosts[0].ledger = "aiko-new".to_owned();
    fixture::write(&trial.directory.path().join("dist"), &site, &hosts);
    trial.app().definitions_changed().unwrap();
    assert_problem(&reschedule_to(&trial, &booked, WEDNESDAY_ELEVEN).await, &gone);
}

#[tokio::test]
async fn what_is_free_for_whoever_moves_a_booking_is_told_to_them_alone() {
    let trial = Trial::start();
    let mut body = book(WEDNESDAY_TEN);
    body["duration_minutes"] = json!(60);
    let booked = trial.booked(&trial.post_json("/api/bookings", &body).await);
    let path = "/api/availability/aiko/intro?from=2026-11-25&to=2026-11-25";
    let own = format!("{path}&booking={}", booked.id);
    let count = |told: &Told| told.json()["slots"].as_array().unwrap().len();
    for _ in 0..2 {
        let told = trial.get_as(&own, &booked.token).await;
        assert_eq!((told.header("cache-control"), told.header("etag")), ("no-store", ""));
        // All times that can be booked for an hour, which is the booking's length.
        assert_eq!((&told.json()["duration_minutes"], count(&told)), (&json!(60), 12));
        if !is_worker() {
            assert_eq!(count(&trial.get(path).await), 10);
        }
        let told = trial.get(&own).await;
        assert_eq!((told.status, &told.json()["code"]), (404, &json!("not_found")));
    }
    let told = trial.get_as(&format!("{own}&duration=15"), &booked.token).await;
    assert_eq!(told.json()["duration_minutes"], 15);
    let told = trial.get_as(&format!("{own}&duration=45"), &booked.token).await;
    assert_eq!(told.json()["errors"][0]["field"], "duration");
    // At once, because nothing of it is kept.
    reschedule_to(&trial, &booked, "2026-11-26T01:00:00Z").await;
    assert_eq!(count(&trial.get_as(&own, &booked.token).await), 12);
    let all = trial.get(&format!("{path}&booking=")).await;
    assert_eq!(all.status, 200, "no booking is named");
}

/// The page on which Mara, in Berlin, chooses another time than Wednesday 10:00 in Tokyo; its first and second day.
const CHOICE: &str = "
Choose another time
Choose another time
Introductory call with Aiko Tanaka, 30 minutes
Booked for
Wednesday 25 November 2026, 02:00–02:30
night
Berlin (UTC+1)
Wednesday 25 November 2026, 10:00–10:30
Tokyo (UTC+9), for Aiko Tanaka
You can move the meeting until Wednesday 25 November 2026, 00:00.
All times are in Berlin.
Tuesday 24 November 2026
05:00
night
13:00 in Tokyo
05:30
night
13:30 in Tokyo
06:00
14:00 in Tokyo
06:30
14:30 in Tokyo
07:00
15:00 in Tokyo
07:30
15:30 in Tokyo
08:00
16:00 in Tokyo
08:30
16:30 in Tokyo
Wednesday 25 November 2026
01:00
night
09:00 in Tokyo
01:30
night
09:30 in Tokyo
02:00
night
10:00 in Tokyo
your booking
02:30
night
10:30 in Tokyo
";

#[tokio::test]
async fn a_page_offers_all_that_is_free_in_both_zones() {
    let trial = Trial::start();
    let booked = mara(&trial).await;
    let told = trial.get(&format!("{}?move", booked.path)).await;
    assert_eq!((told.status, told.header("cache-control")), (200, "no-store"));
    let text = told.text();
    assert!(text.starts_with(CHOICE.trim_start()), "{text}");
    assert!(text.ends_with("Later times\nMove the meeting\nGo back without changing anything\n"), "{text}");
    assert!(!text.contains("Earlier times"), "{text}");
    let first = "<input type=\"radio\" name=\"start\" value=\"1795492800\" id=\"start\" required>05:00";
    let own = "<input type=\"radio\" name=\"start\" value=\"1795568400\" disabled>02:00";
    assert!(told.body.contains(first) && told.body.contains(own), "{}", told.body);
    let later = format!("<a href=\"{}?move&amp;from=2026-12-22\">Later times</a>", booked.path);
    assert!(told.body.contains(&later), "{}", told.body);

    let told = trial.get(&format!("{}?move&from=2026-12-22", booked.path)).await;
    let text = told.text();
    assert!(text.contains("\nTuesday 22 December 2026\n01:00\nnight\n09:00 in Tokyo\n"), "{text}");
    assert!(text.ends_with("Earlier times\nMove the meeting\nGo back without changing anything\n"), "{text}");
    let earlier = format!("<a href=\"{}?move&amp;from=2026-11-24\">Earlier times</a>", booked.path);
    assert!(told.body.contains(&earlier), "{}", told.body);
    for from in ["x", "", "2026-13-01", "0000-00-00"] {
        let told = trial.get(&format!("{}?move&from={from}", booked.path)).await;
        assert!(told.text().starts_with(CHOICE.trim_start()), "{from}");
    }
    assert_eq!(stored(&trial, &booked).await["sequence"], 0, "looking changes nothing");
}

#[tokio::test]
async fn a_form_moves_a_booking() {
    let trial = Trial::start();
    let mut body = book(WEDNESDAY_TEN);
    (body["locale"], body["time_zone"]) = (json!("ja"), json!("Asia/Tokyo"));
    let booked = trial.booked(&trial.post_json("/api/bookings", &body).await);
    let told = trial.get(&format!("{}?move&from=2026-12-24", booked.path)).await;
    let expected = "
新しい日時を選ぶ
新しい日時を選ぶ
初回のご相談・Aiko Tanaka・30分
現在の日時
2026年11月25日（水）10:00\u{2060}～\u{2060}10:30
東京（UTC+9）
2026年11月25日（水）08:00まで変更できます。
時刻は東京の現地時刻です。
2026年12月24日（木）
09:00
09:30
10:00
10:30
11:00
11:30
13:00
13:30
14:00
14:30
15:00
15:30
16:00
16:30
これより前の日時
この日時に変更する
変更せずに戻る";
    assert_page(&told, 200, expected);
    let path = format!("/api/bookings/{}/reschedule", booked.id);
    let told =
        trial.post_form(&path, &[("token", &booked.token), ("from", ""), ("start", "1795572000")]).await;
    assert_eq!((told.status, told.header("location")), (303, booked.path.as_str()), "{}", told.body);
    let text = trial.get(&booked.path).await.text();
    assert!(
        text.contains("日時を変更しました\nMara Lind様、新しい日時にAiko Tanakaがお待ちしております。\n"),
        "{text}"
    );
    assert!(text.contains("2026年11月25日（水）11:00\u{2060}～\u{2060}11:30"), "{text}");
}

#[tokio::test]
async fn a_form_whose_time_was_taken_offers_what_is_free() {
    let trial = Trial::start();
    let mine = mara(&trial).await;
    booked(&trial, "2026-12-24T01:00:00Z", "other@example.org").await;
    let path = format!("/api/bookings/{}/reschedule", mine.id);
    let send = async |start: &str| {
        trial.post_form(&path, &[("token", &mine.token), ("from", "2026-12-24"), ("start", start)]).await
    };
    let times = "Thursday 24 December 2026\n01:00\nnight\n09:00 in Tokyo\n03:00\nnight\n11:00 in Tokyo\n";
    let near = "Times that are still free\nThursday 24 December 2026, 01:00\nnight\n09:00 in Tokyo\n\
        Thursday 24 December 2026, 03:00\nnight\n11:00 in Tokyo\n";
    let told = send("2026-12-24T01:00:00Z").await;
    let expected = "Error: Choose another time\nThis time has just been taken\n\
        Someone booked it, or a time too close to it. Please choose another one.\nChoose another time\n";
    assert_eq!(told.status, 409);
    let text = told.text();
    assert!(text.starts_with(expected), "{text}");
    assert!(text.contains(near) && text.contains(times), "{text}");
    assert_eq!(told.body.matches("id=\"start\"").count(), 1, "{}", told.body);
    let told = send("").await;
    assert_eq!(told.status, 422);
    assert!(told.text().contains("Choose a time.\n") && told.text().contains(times), "{}", told.text());
    assert!(told.body.contains("<a href=\"#start\">Choose a time.</a>"), "{}", told.body);
    assert_eq!(stored(&trial, &mine).await["start"], WEDNESDAY_TEN);

    let told = trial.post_form(&path, &[("token", "x"), ("start", "1795572000")]).await;
    let expected = "Page not found
Page not found
The link may be incomplete. Please open it again as you received it.
See all meetings";
    assert_page(&told, 404, expected);
    trial.post_form(&format!("/api/bookings/{}/cancel", mine.id), &[("token", &mine.token)]).await;
    let told = send("1795572000").await;
    assert_eq!((told.status, told.header("location")), (303, mine.path.as_str()), "the page says so");
}

#[tokio::test]
async fn a_doubled_hour_is_told_apart() {
    let (site, mut hosts) = fixture::site();
    let support = hosts[1].meetings.get_mut("support").unwrap();
    support.rules.host_hours.0[6] = vec![(0, 240).into()];
    let trial = Trial::of(&site, &hosts).again_at("2026-10-23T08:00:00Z");
    let mut body = book("2026-10-26T09:00:00Z");
    body["page"] = json!("jonas/support");
    let booked = trial.booked(&trial.post_json("/api/bookings", &body).await);
    let text = trial.get(&format!("{}?move&from=2026-10-25", booked.path)).await.text();
    let night = "Sunday 25 October 2026\n00:00\nnight\n00:30\nnight\n01:00\nnight\n01:30\nnight\n\
        02:00 (UTC+2)\nnight\n02:30 (UTC+2)\nnight\n02:00 (UTC+1)\nnight\n02:30 (UTC+1)\nnight\n03:00\nnight\n03:30\nnight\n";
    assert!(text.contains(night), "{text}");
}

#[tokio::test]
async fn moves_have_their_number_as_bookings_have() {
    if is_worker() {
        return;
    }
    let (mut site, hosts) = fixture::site();
    site.limits.bookings_per_minute = 2;
    let trial = Trial::of(&site, &hosts);
    let booked = mara(&trial).await;
    assert_eq!(reschedule_to(&trial, &booked, WEDNESDAY_ELEVEN).await.status, 200);
    let told = reschedule_to(&trial, &booked, WEDNESDAY_TEN).await;
    assert_eq!((told.status, &told.json()["code"]), (429, &json!("too_many_requests")));
}
