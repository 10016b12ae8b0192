//! What commands say of pages with a price.

use super::desk::Desk;

/// A site that takes payments, with two pages that cost something.
pub(crate) fn priced() -> Desk {
    let site = "title = \"Example\"\nbase_url = \"https://meet.example.com\"\nlocales = [\"en\"]\n[limits]\nbound_strangers = true\n\
        [payment]\nprovider = \"stripe\"\nsecret = \"STRIPE_SECRET_KEY\"\nwebhook_secret = \"STRIPE_WEBHOOK_SECRET\"\n";
    let page = |title: &str, durations: &str, price: &str| {
        format!(
            "+++\ntitle = \"{title}\"\ndurations = {durations}\nlocation = {{ phone = \"+49 30 5550 0123\" }}\n{price}\n+++\nTalk.\n"
        )
    };
    let by_duration =
        "refund_until = \"never\"\n[price]\ncurrency = \"JPY\"\namount = { 15 = 0, 30 = 5000, 60 = 9000 }";
    Desk::new()
        .file("content/site.toml", site)
        .file("content/aiko/paid.md", &page("Paid", "[15, 30, 60]", by_duration))
        .file(
            "content/aiko/same.md",
            &page("Same", "[30, 60]", "price = { amount = 980, currency = \"USD\" }"),
        )
}

#[test]
fn check_says_what_each_page_costs() {
    priced()
        .run(&["check"])
        .answers("")
        .tells(
            "\
aiko/paid: free (15 minutes), ¥5,000 (30 minutes), ¥9,000 (60 minutes)
aiko/same: $9.80
2 hosts with 4 pages: no errors or warnings
",
        )
        .ends_with_code(0);
}

#[test]
fn it_does_so_in_the_sites_first_locale_and_beside_warnings() {
    let desk = priced();
    let site = desk
        .read("content/site.toml")
        .replace("[\"en\"]", "[\"ja\"]")
        .replace("[payment]", "[payment]\nurl = \"http://stripe.test\"");
    let told = desk.file("content/site.toml", &site).run(&["check"]).ends_with_code(0).told();
    let begin = "\
aiko/paid: free (15 minutes), 5,000円 (30 minutes), 9,000円 (60 minutes)
aiko/same: $9.80
warning: nobody can pay once the site is published
";
    assert!(told.starts_with(begin), "{told}");
}

#[test]
fn explain_says_what_the_duration_costs() {
    for (duration, price) in [("15", "free"), ("30", "¥5,000"), ("60", "¥9,000")] {
        let answer =
            priced().run(&["explain", "aiko/paid", "2026-12-01T10:00", "--duration", duration]).answer();
        let expected = format!(
            "\
aiko/paid: Paid
2026-12-01 10:00+09:00, {duration} minutes
  hours: 09:00-12:00, 13:00-17:30 (the host's [hours])
  price: {price}
  offered
"
        );
        assert!(answer.starts_with(&expected), "{answer}");
    }
}
