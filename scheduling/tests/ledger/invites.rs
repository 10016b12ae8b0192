//! Invitations: how many bookings each takes, what gives a use back, and what becomes of one that is withdrawn.

use scheduling::booking::{Party, Status};
use scheduling::ledger::{Book, Command, InviteUse, Invited, Order, Question, apply};
use scheduling::refusal::Refusal;

use crate::support::{
    Memory, ask, at, book, cancel, decide, must_book, must_move, must_refuse, order, reschedule,
};

/// A day, in minutes.
const DAY: i64 = 24 * 60;

/// An invitation that takes so many bookings, for a month.
pub(crate) fn invited(id: &str, uses: u32) -> Invited {
    Invited { id: id.to_owned(), uses, expires: at(30 * DAY) }
}

/// A booking by the invitation `once`, an hour later for each number.
fn by_invitation(number: u8) -> Book {
    let start = i64::from(number) * 60;
    Book { invited: Some(invited("once", 1)), ..book(number, start, start + 30) }
}

fn live(sql: &mut Memory, minute: i64) -> u32 {
    ask(sql, Question::invite_use("once".to_owned()), at(minute)).live
}

#[test]
fn an_invitation_takes_as_many_bookings_as_it_says() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &by_invitation(1), 0);
    must_refuse(&mut sql, &by_invitation(2), 0, Refusal::LinkUsed);
    for number in 3..6 {
        let invited = Some(invited("thrice", 3));
        must_book(&mut sql, &Book { invited, ..by_invitation(number) }, 0);
    }
    must_refuse(
        &mut sql,
        &Book { invited: Some(invited("thrice", 3)), ..by_invitation(6) },
        0,
        Refusal::LinkUsed,
    );
    must_book(&mut sql, &Book { invited: None, ..by_invitation(7) }, 0);
    assert_eq!(live(&mut sql, 0), 1);
}

#[test]
fn the_use_stays_when_the_meeting_is_moved_and_when_it_is_over() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &by_invitation(1), 0);
    must_move(&mut sql, &reschedule(1, 300, 330), 1);
    must_refuse(&mut sql, &by_invitation(2), 2, Refusal::LinkUsed);
    must_refuse(&mut sql, &by_invitation(40), 1_000, Refusal::LinkUsed);
}

#[test]
fn what_does_not_take_place_gives_the_use_back() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &by_invitation(1), 0);
    cancel(&mut sql, 1, Party::Visitor, 1);
    assert_eq!(live(&mut sql, 1), 0);

    let request = |number| {
        let mut asked = by_invitation(number);
        (asked.booking.status, asked.expires_at) = (Status::Requested, Some(at(100)));
        asked.booking.terms.by_request = true;
        asked
    };
    must_book(&mut sql, &request(2), 2);
    must_refuse(&mut sql, &by_invitation(3), 2, Refusal::LinkUsed);
    decide(&mut sql, 2, false, 3);
    assert_eq!(live(&mut sql, 3), 0, "declined");

    must_book(&mut sql, &request(4), 4);
    must_refuse(&mut sql, &by_invitation(5), 99, Refusal::LinkUsed);
    assert_eq!(live(&mut sql, 100), 0, "expired, though nobody has tidied it away");
    must_book(&mut sql, &by_invitation(5), 100);
}

#[test]
fn the_rules_are_asked_first_and_a_refusal_uses_nothing() {
    let mut sql = Memory::migrated();
    let verdict = Some(Refusal::OutsideWindow);
    must_refuse(&mut sql, &Book { verdict, ..by_invitation(1) }, 0, Refusal::OutsideWindow);
    must_book(&mut sql, &book(9, 60, 90), 0);
    must_refuse(&mut sql, &by_invitation(1), 0, Refusal::SlotTaken);
    assert_eq!(live(&mut sql, 0), 0);
    must_book(&mut sql, &by_invitation(2), 0);
    must_refuse(&mut sql, &Book { verdict, ..by_invitation(1) }, 0, Refusal::OutsideWindow);
    must_refuse(&mut sql, &by_invitation(1), 0, Refusal::LinkUsed);
}

#[test]
fn one_that_is_withdrawn_works_no_more_and_its_bookings_stay() {
    let mut sql = Memory::migrated();
    let thrice = |number| Book { invited: Some(invited("thrice", 3)), ..by_invitation(number) };
    must_book(&mut sql, &thrice(1), 0);
    for _ in 0..2 {
        order(&mut sql, Order::withdraw_invite("thrice".to_owned(), at(30 * DAY)), at(1));
    }
    must_refuse(&mut sql, &thrice(2), 2, Refusal::LinkUsed);
    let standing = ask(&mut sql, Question::invite_use("thrice".to_owned()), at(2));
    assert_eq!(standing, InviteUse { live: 1, is_withdrawn: true });
    must_book(&mut sql, &by_invitation(3), 2);
}

#[test]
fn what_has_expired_is_forgotten_with_the_next_one() {
    let mut sql = Memory::migrated();
    must_book(&mut sql, &by_invitation(1), 0);
    order(&mut sql, Order::withdraw_invite("other".to_owned(), at(30 * DAY)), at(0));
    for half_days in 1..=61 {
        apply(&mut sql, &Command::Settle { attempts: Vec::new() }, at(half_days * DAY / 2)).unwrap();
    }
    let mut later = book(2, 31 * DAY, 31 * DAY + 30);
    later.invited = Some(Invited { expires: at(60 * DAY), ..invited("later", 1) });
    must_book(&mut sql, &later, 30 * DAY + 720);
    assert_eq!(sql.number("SELECT count(*) FROM invite_use"), 1);
    assert_eq!(sql.number("SELECT count(*) FROM withdrawn_invite"), 0);
}
