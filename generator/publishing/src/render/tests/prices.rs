//! Pages with a price: what visitors, hosts and programs read of it, as whole lines.

use super::harness::{Dist, Trial};

const SITE: &str = "title = \"Tea\"\nbase_url = \"https://meet.example.com\"\nlocales = [\"en\", \"ja\"]\n\
    [payment]\nprovider = \"stripe\"\nsecret = \"STRIPE_KEY\"\nwebhook_secret = \"STRIPE_HOOK\"\n";
const HOST: &str = "name = \"Aiko\"\nemail = \"a@example.com\"\ntime_zone = \"Asia/Tokyo\"\n[hours]\ntue = [\"09:00-10:30\"]\n";

const PRICE: &str = "price = { amount = 5000, currency = \"JPY\" }\n";

/// A host with one page, `aiko/tea`, of these durations and these keys.
fn published(durations: &str, keys: &str) -> Dist {
    let page = format!(
        "+++\ntitle = \"Tea\"\ndurations = {durations}\nlocation = {{ phone = \"+81 3 5555 0123\" }}\n{keys}+++\nTea.\n"
    );
    let ja = "+++\ntitle = \"お茶\"\n+++\nお茶です。\n";
    Trial::of_files(&[
        ("site.toml", SITE),
        ("aiko/host.toml", HOST),
        ("aiko/tea.md", &page),
        ("aiko/tea.ja.md", ja),
    ])
    .publish()
}

const ENGLISH: &str = "aiko/tea/index.html";
const JAPANESE: &str = "ja/aiko/tea/index.html";

/// These parts are in the page, in English and in Japanese.
#[track_caller]
fn check(durations: &str, keys: &str, english: &[&str], japanese: &[&str]) {
    let dist = published(durations, keys);
    for (path, parts) in [(ENGLISH, english), (JAPANESE, japanese)] {
        for part in parts {
            dist.has(path, part);
        }
    }
}

#[test]
fn one_price_stands_above_the_times_and_on_the_button() {
    check(
        "[30]",
        PRICE,
        &[
            "<p class=\"facts\"><span>30 minutes</span><span>By phone</span>\n<span>¥5,000</span></p>\n\
             <p class=\"hint\">Cancel up to 24 hours before the start, and you get your money back.</p>",
            "name=\"duration_minutes\" value=\"30\" data-pay=\"Book and pay ¥5,000\" data-fee=\"¥5,000\">",
            "<button>Book and pay ¥5,000</button>",
        ],
        &[
            "<p class=\"facts\"><span>30分</span><span>電話</span>\n<span>5,000円</span></p>\n\
             <p class=\"hint\">開始の24時間前までにキャンセルされた場合は、全額を返金します。</p>",
            "name=\"duration_minutes\" value=\"30\" data-pay=\"予約して5,000円を支払う\" data-fee=\"5,000円\">",
            "<button>予約して5,000円を支払う</button>",
        ],
    );
}

#[test]
fn prices_that_differ_stand_beside_their_durations() {
    let keys = "[price]\ncurrency = \"JPY\"\namount = { 30 = 5000, 60 = 9000 }\n";
    check(
        "[60, 30]",
        keys,
        &[
            "<span>¥5,000 or ¥9,000</span></p>",
            "value=\"30\" data-pay=\"Book and pay ¥5,000\">30 minutes · ¥5,000</label>",
            "value=\"60\" checked data-pay=\"Book and pay ¥9,000\">60 minutes · ¥9,000</label>",
            "<button>Book and pay</button>",
        ],
        &[
            "<span>5,000円、9,000円</span></p>",
            "value=\"30\" data-pay=\"予約して5,000円を支払う\">30分 · 5,000円</label>",
            "<button>予約して支払う</button>",
        ],
    );
}

