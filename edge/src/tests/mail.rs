//! Mails in full, and the requests to providers.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use scheduling::booking::{Answer, Booking, Contact, Event, Party, Place, Proposal, Status};
use scheduling::definition::{
    Buffer, HostDefinition, Mail as Settings, MailTransport, SiteDefinition, Webhook,
};
use scheduling::ledger::Taken;
use scheduling::ledger::{Answer as LedgerAnswer, Command, Query, Reply};
use scheduling::mail::Sender;
use scheduling::outbox::{
    Admission, AttemptOutcome, Body, Destination, MailAsk, MailNotice, Mailbox, Payload, Recipient,
    TOO_MANY_MAILS, UNDONE,
};
use scheduling::refusal::Refusal;
use scheduling::token::Secrets;
use scheduling::zone::Zone;
use serde_json::{Map, Value, json};

use super::{caldav, fixture};
use crate::deliveries::{Job, Mail, MailHeaders, Postman, attempt};
use crate::{
    Clock, Definitions, Fault, Ledgers, Outgoing, OutgoingRequest, Response, Shells, Stop, Unanswered,
};

/// A recorder of what was sent, which answers as it was set to.
pub(super) struct Recorder {
    pub(super) site: Arc<SiteDefinition>,
    pub(super) host: Arc<HostDefinition>,
    shells: BTreeMap<String, Arc<Shells>>,
    status: u16,
    pub(super) posted: RefCell<Vec<OutgoingRequest>>,
    secrets: Secrets,
    pub(super) handed_over: RefCell<Vec<Mail>>,
    /// What the recipient's ledger says; `None` where it is busy.
    admission: Cell<Option<Admission>>,
    asked: RefCell<Vec<(String, MailAsk)>>,
    /// The host's calendar.
    pub(super) calendar: caldav::Server,
}

impl Recorder {
    pub(super) fn of(transport: Option<MailTransport>) -> Self {
        let (mut site, hosts) = fixture::site();
        let from = Sender::parse("Example & Co. <hello@example.com>").unwrap();
        site.mail = transport.map(|transport| Settings { from, transport });
        let folder = tempfile::tempdir().unwrap();
        fixture::write(folder.path(), &site, &hosts);
        let shells = site.locales.iter().map(|locale| {
            let text = std::fs::read(folder.path().join(format!("_edge/shells/{locale}.json"))).unwrap();
            (locale.clone(), Arc::new(serde_json::from_slice(&text).unwrap()))
        });
        Self {
            shells: shells.collect(),
            site: Arc::new(site),
            host: Arc::new(hosts.into_iter().next().unwrap()),
            status: 200,
            posted: RefCell::default(),
            secrets: Secrets { current: b"a secret".to_vec(), previous: None },
            handed_over: RefCell::default(),
            admission: Cell::new(Some(Admission::Admitted)),
            asked: RefCell::default(),
            calendar: caldav::Server::default(),
        }
    }
}

impl Recorder {
    /// The recorder of a site in one language, which is then its hosts' too.
    pub(super) fn speaking(locale: &str) -> Self {
        let recorder = Self::of(Some(MailTransport::Mailbox));
        let mut site = SiteDefinition::clone(&recorder.site);
        site.locales.retain(|known| known == locale);
        Self { site: Arc::new(site), ..recorder }
    }
}

impl Clock for Recorder {
    fn now(&self) -> DateTime<Utc> {
        at("2026-11-24T00:00:00Z")
    }

    fn random(&self) -> Result<[u8; 16], Fault> {
        Ok([0; 16])
    }
}

impl Outgoing for Recorder {
    fn secret(&self, name: &str) -> Option<String> {
        match name {
            "MAIL_KEY" | "AIKO_CALENDAR" => Some("the key".to_owned()),
            "HOOK" => Some("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned()),
            _ => None,
        }
    }

    async fn send(&self, request: OutgoingRequest) -> Result<Response, Unanswered> {
        if request.url.starts_with(caldav::URL) {
            return self.calendar.answer(&request);
        }
        self.posted.borrow_mut().push(request);
        let answer = http::Response::builder().status(self.status).header("retry-after", "9");
        Ok(answer.body(bytes::Bytes::new()).unwrap())
    }
}

impl Definitions for Recorder {
    async fn site(&self) -> Result<Arc<SiteDefinition>, Fault> {
        Ok(Arc::clone(&self.site))
    }

    async fn host(&self, folder: &str) -> Result<Option<Arc<HostDefinition>>, Fault> {
        assert_eq!(folder, "aiko");
        Ok(Some(Arc::clone(&self.host)))
    }

    async fn shells(&self, locale: &str) -> Result<Arc<Shells>, Fault> {
        Ok(Arc::clone(&self.shells[locale]))
    }

    fn secrets(&self) -> &Secrets {
        &self.secrets
    }
}

impl Ledgers for Recorder {
    async fn apply(&self, ledger: &str, command: Command) -> Result<Reply, Stop> {
        let Command::AdmitMail(ask) = command else { panic!("{command:?}") };
        self.asked.borrow_mut().push((ledger.to_owned(), ask));
        let admission = self.admission.get().ok_or(Refusal::Busy)?;
        Ok(Reply::Mail { admission })
    }

    async fn answer(&self, _: &str, query: Query) -> Result<LedgerAnswer, Stop> {
        panic!("{query:?}")
    }

    async fn busy(&self, _: &str, _: DateTime<Utc>) -> Result<Taken, Stop> {
        Ok(Taken::default())
    }

    fn contact_ledger(&self, key: &str) -> String {
        format!("contact.{key}")
    }
}

impl Postman for Recorder {
    async fn hand_over(&self, mail: Mail, _: &Settings) -> Result<(), String> {
        self.handed_over.borrow_mut().push(mail);
        Ok(())
    }

