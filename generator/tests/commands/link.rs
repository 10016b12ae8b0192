//! `link`: what a link carries, as whole addresses, and the list of all.

use crate::desk::Desk;

/// A site one of whose pages asks a question.
fn desk() -> Desk {
    let desk = Desk::new();
    let page = desk.read("content/aiko/intro.md").replacen(
        "\n+++",
        "\n[[questions]]\nid = \"topic\"\nlabel = \"What about?\"\nkind = \"text\"\n[[questions]]\nid = \"tea\"\nlabel = \"Tea?\"\nkind = \"choices\"\noptions = [{ id = \"green\", label = \"Green\" }, { id = \"black\", label = \"Black\" }]\n[[questions]]\nid = \"agreed\"\nlabel = \"Agreed\"\nkind = \"consent\"\n+++",
        1,
    );
    desk.file("content/aiko/intro.md", &page)
}

#[track_caller]
fn check(arguments: &[&str], expected: &str) {
    let whole: Vec<&str> = ["link"].into_iter().chain(arguments.iter().copied()).collect();
    desk().run(&whole).answers(expected).tells("").ends_with_code(0);
}

#[track_caller]
fn check_refused(arguments: &[&str], expected: &str) {
    let whole: Vec<&str> = ["link"].into_iter().chain(arguments.iter().copied()).collect();
    desk().run(&whole).answers("").tells(&format!("generator: {expected}\n")).ends_with_code(1);
}

#[test]
fn a_link_is_all_that_is_answered() {
    check(&["aiko/intro"], "https://meet.example.com/aiko/intro/\n");
    check(&["/aiko/intro/"], "https://meet.example.com/aiko/intro/\n");
}

#[test]
fn it_carries_a_time_a_campaign_and_a_visitor() {
    check(
        &[
            "aiko/intro",
            "--slot",
            "2026-12-01T10:00",
            "--duration",
            "15",
            "--utm-source",
            "newsletter",
            "--utm-campaign",
            "Spring & more",
        ],
        "https://meet.example.com/aiko/intro/?slot=2026-12-01T01:00Z&duration=15&utm_campaign=Spring+%26+more&utm_source=newsletter\n",
    );
    check(
        &["aiko/intro", "--name", "  Mara Lind ", "--email", "mara+call@example.org", "--utm-medium", ""],
        "https://meet.example.com/aiko/intro/?name=Mara+Lind&email=mara%2Bcall%40example.org\n",
    );
    check(
        &["aiko/intro", "--with", "tea=black,Green", "--with", "a1=Prices", "--with", "tz=Asia/Tokyo"],
        "https://meet.example.com/aiko/intro/?tea=black%2CGreen&a1=Prices&tz=Asia%2FTokyo\n",
    );
    check(
        &["aiko/intro", "--with", "topic=Prices, and a date"],
        "https://meet.example.com/aiko/intro/?topic=Prices%2C+and+a+date\n",
    );
    check(
        &["aiko/intro", "--with", "first_name=Mara", "--with", "last_name=Lind", "--with", "gclid=x"],
        "https://meet.example.com/aiko/intro/?first_name=Mara&last_name=Lind&gclid=x\n",
    );
    check(
        &["aiko/intro", "--with", "month=2026-12", "--with", "date=2026-12-01"],
        "https://meet.example.com/aiko/intro/?month=2026-12&date=2026-12-01\n",
    );
}