#[test]
fn one_price_for_several_durations_is_said_once() {
    check(
        "[30, 60]",
        PRICE,
        &[
            "<span>30 or 60 minutes</span><span>By phone</span>\n<span>¥5,000</span></p>",
            "value=\"30\" checked data-pay=\"Book and pay ¥5,000\" data-fee=\"¥5,000\">30 minutes</label>",
            "<button>Book and pay ¥5,000</button>",
        ],
        &["data-fee=\"5,000円\">60分</label>"],
    );
}

#[test]
fn a_duration_that_is_free_is_booked_without_paying() {
    check(
        "[15, 30]",
        "[price]\ncurrency = \"USD\"\namount = { 15 = 0, 30 = 5000 }\n",
        &[
            "<span>free or $50.00</span></p>",
            "value=\"15\" checked>15 minutes · free</label>",
            "value=\"30\" data-pay=\"Book and pay $50.00\">30 minutes · $50.00</label>",
            "<button>Book this time</button>",
        ],
        &["<span>無料、$50.00</span></p>", "value=\"15\" checked>15分 · 無料</label>"],
    );
}

/// Nothing is paid before the host has accepted, so no button says so.
#[test]
fn a_request_is_paid_for_once_it_is_accepted() {
    let keys = format!("approval = true\n{PRICE}");
    check(
        "[30]",
        &keys,
        &[
            "data-book=\"Request {date}, {time}\">",
            "Aiko will accept or decline it. The time is held for you until then.<span class=\"accepted\"><br>You pay once Aiko has accepted.</span></p>",
            "<button>Request this time</button>",
        ],
        &["<br>お支払いは、Aikoが承諾した後になります。</span></p>"],
    );
    published("[30]", &keys).lacks(ENGLISH, "data-pay").lacks(JAPANESE, "data-accepted");
    // Where the calendar cannot be read, a booking becomes a request.
    check("[30]", PRICE, &["data-accepted=\"You pay once Aiko has accepted.\""], &[]);
}

#[test]
fn a_page_without_a_price_says_nothing_of_money() {
    let dist = published("[30, 60]", "");
    for path in [ENGLISH, JAPANESE] {
        for part in ["data-pay", "data-fee", "data-accepted", "money", "返金", "¥", "円", "free", "無料"]
        {
            dist.lacks(path, part);
        }
    }
}

#[test]
fn the_refund_rule_is_a_sentence() {
    for (keys, english, japanese) in [
        ("", "up to 24 hours before", "24時間前まで"),
        ("refund_until = \"1h\"\n", "up to 1 hour before", "1時間前まで"),
        ("refund_until = \"90m\"\n", "up to 90 minutes before", "90分前まで"),
        ("refund_until = \"36h\"\n", "up to 36 hours before", "36時間前まで"),
        ("refund_until = \"14d\"\n", "up to 14 days before", "14日前まで"),
        // Nobody can cancel later than that.
        ("refund_until = \"1h\"\nchange_until = \"2d\"\n", "up to 2 days before", "2日前まで"),
        ("refund_until = \"always\"\nchange_until = \"2h\"\n", "up to 2 hours before", "2時間前まで"),
    ] {
        let english =
            format!("<p class=\"hint\">Cancel {english} the start, and you get your money back.</p>");
        let japanese =
            format!("<p class=\"hint\">開始の{japanese}にキャンセルされた場合は、全額を返金します。</p>");
        check("[30]", &format!("{PRICE}{keys}"), &[&english], &[&japanese]);
    }
    check(
        "[30]",
        &format!("{PRICE}refund_until = \"always\"\n"),
        &["<p class=\"hint\">Cancel before the start, and you get your money back.</p>"],
        &["<p class=\"hint\">開始前にキャンセルされた場合は、全額を返金します。</p>"],
    );
    check(
        "[30]",
        &format!("{PRICE}refund_until = \"never\"\n"),
        &["<p class=\"hint\">If you cancel, you do not get your money back.</p>"],
        &["<p class=\"hint\">キャンセルされた場合、返金はありません。</p>"],
    );
}

