//! The page where a session is paid, and the list of all. Both are plain HTML, and say that no money moves.

use scheduling::html::escape;
use scheduling::money::Money;

use super::records::{
    Dispute, DisputeStatus, Intent, IntentStatus, Line, Refund, RefundStatus, Session, SessionStatus,
};
use super::stand_in::FOLDER;
use super::state::State;

/// The page's words.
struct Words {
    code: &'static str,
    notice: &'static str,
    pay: &'static str,
    later: &'static str,
    decline: &'static str,
    back: &'static str,
    declined: &'static str,
    email: &'static str,
    paid: &'static str,
    unpaid: &'static str,
    failed: &'static str,
    succeed: &'static str,
    fail: &'static str,
    expired: &'static str,
    onward: &'static str,
}

const ENGLISH: Words = Words {
    code: "en",
    notice: "This page stands in for Stripe’s. No money moves.",
    pay: "Pay {amount}",
    later: "Pay later ({method})",
    decline: "Have the card declined",
    back: "Back without paying",
    declined: "The card was declined. Nothing was paid; you can try again.",
    email: "Email: {email}",
    paid: "This is paid.",
    unpaid: "This was ordered with {method}, and is not paid yet. What happens next?",
    failed: "The payment with {method} never came. It cannot be made up for here.",
    succeed: "The payment comes",
    fail: "The payment never comes",
    expired: "This checkout has expired. Nothing was paid, and nothing can be paid here any more.",
    onward: "Back to the site",
};

const JAPANESE: Words = Words {
    code: "ja",
    notice: "このページはStripeの代わりです。実際の支払いは発生しません。",
    pay: "{amount}を支払う",
    later: "あとで支払う（{method}）",
    decline: "カードが拒否された場合を試す",
    back: "支払わずに戻る",
    declined: "カードが拒否されました。支払いは行われていません。もう一度お試しいただけます。",
    email: "メールアドレス：{email}",
    paid: "お支払いは完了しています。",
    unpaid: "{method}での支払いが選ばれ、まだ入金されていません。次にどうしますか。",
    failed: "{method}での入金はありませんでした。ここで支払い直すことはできません。",
    succeed: "入金する",
    fail: "入金しない",
    expired: "この支払いページは期限が切れました。支払いは行われておらず、ここではもう支払えません。",
    onward: "サイトに戻る",
};

/// The page of a session. `asked` are the languages that the browser asks for.
pub(super) fn pay(session: &Session, intent: Option<&Intent>, is_declined: bool, asked: &str) -> String {
    let order = &session.order;
    let words = match order.locale.as_deref() {
        Some("ja") => &JAPANESE,
        None | Some("auto") if asked.starts_with("ja") => &JAPANESE,
        _ => &ENGLISH,
    };
    let amount = written(&order.total);
    let line = |line: &Line| {
        let description = line.description.as_ref().map(|text| format!("<p>{}</p>", escape(text)));
        format!("<h1>{}</h1>{}", escape(&line.name), description.unwrap_or_default())
    };
    let lines: String = order.lines.iter().map(line).collect();
    let email = order.customer_email.as_ref();
    let email = email.map(|email| words.email.replace("{email}", &escape(email)));
    let email = email.map(|email| format!("<p><small>{email}</small></p>"));
    let back = match &order.cancel_url {
        Some(url) => format!("<p><a href=\"{}\">{}</a></p>", escape(url), words.back),
        None => String::new(),
    };
    let onward = format!("<p><a href=\"{}\">{}</a></p>", escape(&success_url(session)), words.onward);
    let method = intent.map_or("", |intent| intent.method.as_str());
    let rest = match (session.status, intent.map(|intent| intent.status)) {
        (SessionStatus::Open, _) => {
            let said = if is_declined { said(words.declined) } else { String::new() };
            let pay = button("pay", &words.pay.replace("{amount}", &amount), "first");
            let later = session
                .delayed_method()
                .map(|method| button("later", &words.later.replace("{method}", &escape(method)), ""));
            let decline = button("decline", words.decline, "");
            format!("{said}<form method=post>{pay}{}{decline}</form>{back}", later.unwrap_or_default())
        }
        (SessionStatus::Expired, _) => format!("{}{back}", said(words.expired)),
        (SessionStatus::Complete, Some(IntentStatus::Processing)) => {
            let (succeed, fail) = (button("succeed", words.succeed, "first"), button("fail", words.fail, ""));
            let said = said(&words.unpaid.replace("{method}", method));
            format!("{said}<form method=post>{succeed}{fail}</form>{onward}")
        }
        (SessionStatus::Complete, Some(IntentStatus::Failed)) => {
            format!("{}{onward}", said(&words.failed.replace("{method}", method)))
        }
        (SessionStatus::Complete, _) => format!("{}{onward}", said(words.paid)),
    };
    let content = format!(
        "<p class=notice>{}</p>{lines}<p class=amount>{amount}</p>{}{rest}",
        words.notice,
        email.unwrap_or_default()
    );
    let title = order.lines.first().map_or("", |line| line.name.as_str());
    page(words.code, title, &content)
}

/// Where somebody goes who has paid.
pub(super) fn success_url(session: &Session) -> String {
    session.order.success_url.replace("{CHECKOUT_SESSION_ID}", &session.id)
}

/// All sessions and refunds, newest first.
pub(super) fn list(state: &State) -> String {
    let rows: String = state.sessions.iter().rev().map(|session| row(state, session)).collect();
    let empty = "<p>No payments yet. Book a page that has a price, and its checkout appears here.</p>";
    let list = if rows.is_empty() { empty.to_owned() } else { format!("<ul>{rows}</ul>") };
    let content = format!(
        "<h1>Payments</h1><p>This stands in for Stripe, as no key is set for it: no money moves. What happened here is \
         kept beside your bookings until you delete <code>checkout.json</code> there.</p>{list}"
    );
    page("en", "Payments", &content)
}

