//! Every currency: an amount as content has it, as visitors read it, and as it is sent to Stripe.

use std::collections::BTreeMap;

use scheduling::money::{Currency, Money, Unpayable};

use super::harness::{THEME, root};

/// The table is made from Intl, and holds how a page writes money to what browsers would write.
#[test]
fn money_is_written_and_sent_as_the_table_says() {
    let table = std::fs::read_to_string(root().join("tests/locales/money.txt")).unwrap();
    let mut lines: BTreeMap<Currency, Vec<Money>> = BTreeMap::new();
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let [code, amount, english, japanese, sent] =
            line.split(" | ").collect::<Vec<_>>().try_into().unwrap();
        let money = Money { amount: amount.parse().unwrap(), currency: Currency::named(code).unwrap() };
        let written = |locale| THEME.words(locale).unwrap().money(&money);
        assert_eq!((written("en").as_str(), written("ja").as_str()), (english, japanese), "{line}");
        let is_between = matches!(money.unpayable_at_stripe(), Some(Unpayable::Between(_)));
        let at_stripe = if is_between { "-".to_owned() } else { money.at_stripe().to_string() };
        assert_eq!(at_stripe, sent, "{line}");
        lines.entry(money.currency).or_default().push(money);
    }
    assert!(Currency::all().eq(lines.keys().copied()), "a currency is not in the table");
    for least in lines.values().filter(|amounts| amounts.len() > 2).map(|amounts| amounts[0]) {
        let less = Money { amount: least.amount - 1, ..least };
        assert_eq!(least.unpayable_at_stripe(), None, "{least:?}");
        assert_eq!(less.unpayable_at_stripe(), Some(Unpayable::Less(least)), "{less:?}");
    }
}
