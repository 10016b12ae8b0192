//! Trying a calendar: what is written is taken out again, or it is said where it stands.

use super::*;
use crate::calendars::trial::{Unwell, doubt, write};
use crate::tests::caldav::{Habits, Server};

async fn tried(server: &Server) -> Result<(), Unwell> {
    let (host, calendar) = caldav();
    write(server, &host, &calendar).await.unwrap()
}

#[tokio::test]
async fn an_event_is_written_and_taken_out_again() {
    let server = Server::default();
    assert_eq!((tried(&server).await, server.names()), (Ok(()), vec![]));
    let asked = server.asked();
    let put = asked.iter().find(|request| request.method == "PUT").unwrap();
    let text = std::str::from_utf8(&put.body).unwrap();
    // It is over by now.
    for line in
        ["DTSTART:20261123T224500Z", "DTEND:20261123T230000Z", "SUMMARY:Daymark: only a test", "LOCATION:"]
    {
        assert!(text.contains(&format!("\r\n{line}\r\n")), "{line} in {text}");
    }
}

#[tokio::test]
async fn what_was_not_done_is_said() {
    let server = Server::default();
    server.says("PUT", told(403, ""));
    let expected = "it answered 403: its server does not let the user write to it".to_owned();
    assert_eq!((tried(&server).await, server.names()), (Err(Unwell::NotWritten(expected)), vec![]));

    let server = Server::of(Habits::default());
    server.says("DELETE", told(503, ""));
    let expected = "it answered 503: its server has a fault".to_owned();
    let start = "2026-11-23T22:45:00Z".parse().unwrap();
    assert_eq!(tried(&server).await, Err(Unwell::Left(expected, start)));
    assert_eq!(server.names(), ["aiko.AAAAAAAAAAAAAAAAAAAAAA.ics"]);
}

#[tokio::test]
async fn what_was_written_without_an_answer_is_taken_out_too() {
    let server = Server::default();
    server.trick("PUT", crate::tests::caldav::Trick::Loses);
    let outcome = tried(&server).await;
    assert!(matches!(outcome, Err(Unwell::NotWritten(_))), "{outcome:?}");
    assert!(server.names().is_empty() && server.changes().len() == 2, "{:?}", server.changes());
}

#[test]
fn a_doubt_is_worded_as_in_the_log() {
    let said = |reading| doubt(&reading);
    let reason = "it answered 404: it is not there".to_owned();
    let expected = Some("cannot be read: it answered 404: it is not there".to_owned());
    assert_eq!(said(Reading::Failed(reason.clone())), expected);
    assert_eq!(said(Reading::Refused(reason)), expected);
    assert_eq!(said(Reading::Unchanged), None);
}