fn row(state: &State, session: &Session) -> String {
    let intent = state.intents.iter().find(|intent| Some(&intent.id) == session.intent.as_ref());
    let stands = match (session.status, intent.map(|intent| intent.status)) {
        (SessionStatus::Open, _) => "open",
        (SessionStatus::Expired, _) => "expired",
        (SessionStatus::Complete, Some(IntentStatus::Processing)) => "not paid yet",
        (SessionStatus::Complete, Some(IntentStatus::Failed)) => "never paid",
        (SessionStatus::Complete, _) => "paid",
    };
    let of_session = |refund: &&Refund| Some(&refund.intent) == session.intent.as_ref();
    let refunds: String =
        state.refunds.iter().filter(of_session).map(|refund| refunded(session, refund)).collect();
    let of_intent = |dispute: &&Dispute| Some(&dispute.intent) == session.intent.as_ref();
    let dispute = state.disputes.iter().find(of_intent);
    let disputed = intent.filter(|_| session.is_paid).map(|intent| disputed(session, intent, dispute));
    let disputed = disputed.unwrap_or_default();
    let title = session.order.lines.first().map_or("", |line| line.name.as_str());
    format!(
        "<li><a href=\"{FOLDER}/pay/{}\">{}</a>, {}: {stands}<br><small>{}</small>{refunds}{disputed}</li>",
        session.id,
        escape(title),
        written(&session.order.total),
        session.id,
    )
}

fn refunded(session: &Session, refund: &Refund) -> String {
    let money = Money::of_stripe(refund.amount, session.order.total.currency);
    let amount = money.as_ref().map(written).unwrap_or_default();
    let said = format!("<p>Refund of {amount}: {}</p>", refund.status.name());
    if refund.status != RefundStatus::Pending {
        return said;
    }
    let (succeed, fail) = (button("succeed", "It succeeds", ""), button("fail", "It fails", ""));
    format!("{said}<form method=post action=\"{FOLDER}/refunds/{}\">{succeed}{fail}</form>", refund.id)
}

/// A payment that was made can be disputed, and its dispute decided.
fn disputed(session: &Session, intent: &Intent, dispute: Option<&Dispute>) -> String {
    let form = |said: String, buttons: String| {
        format!("{said}<form method=post action=\"{FOLDER}/disputes/{}\">{buttons}</form>", intent.id)
    };
    let Some(dispute) = dispute else {
        let is_left = intent.received() > intent.refunded;
        return if is_left {
            let buttons =
                [button("dispute", "Dispute it", ""), button("inquire", "Have the bank ask about it", "")];
            form(String::new(), buttons.concat())
        } else {
            String::new()
        };
    };
    let money = Money::of_stripe(dispute.amount, session.order.total.currency);
    let amount = money.as_ref().map(written).unwrap_or_default();
    let said = format!("<p>Dispute of {amount}: {}</p>", dispute.status.name());
    let [wins, loses] = match dispute.status {
        DisputeStatus::WarningNeedsResponse => ["The bank is content", "It becomes a dispute"],
        DisputeStatus::NeedsResponse => ["The host wins", "The host loses"],
        DisputeStatus::WarningClosed | DisputeStatus::Won | DisputeStatus::Lost => return said,
    };
    form(said, format!("{}{}", button("win", wins, ""), button("lose", loses, "")))
}

/// A page for an address that leads nowhere.
pub(super) fn missing() -> String {
    let content = format!(
        "<h1>Not found</h1><p>The stand-in of Stripe does not know this checkout.</p><p><a href=\"{FOLDER}\">Payments</a></p>"
    );
    page("en", "Not found", &content)
}

fn said(text: &str) -> String {
    format!("<p class=said role=status>{text}</p>")
}

fn button(choice: &str, text: &str, class: &str) -> String {
    format!("<button name=choice value={choice} class=\"{class}\">{text}</button>")
}

/// An amount as it is read everywhere: `JPY 5,000`.
fn written(money: &Money) -> String {
    let decimal = money.decimal();
    let (whole, part) =
        decimal.split_once('.').map_or((decimal.as_str(), None), |(whole, part)| (whole, Some(part)));
    let mut text = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    let part = part.map(|part| format!(".{part}")).unwrap_or_default();
    format!("{}\u{a0}{text}{part}", money.currency.code())
}

fn page(language: &str, title: &str, content: &str) -> String {
    format!(
        "<!doctype html><html lang={language}><meta charset=utf-8>\
         <meta name=viewport content=\"width=device-width\"><title>{}</title>\
         <style>:root{{color-scheme:light dark;background:Canvas;color:CanvasText}}\
         body{{font:16px/1.6 system-ui,sans-serif;max-width:30rem;margin:2rem auto;padding:0 1rem;text-wrap:pretty;word-break:auto-phrase}}\
         h1{{font-size:1.4rem;line-height:1.3;margin:1.5rem 0 0}}li{{margin:1rem 0}}\
         .amount{{font-size:2rem;line-height:1.2;margin:.5rem 0}}\
         .notice,.said{{padding:.5rem 1rem;border:1px solid #8886;border-radius:6px}}\
         .notice{{background:#fc03}}\
         form{{display:grid;gap:.75rem;margin:1.5rem 0}}\
         button{{font:inherit;padding:.6rem 1rem;border:1px solid #8886;border-radius:6px;cursor:pointer}}\
         button.first{{background:#1f5fbf;border-color:#1f5fbf;color:#fff;font-weight:600}}\
         :focus-visible{{outline:3px solid #1f5fbf;outline-offset:2px}}</style>\
         <main>{content}</main></html>",
        escape(title)
    )
}