    fn tell_operator(&self, what: String) {
        panic!("no mail is an operator's: {what}");
    }
}

fn at(instant: &str) -> DateTime<Utc> {
    instant.parse().unwrap()
}

pub(super) fn booking(locale: &str) -> Booking {
    let mut sample: Booking =
        serde_json::from_str(include_str!("../../../scheduling/tests/booking.json")).unwrap();
    locale.clone_into(&mut sample.visitor.locale);
    sample.visitor.contact = Contact { name: "Sam <b>Doe".to_owned(), email: " sam@example.org ".to_owned() };
    sample.visitor.answers =
        BTreeMap::from([("topic".to_owned(), Answer::Text("All of it.\nAnd more.".to_owned()))]);
    sample.terms.change_until_minutes = 120;
    Booking {
        title: if locale == "ja" { "初回のご相談" } else { "Introductory call" }.to_owned(),
        start: at("2026-12-01T01:00:00Z"),
        end: at("2026-12-01T01:30:00Z"),
        changed_at: at("2026-11-24T00:00:00Z"),
        ..sample
    }
}

pub(super) fn job(event: &str, booking: &Booking, to: impl Into<Recipient>) -> Job {
    job_of_dropped(event, booking, None, to)
}

fn job_of_dropped(
    event: &str,
    booking: &Booking,
    dropped: Option<Proposal>,
    to: impl Into<Recipient>,
) -> Job {
    let event = Event::try_from(event.to_owned()).unwrap();
    let (booking, host) = (booking.clone(), booking.noted.clone());
    let by = Some(Party::Visitor);
    Job {
        ledger: "aiko".to_owned(),
        number: 1,
        id: "aiko.1.1.2".to_owned(),
        payload: Payload::Mail(Box::new(MailNotice { event, booking, by, dropped, host, is_moved: false })),
        destination: Destination::Mail(Mailbox { to: to.into() }),
        booking: None,
        is_copy_parked: false,
    }
}

/// The same, caused by that side.
pub(super) fn caused_by(by: Party, mut job: Job) -> Job {
    if let Payload::Mail(notice) = &mut job.payload {
        notice.by = Some(by);
    }
    job
}

/// Has a mail sent into the mailbox.
pub(super) async fn mail(event: &str, booking: &Booking, to: impl Into<Recipient>) -> Mail {
    sent(&job(event, booking, to)).await
}

async fn sent(job: &Job) -> Mail {
    let recorder = Recorder::of(Some(MailTransport::Mailbox));
    assert_eq!(attempt(&recorder, job).await, AttemptOutcome::Taken);
    recorder.handed_over.borrow_mut().pop().unwrap()
}

pub(super) const LINK: &str = "https://meet.example.com/booking/aiko.AQEBAQEBAQEBAQEBAQEBAQ/1830648600-";

const ERASE: &str = "https://meet.example.com/booking/erase/c2FtQGV4YW1wbGUub3Jn.1830648600-";
/// The end of each visitor's mail.
pub(super) const FOOT: &str = "You get this email because someone entered sam@example.org to book a meeting with Aiko Tanaka. If that was not you, you can ignore it.

Erase everything about you, with every host of this site:
https://meet.example.com/booking/erase/c2FtQGV4YW1wbGUub3Jn.1830648600-

Example & Co.
";

/// A text with the links' signatures left out.
pub(super) fn without_signature(text: &str) -> String {
    [LINK, ERASE].into_iter().fold(text.to_owned(), |text, link| match text.split_once(link) {
        Some((before, rest)) => format!("{before}{link}{}", &rest[43..]),
        None => text,
    })
}

#[track_caller]
fn check_addresses(mail: &Mail, to: &str, reply_to: &str) {
    let replies = mail.reply_to.as_ref().map(ToString::to_string);
    assert_eq!((mail.to.to_string().as_str(), replies.as_deref()), (to, Some(reply_to)));
}

#[tokio::test]
async fn a_confirmation_says_what_when_and_where() {
    let mail = mail("booking.confirmed", &booking("en"), Party::Visitor).await;
    assert_eq!(mail.subject, "Booked: Introductory call, Tuesday 1 December 2026, 02:00");
    check_addresses(&mail, "sam@example.org", "aiko@example.com");
    let from = mail.from.to_string();
    assert_eq!((mail.id.as_str(), from.as_str()), ("aiko.1.1.2", "\"Example & Co.\" <hello@example.com>"));
    let expected = format!(
        "You are booked

Aiko Tanaka is looking forward to meeting you, Sam <b>Doe.

Meeting: Introductory call (30 minutes)
With: Aiko Tanaka
When: Tuesday 1 December 2026, 02:00–02:30
  Berlin (UTC+1)
  Tuesday 1 December 2026, 10:00–10:30
  Tokyo (UTC+9), for Aiko Tanaka
Where: https://meet.example.com/rooms/aiko
Who: Sam <b>Doe <sam@example.org>

See or change this meeting:
{LINK}

Keep this link to yourself: anyone who has it can cancel the meeting.

{FOOT}"
    );
    assert_eq!(without_signature(&mail.text), expected);
    assert!(mail.html.contains("Sam &lt;b&gt;Doe") && !mail.html.contains("Sam <b>"), "{}", mail.html);
    assert!(mail.html.contains(&format!("<a href=\"{LINK}")), "{}", mail.html);
    let invitation = mail.invitation.unwrap();
    assert_eq!(invitation.method, "REQUEST");
    let unfolded = invitation.text.replace("\r\n ", "");
    let parts = [
        "METHOD:REQUEST\r\n",
        "SEQUENCE:0\r\n",
        "DTSTAMP:20261124T000000Z\r\n",
        "STATUS:CONFIRMED\r\n",
        LINK,
    ];
    for part in parts {
        assert!(unfolded.contains(part), "{part} in {unfolded}");
    }
    assert!(!mail.html.contains('⟦') && !mail.html.contains("{{"), "{}", mail.html);
}

#[tokio::test]
async fn a_visitor_is_written_to_in_the_language_of_the_booking() {
    let mail = mail("booking.confirmed", &booking("ja"), Party::Visitor).await;
    assert_eq!(mail.subject, "予約確定：初回のご相談　2026年12月1日（火）02:00");
    assert!(
        mail.text.starts_with("ご予約が確定しました\n\nSam <b>Doe様、Aiko Tanakaがお待ちしております。\n"),
        "{}",
        mail.text
    );
    assert!(mail.html.starts_with("<!doctype html>\n<html lang=\"ja\" dir=\"ltr\">"), "{}", mail.html);
}

#[tokio::test]
async fn a_host_reads_who_comes_and_what_they_answered() {
    let mail = mail("booking.confirmed", &booking("ja"), Party::Host).await;
    assert_eq!(mail.subject, "Sam <b>Doe booked Introductory call, Tuesday 1 December 2026, 10:00");
    check_addresses(&mail, "aiko@example.com", "sam@example.org");
    let expected = "Sam <b>Doe has booked

It is in your bookings, and the time is taken.

Meeting: Introductory call (30 minutes)
When: Tuesday 1 December 2026, 10:00–10:30
  Tokyo (UTC+9)
  Tuesday 1 December 2026, 02:00–02:30
  Berlin (UTC+1), for Sam <b>Doe
Where: https://meet.example.com/rooms/aiko
Who: Sam <b>Doe <sam@example.org>

topic
All of it.
And more.

Example & Co.
";
    assert_eq!(mail.text, expected);
}

#[tokio::test]
async fn a_host_reads_answers_by_what_was_asked_and_in_the_hosts_language() {
    let text = |text: &str| Answer::Text(text.to_owned());
    let answers = [
        ("agreed", Answer::Consent(true)),
        ("areas", Answer::Choices(vec!["code".to_owned(), "data".to_owned()])),
        ("former", text("the page no longer asks it")),
        ("part", text("data")),
        ("topic", text("Everything")),
    ];
    let answers = answers.map(|(id, answer)| (id.to_owned(), answer));
    let mut booking = Booking { page: "aiko/review".to_owned(), ..booking("en") };
    booking.visitor.answers = answers.into();
    let recorder = Recorder::speaking("ja");
    attempt(&recorder, &job("booking.confirmed", &booking, Party::Host)).await;
    let mail = recorder.handed_over.borrow_mut().pop().unwrap();
    let expected = "

話題
Everything

部分
データ

分野
コード, データ

同意します
✓

former
the page no longer asks it
";
    assert!(mail.text.contains(expected), "{}", mail.text);
    assert!(mail.text.contains("設計レビュー"), "{}", mail.text);
    let invitation = mail.invitation.unwrap().text;
    assert!(invitation.contains("\r\nSUMMARY:Sam <b>Doe様：設計レビュー"), "{invitation}");
    let gone = Booking { page: "aiko/gone".to_owned(), ..booking };
    attempt(&recorder, &job("booking.confirmed", &gone, Party::Host)).await;
    let mail = recorder.handed_over.borrow_mut().pop().unwrap();
    assert!(mail.text.contains("\n\nagreed\n✓\n\nareas\ncode, data\n"), "{}", mail.text);
    assert!(mail.text.contains("Introductory call"), "{}", mail.text);
}

#[tokio::test]
async fn a_cancellation_gives_the_reason_and_no_link() {
    let cancelled = Booking {
        status: Status::Cancelled,
        sequence: 1,
        cancel_reason: Some("Ill".to_owned()),
        ..booking("en")
    };
    for (to, subject) in [
        (Party::Visitor, "Cancelled: Introductory call, Tuesday 1 December 2026, 02:00"),
        (Party::Host, "Cancelled: Sam <b>Doe, Introductory call, Tuesday 1 December 2026, 10:00"),
    ] {
        for by in [Party::Visitor, Party::Host] {
            let recorder = Recorder::of(Some(MailTransport::Mailbox));
            let job = job("booking.cancelled", &cancelled, to);
            let job = if by == Party::Host { caused_by(Party::Host, job) } else { job };
            assert_eq!(attempt(&recorder, &job).await, AttemptOutcome::Taken);
            let mail = recorder.handed_over.borrow_mut().pop().unwrap();
            assert_eq!(mail.subject, subject);
            let invitation = mail.invitation.unwrap();
            assert_eq!(invitation.method, "CANCEL");
            assert!(
                invitation.text.contains("\r\nSEQUENCE:1\r\n")
                    && invitation.text.contains("\r\nSTATUS:CANCELLED\r\n")
            );
            // Whoever gave it knows it.
            assert_eq!(mail.text.contains("\nReason: Ill\n"), to != by, "{}", mail.text);
            assert!(!mail.text.contains("/booking/aiko"), "{}", mail.text);
        }
    }
}

/// 12:00 in Tokyo, which can be answered for a day.
fn noon() -> Proposal {
    Proposal {
        start: at("2026-12-01T03:00:00Z"),
        end: at("2026-12-01T03:30:00Z"),
        buffer: Buffer::default(),
        expires_at: at("2026-11-25T00:00:00Z"),
    }
}

fn asking(locale: &str) -> Booking {
    let mut asking = Booking { proposed: Some(noon()), ..booking(locale) };
    asking.visitor.answers.clear();
    asking
}

#[tokio::test]
async fn whoever_asks_for_another_time_is_told_that_the_old_one_stands() {
    let mail = mail("booking.reschedule_requested", &asking("en"), Party::Visitor).await;
    assert_eq!(mail.subject, "Another time requested: Introductory call, Tuesday 1 December 2026, 04:00");
    let expected = format!(
        "You have requested another time

Aiko Tanaka has until Wednesday 25 November 2026, 01:00 to accept it, Sam <b>Doe. Until then, your original time stands.

Meeting: Introductory call (30 minutes)
With: Aiko Tanaka
Booked for: Tuesday 1 December 2026, 02:00–02:30
  Berlin (UTC+1)
  Tuesday 1 December 2026, 10:00–10:30
  Tokyo (UTC+9), for Aiko Tanaka
Requested: Tuesday 1 December 2026, 04:00–04:30
  Berlin (UTC+1)
  Tuesday 1 December 2026, 12:00–12:30
  Tokyo (UTC+9), for Aiko Tanaka
Where: https://meet.example.com/rooms/aiko
Who: Sam <b>Doe <sam@example.org>

See or change this meeting:
{LINK}

Keep this link to yourself: anyone who has it can cancel the meeting.

{FOOT}"
    );
    assert_eq!(without_signature(&mail.text), expected);
    assert_eq!(mail.invitation, None, "calendars change once the host has agreed");
    for part in ["Booked for</th>", "Requested</th>", "<strong>Tuesday 1 December 2026, 04:00–04:30</strong>"]
    {
        assert!(mail.html.contains(part), "{}", mail.html);
    }
    assert!(!mail.html.contains('⟦') && !mail.html.contains("{{"), "{}", mail.html);
}

#[tokio::test]
async fn a_host_sees_both_times_and_where_to_answer() {
    let mail = mail("booking.reschedule_requested", &asking("ja"), Party::Host).await;
    assert_eq!(
        mail.subject,
        "Sam <b>Doe has asked to move Introductory call to Tuesday 1 December 2026, 12:00"
    );
    let expected = "Sam <b>Doe has requested another time

The new time is held until Wednesday 25 November 2026, 09:00. Unless you accept by then, the meeting keeps its original time.

Meeting: Introductory call (30 minutes)
Booked for: Tuesday 1 December 2026, 10:00–10:30
  Tokyo (UTC+9)
  Tuesday 1 December 2026, 02:00–02:30
  Berlin (UTC+1), for Sam <b>Doe
Requested: Tuesday 1 December 2026, 12:00–12:30
  Tokyo (UTC+9)
  Tuesday 1 December 2026, 04:00–04:30
  Berlin (UTC+1), for Sam <b>Doe
Where: https://meet.example.com/rooms/aiko
Who: Sam <b>Doe <sam@example.org>

Accept or decline:
https://meet.example.com/booking/aiko.AQEBAQEBAQEBAQEBAQEBAQ/1796086800-";
    assert!(mail.text.starts_with(expected), "{}", mail.text);
}

/// The beginning of a mail about another time: the subject, the title, the sentence below it.
#[track_caller]
fn check_head(mail: &Mail, expected: [&str; 3]) {
    let mut parts = mail.text.split("\n\n");
    let (title, lead) = (parts.next().unwrap(), parts.next().unwrap());
    assert_eq!([mail.subject.as_str(), title, lead], expected);
    assert_eq!(mail.invitation, None);
    assert!(!mail.text.contains("Requested:") && !mail.text.contains("ご希望:"), "{}", mail.text);
}

/// Has a mail sent on a proposal that has ended.
async fn mail_of_dropped(event: &str, locale: &str, to: Party) -> Mail {
    let recorder = Recorder::speaking(locale);
    let job = job_of_dropped(event, &booking(locale), Some(noon()), to);
    assert_eq!(attempt(&recorder, &job).await, AttemptOutcome::Taken);
    recorder.handed_over.borrow_mut().pop().unwrap()
}

#[tokio::test]
async fn whoever_asked_for_another_time_is_told_why_it_is_not_moved() {
    let subject = "Not moved: Introductory call, Tuesday 1 December 2026, 02:00";
    let title = "Your meeting keeps its original time";
    for (event, lead) in [
        (
            "booking.reschedule_declined",
            "Aiko Tanaka could not make Tuesday 1 December 2026, 04:00, Sam <b>Doe. Your meeting will take place as booked.",
        ),
        (
            "booking.reschedule_expired",
            "Aiko Tanaka did not answer in time, Sam <b>Doe, so Tuesday 1 December 2026, 04:00 is free again. Your meeting will take place as booked.",
        ),
        (
            "booking.reschedule_withdrawn",
            "You have withdrawn your request for Tuesday 1 December 2026, 04:00, Sam <b>Doe. Your meeting will take place as booked.",
        ),
    ] {
        check_head(&mail_of_dropped(event, "en", Party::Visitor).await, [subject, title, lead]);
    }
    let subject = "日時変更なし：初回のご相談　2026年12月1日（火）02:00";
    for (event, title, lead) in [
        (
            "booking.reschedule_declined",
            "日時は変更されませんでした",
            "Sam <b>Doe様、Aiko Tanakaは2026年12月1日（火）04:00ではお受けできませんでした。面談は予約どおりの日時に行われます。",
        ),
        (
            "booking.reschedule_expired",
            "日時は変更されませんでした",
            "Sam <b>Doe様、2026年12月1日（火）04:00への変更は、期限までにAiko Tanakaの回答がなかったため成立しませんでした。\
             面談は予約どおりの日時に行われます。",
        ),
        (
            "booking.reschedule_withdrawn",
            "日時変更の申し込みを取り下げました",
            "Sam <b>Doe様、2026年12月1日（火）04:00への変更のお申し込みは取り下げられました。面談は予約どおりの日時に行われます。",
        ),
    ] {
        check_head(&mail_of_dropped(event, "ja", Party::Visitor).await, [subject, title, lead]);
    }
}

#[tokio::test]
async fn a_host_is_told_that_the_time_is_free_again() {
    let subject = "Not moved: Sam <b>Doe, Introductory call, Tuesday 1 December 2026, 10:00";
    let title = "The meeting with Sam <b>Doe keeps its original time";
    for (event, lead) in [
        (
            "booking.reschedule_declined",
            "You have declined Tuesday 1 December 2026, 12:00, and Sam <b>Doe has been told. That time is free again.",
        ),
        (
            "booking.reschedule_expired",
            "Sam <b>Doe requested Tuesday 1 December 2026, 12:00 and was not answered in time. That time is free again.",
        ),
        (
            "booking.reschedule_withdrawn",
            "Sam <b>Doe has withdrawn the request for Tuesday 1 December 2026, 12:00. That time is free again.",
        ),
    ] {
        check_head(&mail_of_dropped(event, "en", Party::Host).await, [subject, title, lead]);
    }
    let subject = "日時変更なし：Sam <b>Doe様、初回のご相談　2026年12月1日（火）10:00";
    let title = "Sam <b>Doe様との予約は元の日時のままです";
    for (event, lead) in [
        (
            "booking.reschedule_declined",
            "2026年12月1日（火）12:00への変更を断り、Sam <b>Doe様にお知らせしました。その時間は空きに戻りました。",
        ),
        (
            "booking.reschedule_expired",
            "Sam <b>Doe様が希望した2026年12月1日（火）12:00への変更に、期限までにお返事がありませんでした。その時間は空きに戻りました。",
        ),
        (
            "booking.reschedule_withdrawn",
            "Sam <b>Doe様は2026年12月1日（火）12:00への変更を取り下げました。その時間は空きに戻りました。",
        ),
    ] {
        check_head(&mail_of_dropped(event, "ja", Party::Host).await, [subject, title, lead]);
    }
}

#[tokio::test]
async fn another_time_is_asked_for_in_japanese() {
    let mail = mail("booking.reschedule_requested", &asking("ja"), Party::Visitor).await;
    assert_eq!(mail.subject, "日時変更の申し込み：初回のご相談　2026年12月1日（火）04:00");
    let expected = "日時変更の申し込みを受け付けました

Sam <b>Doe様、Aiko Tanakaの承諾をお待ちください。回答期限は2026年11月25日（水）01:00です。承諾されるまで、ご予約は現在の日時のまま有効です。
";
    assert!(mail.text.starts_with(expected), "{}", mail.text);
    let recorder = Recorder::speaking("ja");
    attempt(&recorder, &job("booking.reschedule_requested", &asking("ja"), Party::Host)).await;
    let mail = recorder.handed_over.borrow_mut().pop().unwrap();
    assert_eq!(mail.subject, "日時変更の申し込み：Sam <b>Doe様、初回のご相談　2026年12月1日（火）12:00");
    let expected = "Sam <b>Doe様から日時変更の申し込みがありました

新しい時間は2026年11月25日（水）09:00まで仮押さえされています。それまでに承諾がなければ、現在の日時のままとなります。
";
    assert!(mail.text.starts_with(expected), "{}", mail.text);
}

/// Every event has words for everyone who gets a mail about it, in both languages.
#[tokio::test]
async fn a_host_whose_calendar_could_not_be_read_is_told_to_look_into_it() {
    let unknown = Booking { status: Status::Requested, unknown_calendar: true, ..booking("en") };
    let lead = |mail: &Mail| mail.text.lines().nth(2).unwrap_or_default().to_owned();
    let told = mail("booking.requested", &unknown, Party::Host).await;
    assert_eq!(
        lead(&told),
        "The time is held until you answer. Look into your calendar before you accept: it could not be read when this was asked for."
    );
    let told = mail("booking.requested", &unknown, Party::Visitor).await;
    assert!(!told.text.contains("could not be read"), "{}", told.text);
    let decided = Booking { status: Status::Confirmed, ..unknown };
    let told = mail("booking.confirmed", &decided, Party::Host).await;
    assert!(!told.text.contains("could not be read"), "{}", told.text);
}

#[tokio::test]
async fn every_mail_has_its_words() {
    // Of what calendars make of bookings, and of other money, a host is told otherwise.
    let of_bookings = |event: &Event| {
        let is_told_otherwise = |event: &str| {
            event.starts_with("calendar_") || ["room_missing", "payment_mismatched"].contains(&event)
        };
        event.name().strip_prefix("booking.").is_some_and(|event| !is_told_otherwise(event))
    };
    for event in Event::ALL.into_iter().filter(of_bookings) {
        for to in [Party::Visitor, Party::Host] {
            if !Destination::Mail(Mailbox { to: to.into() }).takes(event) {
                continue;
            }
            for locale in ["en", "ja"] {
                let mail = mail(event.name(), &booking(locale), to).await;
                for text in [&mail.subject, &mail.text, &mail.html] {
                    assert!(!text.contains("endpoint.mail"), "{} in {locale}: {text}", event.name());
                }
            }
        }
    }
}

#[tokio::test]
async fn a_subject_is_one_line_whatever_the_name_holds() {
    let mut booking = booking("en");
    booking.visitor.contact =
        Contact { name: "Sam\r\nBcc: all@example.com".to_owned(), email: "sam@example.org".to_owned() };
    let mail = mail("booking.confirmed", &booking, Party::Host).await;
    assert_eq!(
        mail.subject,
        "Sam Bcc: all@example.com booked Introductory call, Tuesday 1 December 2026, 10:00"
    );
}

#[tokio::test]
async fn nobody_is_reminded_of_what_has_begun() {
    let recorder = Recorder::of(Some(MailTransport::Mailbox));
    let begun =
        Booking { start: recorder.now(), end: recorder.now() + TimeDelta::minutes(30), ..booking("en") };
    let reminder = job("booking.reminder_due", &begun, Party::Visitor);
    assert_eq!(attempt(&recorder, &reminder).await, AttemptOutcome::Taken);
    assert_eq!(recorder.handed_over.borrow().len(), 0);
}

pub(super) fn object(value: Value) -> Map<String, Value> {
    let Value::Object(fields) = value else { panic!("{value} is no object") };
    fields
}

/// A booking in the name of somebody else, with what its maker wants them to read.
pub(super) fn abusive(locale: &str) -> Booking {
    let mut booking = booking(locale);
    "You won! https://win.evil.example/claim".clone_into(&mut booking.visitor.contact.name);
    booking.visitor.guests = vec!["click-guest.evil.example@evil.example".to_owned()];
    booking.visitor.answers =
        BTreeMap::from([("topic".to_owned(), Answer::Text("Answer https://evil.example".to_owned()))]);
    booking.location = Place::Ask("Place https://evil.example".to_owned());
    booking.cancel_reason = Some("Reason https://evil.example".to_owned());
    booking
}

/// The whole of a mail, as a mail program has it.
pub(super) fn whole(mail: &Mail) -> String {
    let invitation =
        mail.invitation.as_ref().map_or("", |invitation| invitation.text.as_str()).replace("\r\n ", "");
    format!("{}\n{}\n{}\n{invitation}", mail.subject, mail.text, mail.html)
}

/// Whatever happens to a booking, its visitor's address gets nothing that a stranger wrote, but for a name that is no
/// link.
#[tokio::test]
async fn a_strangers_words_are_not_sent_to_the_address_that_the_stranger_named() {
    for event in Event::ALL
        .into_iter()
        .filter(|event| Destination::Mail(Mailbox { to: Recipient::Visitor }).takes(*event))
    {
        for locale in ["en", "ja"] {
            // The reason that a host gave for it is the host's.
            let is_of_host = matches!(event, Event::Cancelled | Event::Declined);
            for by in [None, Some(Party::Visitor), Some(Party::Host).filter(|_| !is_of_host)] {
                let mut job = job(event.name(), &abusive(locale), Party::Visitor);
                let Payload::Mail(notice) = &mut job.payload else { panic!("{:?}", job.payload) };
                notice.by = by;
                let text = whole(&sent(&job).await);
                for trace in ["evil.example", "://win", "Place http", "Reason", "Answer", "guest"] {
                    assert!(!text.contains(trace), "{trace} in {} in {locale}: {text}", event.name());
                }
            }
            let text = whole(&mail(event.name(), &abusive(locale), Party::Visitor).await);
            assert!(text.contains("You won! https: / / win. evil. example/ claim"), "{text}");
            let place =
                if locale == "en" { "The place that you entered" } else { "ご入力いただいた場所" };
            assert!(text.contains(place), "{text}");
        }
    }
    let text = whole(&mail("booking.cancelled", &abusive("en"), Party::Host).await);
    for part in ["Place https://evil.example", "Reason https://evil.example", "Answer https://evil.example"] {
        assert!(text.contains(part), "the host reads what was written: {text}");
    }
}

#[tokio::test]
async fn a_visitor_reads_why_the_mail_came() {
    for (locale, why) in [
        (
            "en",
            "\nYou get this email because someone entered sam@example.org to book a meeting with Aiko Tanaka. \
                If that was not you, you can ignore it.\n",
        ),
        (
            "ja",
            "\nこのメールは、Aiko Tanakaとの面談の予約時にsam@example.orgが入力されたため、お送りしています。\
                お心当たりがない場合は、そのまま破棄してください。\n",
        ),
    ] {
        let mail = mail("booking.confirmed", &booking(locale), Party::Visitor).await;
        assert!(mail.text.contains(why), "{}", mail.text);
        assert!(mail.html.contains(why.trim()), "{}", mail.html);
    }
    let to_host = mail("booking.confirmed", &booking("en"), Party::Host).await;
    assert!(
        !to_host.text.contains("because someone entered") && !to_host.text.contains("erase"),
        "{}",
        to_host.text
    );
}

#[tokio::test]
async fn a_bookings_mails_belong_together_and_its_reminders_can_be_switched_off() {
    let booking = booking("en");
    let sent = async |event: &str, number: &str, to: Party| {
        let recorder = Recorder::of(Some(MailTransport::Mailbox));
        let side = if to == Party::Host { "host" } else { "visitor" };
        let id = format!("{}.{number}.{side}", booking.id);
        attempt(&recorder, &Job { id, ..job(event, &booking, to) }).await;
        recorder.handed_over.borrow_mut().pop().unwrap()
    };
    for to in [Party::Visitor, Party::Host] {
        let first = sent("booking.confirmed", "1", to).await;
        assert_eq!(first.headers, MailHeaders::default());
        let later = sent("booking.rescheduled", "3", to).await;
        assert_eq!(later.headers.follows, Some(first.id));
    }
    let reminder = sent("booking.reminder_due", "0-60m", Party::Visitor).await;
    let url = reminder.headers.unsubscribe.unwrap();
    let (before, token) = url.rsplit_once("/aiko.AQEBAQEBAQEBAQEBAQEBAQ/").unwrap();
    assert_eq!((before, token.ends_with("/reminders")), ("https://meet.example.com/booking", true));
    assert!(
        reminder.text.contains(&format!("\nNo more reminders of this meeting:\n{url}\n")),
        "{}",
        reminder.text
    );
    assert!(reminder.html.contains(&format!("<a href=\"{url}\"")), "{}", reminder.html);
}

#[tokio::test]
async fn the_recipients_ledger_is_asked_before_each_attempt() {
    let recorder = Recorder::of(Some(MailTransport::Mailbox));
    let mut booking = booking("en");
    booking.visitor.contact.email = "S.a.m+tag@GoogleMail.com".to_owned();
    let confirmed = job("booking.confirmed", &booking, Party::Visitor);
    assert_eq!(attempt(&recorder, &confirmed).await, AttemptOutcome::Taken);
    let key = recorder.secrets.contact_keys("sam@gmail.com").remove(0);
    let expected = MailAsk {
        key: key.clone(),
        mail: "aiko.1.1.2".to_owned(),
        booking: booking.id.clone(),
        event: Event::Confirmed,
        by: Some(Party::Visitor),
        is_paid: false,
        is_guest: false,
        known_until: at("2026-12-02T01:30:00Z"),
    };
    assert_eq!(recorder.asked.take(), [(format!("contact.{key}"), expected)]);

    let refused = async |admission: Option<Admission>, job: &Job| {
        recorder.admission.set(admission);
        recorder.handed_over.borrow_mut().clear();
        let outcome = attempt(&recorder, job).await;
        assert_eq!(recorder.handed_over.borrow().len(), 0);
        outcome
    };
    let until = at("2026-11-24T01:00:00Z");
    let waits = Some(Admission::Waits { until });
    let held = |until| AttemptOutcome::Held { reason: TOO_MANY_MAILS.to_owned(), until };
    assert_eq!(refused(waits, &confirmed).await, held(Some(until)));
    assert_eq!(
        refused(Some(Admission::Undone), &confirmed).await,
        AttemptOutcome::Ended { reason: UNDONE.to_owned() }
    );
    assert_eq!(refused(None, &confirmed).await, AttemptOutcome::Postponed);
    let reminder = job("booking.reminder_due", &booking, Party::Visitor);
    assert_eq!(refused(waits, &reminder).await, held(None), "it would come too late");
    booking.changed_at = at("2026-11-23T00:00:00Z");
    assert_eq!(refused(waits, &job("booking.confirmed", &booking, Party::Visitor)).await, held(None));
    let cancelled = job("booking.cancelled", &booking, Party::Visitor);
    assert_eq!(refused(waits, &cancelled).await, held(Some(until)), "that always follows");
}

#[tokio::test]
async fn a_host_gets_a_mail_of_each_booking() {
    let recorder = Recorder::of(Some(MailTransport::Mailbox));
    recorder.admission.set(None);
    let job = job("booking.confirmed", &booking("en"), Party::Host);
    assert_eq!(attempt(&recorder, &job).await, AttemptOutcome::Taken);
    assert_eq!(recorder.asked.take(), []);
}

/// What was noted under the former secret is known while that is rotated.
#[tokio::test]
async fn what_was_told_under_a_former_secret_is_taken_back() {
    let mut recorder = Recorder::of(Some(MailTransport::Mailbox));
    recorder.secrets.previous = Some(b"a former secret".to_vec());
    recorder.admission.set(Some(Admission::Undone));
    attempt(&recorder, &job("booking.cancelled", &booking("en"), Party::Visitor)).await;
    let keys = recorder.secrets.contact_keys("sam@example.org");
    let asked: Vec<String> = recorder.asked.take().into_iter().map(|(_, ask)| ask.key).collect();
    assert_eq!(asked, keys);
}

#[tokio::test]
async fn a_guests_own_ledger_is_asked_as_for_a_guest() {
    let recorder = Recorder::of(Some(MailTransport::Mailbox));
    let guest = Recipient::Guest("B.en+1@gmail.com".to_owned());
    assert_eq!(
        attempt(&recorder, &job("booking.confirmed", &booking("en"), guest)).await,
        AttemptOutcome::Taken
    );
    let key = recorder.secrets.contact_keys("ben@gmail.com").remove(0);
    let asked: Vec<(String, bool)> =
        recorder.asked.take().into_iter().map(|(_, ask)| (ask.key, ask.is_guest)).collect();
    assert_eq!(asked, [(key, true)]);
}

fn api(secret: &str) -> MailTransport {
    MailTransport::Api {
        url: "https://api.example.com/mails".to_owned(),
        headers: BTreeMap::from([
            ("Authorization".to_owned(), "Bearer {secret}".to_owned()),
            ("Idempotency-Key".to_owned(), "{id}".to_owned()),
        ]),
        body: object(json!({
            "from": "{from}", "to": ["{to}"], "subject": "{subject}", "track": false,
            "headers": {
                "Message-ID": "{message_id}", "In-Reply-To": "{in_reply_to}", "List-Unsubscribe": "{list_unsubscribe}",
                "List-Unsubscribe-Post": "{list_unsubscribe_post}",
            },
            "attachments": [{ "name": "invite.ics", "content": "{invitation}", "type": "text/calendar; method={method}" }],
        })),
        secret: secret.to_owned(),
    }
}

#[tokio::test]
async fn a_provider_is_asked_as_its_table_says() {
    let recorder = Recorder::of(Some(api("MAIL_KEY")));
    let job = job("booking.expired", &booking("en"), Party::Visitor);
    assert_eq!(attempt(&recorder, &job).await, AttemptOutcome::Taken);
    let posted = recorder.posted.borrow();
    assert_eq!(posted[0].url, "https://api.example.com/mails");
    let headers: Vec<(&str, &str)> =
        posted[0].headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let expected = [
        ("authorization", "Bearer the key"),
        ("idempotency-key", "aiko.1.1.2"),
        ("content-type", "application/json"),
    ];
    assert_eq!(headers, expected);
    let body: Value = serde_json::from_slice(&posted[0].body).unwrap();
    let expected = json!({
        "from": "\"Example & Co.\" <hello@example.com>", "to": ["sam@example.org"],
        "subject": "No answer: Introductory call, Tuesday 1 December 2026, 02:00", "track": false,
        "headers": {
            "Message-ID": "<aiko.1.1.2@example.com>",
            "In-Reply-To": "<aiko.AQEBAQEBAQEBAQEBAQEBAQ.1.visitor@example.com>",
        },
    });
    assert_eq!(body, expected, "without an invitation, what lists it is left out");
}

#[track_caller]
fn check_failed(outcome: &AttemptOutcome, reason: &str, retry_after_seconds: Option<u32>) {
    assert_eq!(outcome, &AttemptOutcome::Failed { reason: reason.to_owned(), retry_after_seconds });
}

#[tokio::test]
async fn what_a_provider_does_not_take_is_tried_again() {
    let job = job("booking.confirmed", &booking("en"), Party::Visitor);
    for (status, retry_after_seconds) in [(500, None), (429, Some(9)), (410, None), (302, None)] {
        let recorder = Recorder { status, ..Recorder::of(Some(api("MAIL_KEY"))) };
        let reason = format!("the provider answered {status}");
        check_failed(&attempt(&recorder, &job).await, &reason, retry_after_seconds);
    }
    let recorder = Recorder::of(Some(api("OTHER_KEY")));
    check_failed(&attempt(&recorder, &job).await, "the secret OTHER_KEY is not set", None);
    let ended = AttemptOutcome::Ended { reason: "the site no longer sends email".to_owned() };
    assert_eq!(attempt(&Recorder::of(None), &job).await, ended);
}

/// Also for bookings made before the site became a sandbox.
#[tokio::test]
async fn a_sandbox_writes_to_those_it_lists_alone() {
    let mut recorder = Recorder::of(Some(MailTransport::Mailbox));
    Arc::make_mut(&mut recorder.site).sandbox = Some(vec!["*@example.org".to_owned()]);
    let to = |party| job("booking.confirmed", &booking("en"), party);
    assert_eq!(attempt(&recorder, &to(Party::Visitor)).await, AttemptOutcome::Taken);
    let reason = "the site is a sandbox, and `sandbox` in site.toml does not list this address";
    check_failed(&attempt(&recorder, &to(Party::Host)).await, reason, None);
    assert_eq!(recorder.handed_over.borrow().len(), 1);
}

/// A booking that was made while the host had another name, address and zone.
#[tokio::test]
async fn a_host_is_written_to_as_the_content_has_them_today() {
    let mut booking = booking("en");
    let today = booking.noted.clone();
    booking.noted.email = "former@example.com".to_owned();
    booking.noted.name = "A. Tanaka".to_owned();
    booking.noted.time_zone = Zone::named("Europe/Berlin").unwrap();
    let mail = mail("booking.confirmed", &booking, Party::Host).await;
    assert_eq!(
        (mail.to.to_string().as_str(), today.email.as_str()),
        ("aiko@example.com", "aiko@example.com")
    );
    assert_eq!(mail.subject, "Sam <b>Doe booked Introductory call, Tuesday 1 December 2026, 10:00");
    let invitation = mail.invitation.unwrap().text;
    assert!(invitation.contains("ORGANIZER;CN=\"A. Tanaka\":mailto:former@example.com"), "{invitation}");
}

#[tokio::test]
async fn what_was_noted_serves_where_the_host_is_gone() {
    let mut recorder = Recorder::of(Some(MailTransport::Mailbox));
    Arc::make_mut(&mut recorder.site).hosts.clear();
    let mut booking = booking("en");
    booking.noted.email = "noted@example.com".to_owned();
    let job = job("booking.cancelled", &booking, Party::Host);
    assert_eq!(attempt(&recorder, &job).await, AttemptOutcome::Taken);
    assert_eq!(recorder.handed_over.borrow()[0].to.to_string(), "noted@example.com");
}

/// What becomes of a delivery to an endpoint that was noted as taking everything, signed with a former secret.
async fn told(today: &[(&str, &str)], is_there: bool) -> (AttemptOutcome, usize) {
    let mut recorder = Recorder::of(None);
    let webhook = |url: &str, secret: &str, events: &str| Webhook {
        url: url.to_owned(),
        secret: vec![secret.to_owned()],
        events: vec![events.to_owned()],
    };
    let url = "https://hooks.example.com/";
    Arc::make_mut(&mut recorder.host).webhooks =
        today.iter().map(|(url, events)| webhook(url, "HOOK", events)).collect();
    if !is_there {
        Arc::make_mut(&mut recorder.site).hosts.clear();
    }
    let body = Body::new("booking.confirmed", json!({}), recorder.now());
    let job = Job {
        payload: Payload::Webhook(body),
        destination: Destination::Webhook(webhook(url, "FORMER", "*")),
        ..job("booking.confirmed", &booking("en"), Party::Host)
    };
    let outcome = attempt(&recorder, &job).await;
    let posted = recorder.posted.borrow().len();
    (outcome, posted)
}

#[tokio::test]
async fn an_endpoint_is_told_as_the_content_has_it_today() {
    let (url, other) = ("https://hooks.example.com/", "https://other.example.com/");
    let ended = |reason: &str| (AttemptOutcome::Ended { reason: reason.to_owned() }, 0);
    assert_eq!(told(&[(url, "*")], true).await, (AttemptOutcome::Taken, 1));
    assert_eq!(told(&[(url, "booking.alert"), (url, "*")], true).await, (AttemptOutcome::Taken, 1));
    assert_eq!(told(&[(other, "*")], true).await, ended("the endpoint was taken out of the content"));
    let changed = ended("the endpoint no longer takes booking.confirmed");
    assert_eq!(told(&[(url, "booking.cancelled")], true).await, changed);
    // The host is gone, and so the former secret signs, if it is still set.
    let reason = "the secret FORMER is not set".to_owned();
    let failed = AttemptOutcome::Failed { reason, retry_after_seconds: None };
    assert_eq!(told(&[], false).await, (failed, 0));
}