#[test]
fn lists_tell_the_price() {
    let dist = published("[30]", PRICE);
    dist.has("aiko/index.html", "<span>30 minutes</span><span>By phone</span>\n<span>¥5,000</span></p>")
        .has("ja/aiko/index.html", "<span>5,000円</span></p>")
        .has("index.html", "<span>¥5,000</span></p>")
        .has("llms.txt", ": 30 minutes · ¥5,000 · Tea.")
        .has("host/pages.json", "\"price\":\"¥5,000\"");
    published("[30]", "").lacks("host/pages.json", "price").has("llms.txt", ": 30 minutes · Tea.");
}

#[test]
fn programs_read_the_price_and_how_it_is_paid() {
    let by_duration = "[price]\ncurrency = \"JPY\"\namount = { 30 = 5000, 60 = 9000 }\n";
    let dist = published("[60, 30]", by_duration);
    dist.has(
        "aiko/tea.md",
        "- Place: By phone\n- Price: ¥5,000 (30 minutes), ¥9,000 (60 minutes)\n- Refunds: Cancel up to 24 hours before the start, \
         and you get your money back.\n- Time zone: Asia/Tokyo\n",
    )
    .has(
        "aiko/tea.md",
        "200 means that the time is held until it is paid for: whoever the booking is for pays at `checkout_url`, or, where there is none, on the booking’s own page.\n",
    )
    .has("ja/aiko/tea.md", "- 料金：5,000円（30分）・9,000円（60分）\n- 返金：開始の24時間前までに");
    published("[30]", &format!("approval = true\n{PRICE}"))
        .has("aiko/tea.md", "in `alternatives`. You pay once Aiko has accepted.\n")
        .lacks("aiko/tea.md", "checkout_url");
    published("[30]", "")
        .has("aiko/tea.md", "- Place: By phone\n- Time zone:")
        .lacks("aiko/tea.md", "checkout_url");
}

#[test]
fn linked_data_has_the_price() {
    let offers = |durations: &str, keys: &str| -> Vec<String> {
        let html = published(durations, keys).read("aiko/index.html");
        let (_, offers) = html.split_once("\"makesOffer\":[").expect("offers");
        let (offers, _) = offers.split_once("]}").expect("their end");
        let without_service =
            |offer: &str| offer.split_once(",\"itemOffered\"").map(|(kind, _)| kind.to_owned());
        let price = offers.split_once("/aiko/tea/\"}}").expect("a service").1.to_owned();
        vec![without_service(offers).expect("an offer"), price]
    };
    assert_eq!(offers("[30]", ""), ["{\"@type\":\"Offer\"", "}"]);
    assert_eq!(
        offers("[30, 60]", "price = { amount = 5000, currency = \"USD\" }\n"),
        ["{\"@type\":\"Offer\"", ",\"price\":\"50.00\",\"priceCurrency\":\"USD\"}"]
    );
    assert_eq!(
        offers("[30, 60]", "[price]\ncurrency = \"USD\"\namount = { 30 = 0, 60 = 5000 }\n"),
        [
            "{\"@type\":\"AggregateOffer\"",
            ",\"lowPrice\":\"0\",\"highPrice\":\"50.00\",\"priceCurrency\":\"USD\"}"
        ]
    );
    assert_eq!(
        offers("[30, 60]", "[price]\ncurrency = \"JPY\"\namount = { 30 = 5000, 60 = 9000 }\n")[1],
        ",\"lowPrice\":\"5000\",\"highPrice\":\"9000\",\"priceCurrency\":\"JPY\"}"
    );
}

/// What was booked while somebody took payments costs as much when nobody does any more.
#[test]
fn the_endpoint_knows_how_money_is_written_though_nobody_takes_any() {
    Trial::sample()
        .changed(|site| site.hosts.iter_mut().for_each(|host| host.definition.payments = None))
        .publish()
        .has("_edge/site.json", "\"JPY\":\"¥{amount}\"")
        .has("_edge/site.json", "\"JPY\":\"{amount}円\"");
}
