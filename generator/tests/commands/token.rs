//! `token`: a host's key.

use scheduling::token::Secrets;

use crate::desk::Desk;

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
