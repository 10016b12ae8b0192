//! `token`: a host's key, and a link that signs in without it.

use chrono::{DateTime, Utc};
use scheduling::sign_in_link::SignInLink;
use scheduling::token::Secrets;

use crate::desk::{Desk, NOW};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

#[test]
fn the_key_is_the_secrets_own_and_all_that_is_answered() {
    let desk = Desk::new();
    let output =
        desk.command(&["token", "aiko"]).env("DAYMARK_SECRET", SECRET).output().expect("the command runs");
    let secrets = Secrets { current: SECRET.as_bytes().to_vec(), previous: None };
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{}\n", secrets.host_key("aiko", 1)));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(!desk.path("data").exists());
}

#[test]
fn the_secret_is_made_at_the_first_need_and_kept() {
    let desk = Desk::new();
    let first = desk.run(&["token", "aiko"]).ends_with_code(0).answer();
    assert_eq!(desk.run(&["token", "aiko"]).answer(), first);
    assert_ne!(desk.run(&["token", "aiko", "--data", "elsewhere"]).answer(), first);
}

#[test]
fn raising_the_version_revokes_the_key() {
    let desk = Desk::new();
    let first = desk.run(&["token", "aiko"]).answer();
    let host = format!("key_version = 2\n{}", desk.read("content/aiko/host.toml"));
    assert_ne!(desk.file("content/aiko/host.toml", &host).run(&["token", "aiko"]).answer(), first);
}

#[test]
fn an_unknown_host_names_the_known_ones() {
    Desk::new()
        .run(&["token", "aika"])
        .answers("")
        .tells("generator: there is no host `aika`. The hosts are: aiko, jonas.\n")
        .ends_with_code(1);
}

#[test]
fn a_link_is_all_that_is_answered_and_a_qr_code_beside_it() {
    let desk = Desk::new();
    let output = desk
        .command(&["token", "aiko", "--link"])
        .env("DAYMARK_SECRET", SECRET)
        .output()
        .expect("the command runs");
    let secrets = Secrets { current: SECRET.as_bytes().to_vec(), previous: None };
    let (answer, told) = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)).into();
    let token = answer.trim_end().strip_prefix("https://meet.example.com/host/sign-in/").expect(&answer);
    let link = SignInLink::read(token, &secrets, "aiko", 1).expect("a link of this host");
    let now: DateTime<Utc> = NOW.parse().expect("a time");
    assert!((0..60).contains(&(link.made_at - now).num_seconds()), "{link:?}");
    // The code itself is tested where it is drawn.
    let (code, said) = told.split_at(told.trim_end().rfind('\n').expect("lines") + 1);
    assert_eq!(said, "It signs Aiko Tanaka in once, on the device that opens it, within 10 minutes.\n");
    assert!(code.lines().count() > 20 && code.chars().all(|one| "█▀▄ \n".contains(one)), "{code}");
}

#[test]
fn each_link_is_another_and_leads_to_the_address_that_is_asked_for() {
    let desk = Desk::new();
    let link = || desk.run(&["token", "aiko", "--link", "--base-url", "http://127.0.0.1:8787"]).answer();
    let first = link();
    assert!(first.starts_with("http://127.0.0.1:8787/host/sign-in/aiko."), "{first}");
    assert_ne!(link(), first);
}
