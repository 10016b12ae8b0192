//! What pages cost and who takes the money, as they are read.

use std::fs;

use scheduling::definition::{HostDefinition, Payments, RefundUntil};

const STRIPE: &str =
    "[payment]\nprovider = \"stripe\"\nsecret = \"STRIPE_KEY\"\nwebhook_secret = \"STRIPE_HOOK\"\n";
const PRICE: &str = "price = { amount = 5000, currency = \"JPY\" }\n";

/// A host with one page, of a site with these more lines.
#[track_caller]
fn read(site: &str, host: &str, page: &str) -> HostDefinition {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("aiko")).expect("the host's folder");
    let write = |file: &str, text: String| fs::write(folder.path().join(file), text).expect("it is written");
    write("site.toml", format!("title = \"Paid\"\nbase_url = \"https://meet.example.com\"\n{site}"));
    write(
        "aiko/host.toml",
        format!(
            "name = \"Aiko\"\nemail = \"aiko@example.com\"\ntime_zone = \"Asia/Tokyo\"\n\n[hours]\nmon-fri = [\"09:00-12:00\"]\n{host}"
        ),
    );
    let own = "title = \"Call\"\ndurations = [30, 15, 60]\nlocation = { phone = \"+49 30 5550 0123\" }\n";
    write("aiko/call.md", format!("+++\n{own}{page}+++\n"));
    let loaded = super::load_at(folder.path());
    assert_eq!(loaded.diagnostics.to_string(), "");
    loaded.site.expect("a site").hosts.remove(0).definition
}

/// Minutes and amounts.
#[track_caller]
fn check_prices(page: &str, expected: &[(u32, u64)]) {
    let host = read(STRIPE, "", page);
    let prices = host.meetings["call"].prices.iter().map(|(minutes, price)| (*minutes, price.amount));
    assert_eq!(prices.collect::<Vec<_>>(), expected, "{page}");
}

#[test]
fn a_price_is_for_all_durations_or_for_each() {
    check_prices("", &[]);
    check_prices(PRICE, &[(15, 5000), (30, 5000), (60, 5000)]);
    check_prices(
        "[price]\ncurrency = \"USD\"\namount = { 60 = 9000, 15 = 50, 30 = 5000 }\n",
        &[(15, 50), (30, 5000), (60, 9000)],
    );
    check_prices(
        "[price]\ncurrency = \"USD\"\n[price.amount]\n15 = 0\n30 = 5000\n60 = 9000\n",
        &[(30, 5000), (60, 9000)],
    );
}

#[test]
fn money_comes_back_until_a_day_before_unless_the_page_says_otherwise() {
    for (line, expected) in [
        ("", RefundUntil::Minutes(24 * 60)),
        ("refund_until = \"never\"\n", RefundUntil::Never),
        ("refund_until = \"always\"\n", RefundUntil::Always),
        ("refund_until = \"0m\"\n", RefundUntil::Always),
        ("refund_until = \"90m\"\n", RefundUntil::Minutes(90)),
        ("refund_until = \"14d\"\n", RefundUntil::Minutes(14 * 24 * 60)),
    ] {
        let host = read(STRIPE, "", &format!("{PRICE}{line}"));
        assert_eq!(host.meetings["call"].refund_until, expected, "{line}");
    }
}

fn stripe(url: &str, delayed: bool) -> Payments {
    Payments::Stripe {
        secret: "STRIPE_KEY".to_owned(),
        webhook_secret: "STRIPE_HOOK".to_owned(),
        url: url.to_owned(),
        delayed,
    }
}

#[test]
fn the_hosts_own_provider_comes_before_the_sites() {
    let url = "https://shop.example.com/pay?ref={booking}&sum={amount}&in={currency}";
    let link = format!("[payment]\nprovider = \"link\"\nurl = \"{url}\"\nsecret = [\"NEW\", \"OLD\"]\n");
    let of_link = Payments::Link { url: url.to_owned(), secret: vec!["NEW".to_owned(), "OLD".to_owned()] };
    let of_site = stripe(Payments::STRIPE, false);
    for (site, host, expected) in [
        ("", "", None),
        (STRIPE, "", Some(of_site.clone())),
        ("", STRIPE, Some(of_site)),
        (STRIPE, link.as_str(), Some(of_link.clone())),
        (link.as_str(), "", Some(of_link)),
    ] {
        assert_eq!(read(site, host, "").payments, expected, "{site}{host}");
    }
    let more = format!("{STRIPE}url = \"https://stripe.example.com/\"\ndelayed = true\n");
    assert_eq!(read(&more, "", PRICE).payments, Some(stripe("https://stripe.example.com", true)));
}

/// What Stripe would refuse, another may take.
#[test]
fn a_link_takes_any_amount() {
    let link =
        "[payment]\nprovider = \"link\"\nurl = \"https://shop.example.com/{booking}\"\nsecret = \"SHOP\"\n";
    for price in ["{ amount = 1, currency = \"USD\" }", "{ amount = 5015, currency = \"KWD\" }"] {
        assert_eq!(read(link, "", &format!("price = {price}\n")).meetings["call"].prices.len(), 3);
    }
}