#[test]
fn what_would_lead_nowhere_is_refused() {
    check_refused(&["aiko/intr"], "there is no page `aiko/intr`. The pages are: aiko/intro, jonas/night.");
    check_refused(
        &["aiko/intro", "--duration", "20"],
        "aiko/intro cannot be booked for 20 minutes. Its durations are: 30, 15, 60.",
    );
    check_refused(
        &["aiko/intro", "--slot", "2026-12-01T10:10"],
        "aiko/intro does not offer 2026-12-01T10:10 for 30 minutes. `generator explain aiko/intro 2026-12-01T10:10 --duration 30` says why.",
    );
    check_refused(&["aiko/intro", "--locale", "ja"], "aiko/intro is not available in `ja`. It is in: en.");
    check_refused(
        &["jonas/night", "--with", "topic=Prices"],
        "jonas/night asks nothing that `topic` could answer, and the site keeps no parameters of its own.",
    );
    check_refused(
        &["aiko/intro", "--with", "toppic=Prices"],
        "`toppic` is neither a question of aiko/intro nor a tracking parameter of the site. These are: topic, tea, agreed.",
    );
    check_refused(
        &["aiko/intro", "--with", "agreed=yes"],
        "`agreed` is a consent: only the visitor can give it.",
    );
    check_refused(&["aiko/intro", "--with", "tea=red"], "`tea` has no option `red`. It has: green, black.");
    for (with, expected) in [
        ("tz=Mars/X", "`tz` cannot be `Mars/X`: write it as `Europe/Berlin`."),
        ("month=13", "`month` cannot be `13`: write it as `2026-12`."),
        ("date=x", "`date` cannot be `x`: write it as `2026-12-01`."),
        ("date=2026-2-1", "`date` cannot be `2026-2-1`: write it as `2026-12-01`."),
    ] {
        check_refused(&["aiko/intro", "--with", with], expected);
    }
    check_refused(
        &["jonas/night", "--slot", "2027-03-28T02:30"],
        "2027-03-28T02:30 does not exist in Europe/Berlin: the clocks skip it.",
    );
}

#[test]
fn what_cannot_be_read_is_wrong_usage() {
    let desk = desk();
    desk.run(&["link", "aiko/intro", "--email", "mara@"])
        .answers("")
        .tells("generator: `mara@` is not an email address\n")
        .ends_with_code(2);
    desk.run(&["link", "aiko/intro", "--with", "topic"]).answers("").ends_with_code(2);
    desk.run(&["link", "aiko/intro", "--with", "a1=x", "--with", "a1=y"])
        .answers("")
        .tells("generator: `a1` is given twice: several choices are parted by commas\n")
        .ends_with_code(2);
    desk.run(&["link"]).answers("").ends_with_code(2);
}

#[test]
fn it_is_drawn_for_a_phone_and_for_print() {
    let desk = desk();
    let outcome = desk.run(&["link", "aiko/intro", "--qr"]).ends_with_code(0);
    assert_eq!(outcome.answer(), "https://meet.example.com/aiko/intro/\n");
    let told = outcome.told();
    assert!(told.lines().count() > 15 && told.contains('█'), "{told}");
    desk.run(&["link", "aiko/intro", "--qr-svg", "card.svg"])
        .answers("https://meet.example.com/aiko/intro/\n")
        .tells("The QR code is in card.svg.\n")
        .ends_with_code(0);
    let card = desk.read("card.svg");
    assert!(card.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 "), "{card}");
    desk.run(&["link", "aiko/intro", "--qr-svg", "no/such/card.svg"])
        .answers("")
        .tells("generator: no/such/card.svg cannot be written: No such file or directory (os error 2)\n")
        .ends_with_code(1);
    let long = format!("topic={}", "x".repeat(3000));
    desk.run(&["link", "aiko/intro", "--qr", "--with", &long])
        .answers("")
        .tells("generator: the link would have 3043 bytes; mail programs and servers cut links at 2000\n")
        .ends_with_code(1);
}

#[test]
fn all_links_are_a_table_csv_or_json() {
    let desk = Desk::new();
    desk.run(&["link", "--all"])
        .answers(
            "aiko/intro   en  https://meet.example.com/aiko/intro/   Introductory call\njonas/night  en  https://meet.example.com/jonas/night/  Night watch\n",
        )
        .tells("")
        .ends_with_code(0);
    desk.run(&["link", "--all", "--format", "csv", "--utm-source", "card"])
        .answers(
            "\"page\",\"locale\",\"title\",\"link\"\n\"aiko/intro\",\"en\",\"Introductory call\",\"https://meet.example.com/aiko/intro/?utm_source=card\"\n\"jonas/night\",\"en\",\"Night watch\",\"https://meet.example.com/jonas/night/?utm_source=card\"\n",
        )
        .ends_with_code(0);
    let answer = desk.run(&["link", "--all", "--format", "json"]).ends_with_code(0).answer();
    assert!(
        answer.starts_with("[\n  {\n    \"link\": \"https://meet.example.com/aiko/intro/\","),
        "{answer}"
    );
    desk.run(&["link", "--all", "--locale", "ja"])
        .answers("")
        .tells("generator: no page is available in `ja`\n")
        .ends_with_code(1);
}
