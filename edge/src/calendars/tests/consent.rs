//! Consents: what a browser is sent to, and what is made of what it brings back.

use super::*;
use crate::calendars::consent::{Answered, Client, Consent, Service};

fn consent(service: Service) -> Consent {
    let client = Client {
        service,
        authorization_endpoint: "https://sign-in.example/authorize".to_owned(),
        token_endpoint: "https://sign-in.example/token".to_owned(),
        id: "a client".to_owned(),
        secret: (service == Service::Google).then(|| "its secret".to_owned()),
        scope: "https://www.example.com/calendar".to_owned(),
    };
    Consent::new(client, 4711, &Way::answering(Vec::new())).unwrap()
}

#[test]
fn the_address_has_all_that_is_asked_for() {
    // The challenge is the digest of 43 letters `A` (RFC 7636, 4.2), by another program.
    let common = "https://sign-in.example/authorize?client_id=a+client&redirect_uri=http%3A%2F%2FHERE%3A4711&response_type=code\
        &scope=https%3A%2F%2Fwww.example.com%2Fcalendar&state=AAAAAAAAAAAAAAAAAAAAAA\
        &code_challenge=DwBzhbb51LfusnSGBa_hqYSgo7-j8BTQnip4TOnlzRo&code_challenge_method=S256";
    let google = common.replace("HERE", "127.0.0.1") + "&access_type=offline&prompt=consent";
    assert_eq!(consent(Service::Google).address(), google);
    let microsoft = common.replace("HERE", "localhost") + "&prompt=select_account";
    assert_eq!(consent(Service::Microsoft).address(), microsoft);
}

#[test]
fn only_the_answer_to_this_consent_is_one() {
    let consent = consent(Service::Google);
    let state = "state=AAAAAAAAAAAAAAAAAAAAAA";
    for (target, expected) in [
        (format!("/?{state}&code=4%2F0A"), Answered::Code("4/0A".to_owned())),
        ("/favicon.ico".to_owned(), Answered::Else),
        ("/".to_owned(), Answered::Else),
        (format!("/?{state}"), Answered::Else),
        (format!("/else?{state}&code=4"), Answered::Else),
        ("/?state=AAAAAAAAAAAAAAAAAAAAAB&code=4".to_owned(), Answered::Foreign),
        ("/?code=4".to_owned(), Answered::Foreign),
        ("/?error=access_denied".to_owned(), Answered::Foreign),
        (
            format!("/?error=access_denied&{state}"),
            Answered::Refused("it was not consented to (access_denied)".to_owned()),
        ),
        (
            format!("/?error=server_error&code=4&{state}"),
            Answered::Refused("it could not be consented to (server_error)".to_owned()),
        ),
        (format!("/?error=%1b[2J&{state}"), Answered::Refused("it could not be consented to".to_owned())),
    ] {
        assert_eq!(consent.answered(&target), expected, "{target}");
    }
}

#[tokio::test]
async fn a_code_is_exchanged_with_its_verifier() {
    let given =
        r#"{"access_token":"a","refresh_token":"1//r","scope":"openid https://www.example.com/calendar"}"#;
    let way = Way::answering(vec![says(200, given)]);
    let token = consent(Service::Google).refresh_token(&way, "4/0A").await;
    assert_eq!(token.as_deref(), Ok("1//r"));
    let asked = way.asked.borrow();
    assert_eq!((asked[0].method.as_str(), asked[0].url.as_str()), ("POST", "https://sign-in.example/token"));
    let form = "grant_type=authorization_code&code=4%2F0A&client_id=a+client&redirect_uri=http%3A%2F%2F127.0.0.1%3A4711\
        &code_verifier=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&client_secret=its+secret";
    assert_eq!(std::str::from_utf8(&asked[0].body), Ok(form));
}

#[tokio::test]
async fn without_a_token_it_is_said_why() {
    use Service::{Google, Microsoft};
    let late = "the code is not accepted, perhaps as it came too late (invalid_grant): start again";
    for (service, answer, expected) in [
        (Google, says(400, r#"{"error":"invalid_grant"}"#), late),
        (Microsoft, says(400, r#"{"error":"invalid_grant","error_codes":[54005]}"#), late),
        (
            Google,
            says(401, r#"{"error":"invalid_client"}"#),
            "Google does not accept the client: it was deleted or turned off, or the secret has another one's",
        ),
        (
            Microsoft,
            says(400, r#"{"error":"unauthorized_client","error_codes":[700016]}"#),
            "its sign-in answered 400 (AADSTS700016): the tenant has no application of that `client_id`",
        ),
        (
            Google,
            says(200, r#"{"access_token":"a","refresh_token":"r","scope":"openid"}"#),
            "the consent does not cover the calendar: start again, and tick its box",
        ),
        (
            Google,
            says(200, r#"{"access_token":"a"}"#),
            "there is no refresh token in the answer: start again",
        ),
        (Google, says(200, "<!doctype html>"), "it answered 200 when asked for a token: that is not Google"),
        (Microsoft, says(200, "<!doctype html>"), "its sign-in answered with something else than a token"),
        (Google, Err(Unanswered::TimedOut(TWO_SECONDS)), "it did not answer within 30 s"),
    ] {
        let token = consent(service).refresh_token(&Way::answering(vec![answer]), "4").await;
        assert_eq!(token, Err(expected.to_owned()));
    }
}
