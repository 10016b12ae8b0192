//! Commands, replies, queries and answers travel as JSON to a ledger that runs elsewhere, and arrive unchanged.

use scheduling::booking::{Event, Party};
use scheduling::claim::CountLimit;
use scheduling::external_id::ExternalId;
use scheduling::ledger::{
    Alike, Answer, Cancel, CancelAlike, Command, Cursor, Decide, Ending, Likeness, NoteBooking, Query, Reply,
    Reschedule, Session, answer, apply,
};
use scheduling::outbox::{
    Admission, Attempt, AttemptOutcome, DeliveryState, Destination, HostLedger, MailAsk, Request,
};
use scheduling::refusal::Refusal;
use scheduling::sign_in_link::SignInLink;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::support::{Memory, at, book, device, id, key, reschedule, subscribers, webhook};

#[track_caller]
fn check<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) {
    let json = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), value, "{json}");
}

#[test]
fn what_goes_in_and_comes_out_is_the_same_after_json() {
    let mut sql = Memory::migrated();
    let mut asked = book(1, 60, 90);
    asked.key = Some(key("k", "body"));
    asked.limits = vec![CountLimit { from: at(0), until: at(1440), most: 4 }];
    asked.contact_limit = Some(50);
    asked.contact_key = Some("key".to_owned());
    asked.invited = Some(crate::invites::invited("once", 1));
    let today = subscribers(&[Party::Visitor], &[webhook("https://hooks.example.com/", &["booking.*"])]);
    let asked_again = asked.clone();
    let book = Command::Book(Box::new(asked.clone()), today);
    let cancel = Command::Cancel(Cancel { id: id(1), by: Party::Host, reason: None, proves: false }, None);
    let mut reschedule = reschedule(1, 120, 150);
    reschedule.limits.clone_from(&asked.limits);
    let refused =
        Command::Reschedule(Reschedule { verdict: Some(Refusal::LimitReached), ..reschedule.clone() }, None);
    let reschedule = Command::Reschedule(reschedule, None);
    asked.verdict = Some(Refusal::OutsideWindow);
    check(&Command::Book(Box::new(asked), None));
    for command in [&book, &book, &refused, &reschedule, &reschedule, &cancel, &cancel] {
        check(command);
        check(&apply(&mut sql, command, at(0)).unwrap());
    }
    for by in [Likeness::Email, Likeness::Domain, Likeness::Network] {
        let alike = Alike { booking: id(1), by, made_until: at(0) };
        check(&Query::Alike { alike: alike.clone(), most: 9 });
        let cancel = Command::CancelAlike(CancelAlike { alike, reason: Some("Ill".to_owned()) }, None);
        check(&cancel);
        check(&apply(&mut sql, &cancel, at(0)).unwrap());
    }
    check(&Reply::Mail { admission: Admission::Waits { until: at(9) } });
    check(&Command::StopReminders { id: id(1) });
    check(&Command::WithdrawInvite { id: "once".to_owned(), expires: at(9) });
    check(&Query::InviteUse { id: "once".to_owned() });
    check(&Command::LeaveOut {
        calendar: "work".to_owned(),
        event: "990cb8ebd0afb715".to_owned(),
        counts: true,
    });
    for outcome in [
        AttemptOutcome::Failed { reason: "it answered 500".to_owned(), retry_after_seconds: Some(9) },
        AttemptOutcome::Postponed,
        AttemptOutcome::Ended { reason: "it was taken out".to_owned() },
        AttemptOutcome::Held { reason: "too many".to_owned(), until: Some(at(9)) },
        AttemptOutcome::Held { reason: "too many".to_owned(), until: None },
        AttemptOutcome::Gone,
        AttemptOutcome::TakenWithRoom { address: "https://meet.example.com/a".to_owned(), is_of_page: false },
        AttemptOutcome::Taken,
    ] {
        let settle = Command::Settle { attempts: vec![Attempt { number: 2, outcome, jitter: 7 }] };
        check(&settle);
        check(&apply(&mut sql, &settle, at(0)).unwrap());
    }
    check(&Command::Decide(Decide { id: id(1), accepts: true, start: Some(at(60)) }, None));
    check(&Command::Expire(None));
    let note = NoteBooking {
        key: "key".to_owned(),
        keep_minutes: Some(1440),
        booking: Box::new(asked_again.booking.clone()),
        event_count: 2,
    };
    check(&Command::NoteBooking(note.clone()));
    check(&apply(&mut sql, &Command::NoteBooking(note), at(0)).unwrap());
    let (contact_key, email) = ("key".to_owned(), "kim@example.com".to_owned());
    let ledgers = vec!["aiko".to_owned()];
    check(&Command::EraseContact { key: contact_key.clone(), email: email.clone(), ledgers });
    let ask = MailAsk {
        key: contact_key.clone(),
        mail: "m".to_owned(),
        booking: id(1),
        event: Event::Confirmed,
        by: Some(Party::Visitor),
        is_paid: false,
        is_guest: false,
        known_until: at(90),
    };
    check(&Command::AdmitMail(ask.clone()));
    check(&apply(&mut sql, &Command::AdmitMail(ask), at(0)).unwrap());
    check(&Command::EraseBookings(Request { email, asked_at: at(0), by: Party::Host }, None));
    check(&Destination::Erasure(HostLedger { key: contact_key.clone(), ledger: "aiko".to_owned() }));
    check(&Reply::Scrubbed);
    check(&Command::Replay("aiko.1".to_owned(), None));
    let external = ExternalId {
        booking: id(1),
        system: "google:work".to_owned(),
        kind: "event".to_owned(),
        id: "e1".to_owned(),
        version: Some("\"3\"".to_owned()),
        changed_at: at(0),
    };
    check(&Command::NoteExternalId(external.clone()));
    check(&apply(&mut sql, &Command::NoteExternalId(external), at(0)).unwrap());
    check(&Command::ForgetExternalId {
        booking: id(2),
        system: "google:work".to_owned(),
        kind: "event".to_owned(),
    });
    let (session, link) = (device("0123", 1, 60), SignInLink::new([1; 16], at(0)));
    for command in [
        Command::OpenSession { session: session.clone(), link: None },
        Command::OpenSession {
            session: Session { digest: "89".to_owned(), ..session },
            link: Some(link.clone()),
        },
        Command::SendSignInLink { ledger: "aiko".to_owned(), link: SignInLink::new([2; 16], at(0)) },
        Command::RenewSession { digest: "0123".to_owned(), expires_at: at(90) },
        Command::EndSessions(Ending::One("4567".to_owned())),
        Command::EndSessions(Ending::Others("0123".to_owned())),
        Command::EndSessions(Ending::All),
    ] {
        check(&command);
        check(&apply(&mut sql, &command, at(0)).unwrap());
    }
    for query in [
        Query::Due { most: 9, records: 9, except: vec![1, 2] },
        Query::Deliveries { state: DeliveryState::Parked, after: Some("aiko.1".to_owned()), most: 9 },
        Query::Booking { id: id(1) },
        Query::Booking { id: id(2) },
        Query::HeldMail { booking: id(1) },
        Query::Contact { key: contact_key.clone() },
        Query::Contacts { email: None, before: Some(id(1)), most: 9 },
        Query::Contacts { email: Some("sam@example.com".to_owned()), before: None, most: 9 },
        Query::Addresses { after: String::new(), most: 9 },
        Query::ToldLedgers { key: contact_key.clone() },
        Query::ExternalIds { booking: id(1) },
        Query::CalledElsewhere {
            system: "google:work".to_owned(),
            kind: "event".to_owned(),
            id: "e1".to_owned(),
        },
        Query::Busy { from: at(0), except: None },
        Query::Busy { from: at(0), except: Some(id(1)) },
        Query::Bookings { from: Some(at(0)), until: None, status: None, after: None, most: 9 },
        Query::Bookings {
            from: None,
            until: None,
            status: None,
            after: Some(Cursor { start: at(60), id: id(1) }),
            most: 9,
        },
        Query::Session { digest: "0123".to_owned() },
        Query::Sessions,
    ] {
        check(&query);
        check::<Answer>(&answer(&mut sql, &query, at(0)).unwrap());
    }
}
