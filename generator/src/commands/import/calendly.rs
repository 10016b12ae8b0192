//! Calendly: the answers of its API (v2) as accounts.
//!
//! Read are `/users/me`, `/event_types`, `/user_availability_schedules` and, for each page,
//! `/event_type_availability_schedules`.

use std::collections::BTreeMap;

use super::answer::{Node, Saved, Unreadable};
use super::draft::{ASK_NUMBER, Account, Kind, Page, Place, Question, Skipped};
use super::schedule::Schedule;
use super::words;

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The answers, by what they are about.
#[derive(Default)]
struct Sorted<'a> {
    users: Vec<Node<'a>>,
    types: Vec<Node<'a>>,
    schedules: Vec<Node<'a>>,
    /// Pages' own hours, by the page's address in the API, or by the file's name.
    hours: BTreeMap<String, Vec<Node<'a>>>,
}

/// The accounts in these answers.
pub(super) fn accounts(saved: &[Saved]) -> Result<Vec<Account>, Unreadable> {
    let sorted = sort(saved)?;
    let origin = saved.first().map_or("", |saved| saved.origin.as_str());
    for (found, missing) in [
        (&sorted.users, "there is no account: the answer to `/users/me` is missing"),
        (
            &sorted.types,
            "there are no pages: the account has none, or the answer to `/event_types` is missing",
        ),
        (
            &sorted.schedules,
            "there are no hours: the account has none, or the answer to `/user_availability_schedules` is missing",
        ),
    ] {
        if found.is_empty() {
            return Err(Unreadable::new(origin, missing));
        }
    }
    check_hours(&sorted)?;
    let mut accounts = Vec::new();
    for user in &sorted.users {
        accounts.push(account(user, &sorted)?);
    }
    for node in &sorted.types {
        let title = node.text("name")?.and_then(words::line);
        let title = title.or(node.text("slug")?.map(str::to_owned)).unwrap_or_else(|| "Meeting".to_owned());
        let (at, user) = match owner(node, &sorted)? {
            Owner::User(at, uri) => (at, Ok(uri)),
            // What belongs to nobody who is imported is said once.
            Owner::None(why) => (0, Err(why)),
        };
        let read = match user {
            Ok(user) => page(node, title.clone(), user, &sorted)?,
            Err(why) => Err(why),
        };
        match read {
            Ok(page) => accounts[at].pages.push(page),
            Err(why) => accounts[at].skipped.push(Skipped { title, why: why.to_owned() }),
        }
    }
    Ok(accounts)
}

/// To whom a page belongs.
enum Owner<'a> {
    /// One of the accounts, by its place and its address in the API.
    User(usize, &'a str),
    /// None of them, in words that follow the page's title.
    None(&'static str),
}

const OF_TEAM: &str = "it belongs to a team, and Daymark has no teams yet";

fn owner<'a>(node: &Node<'a>, sorted: &Sorted<'a>) -> Result<Owner<'a>, Unreadable> {
    let profile = node.get("profile");
    let of_team = profile.as_ref().map(|profile| profile.text("type")).transpose()?.flatten() == Some("Team");
    if of_team || node.text("pooling_type")?.is_some() {
        return Ok(Owner::None(OF_TEAM));
    }
    let owner = profile.map(|profile| profile.text("owner")).transpose()?.flatten();
    for (at, user) in sorted.users.iter().enumerate() {
        let uri = user.must("uri")?;
        if owner.is_none_or(|owner| owner == uri) {
            return Ok(Owner::User(at, uri));
        }
    }
    Ok(Owner::None("it belongs to somebody whose account is not among the answers"))
}

fn sort(saved: &[Saved]) -> Result<Sorted<'_>, Unreadable> {
    let mut sorted = Sorted::default();
    // Of lists of pages: how many go on in another part, and how many parts go on from another.
    let (mut goes_on, mut went_on) = (0, 0);
    for saved in saved {
        let root = saved.root();
        if let Some(resource) = root.get("resource") {
            let uri = resource.must("uri")?;
            if uri.contains("/users/") {
                sorted.users.push(resource);
            } else if uri.contains("/event_types/") {
                sorted.types.push(resource);
            } else if resource.get("rules").is_some() {
                sorted.schedules.push(resource);
            } else {
                return Err(Unreadable::new(&saved.origin, "this is about nothing that can be imported"));
            }
            continue;
        }
        let Some(items) = root.get("collection") else { return Err(unknown(&root)?) };
        let items = items.as_items()?;
        let is = |key: &str| items.iter().any(|item| item.get(key).is_some());
        if is("availability_rule") {
            let of = root.text("event_type")?.map_or_else(|| named_by_file(&saved.origin), str::to_owned);
            sorted.hours.entry(of).or_default().extend(items);
        } else if is("rules") {
            sorted.schedules.extend(items);
        } else {
            let pagination = root.get("pagination");
            let has = |key| pagination.as_ref().is_some_and(|pagination| pagination.get(key).is_some());
            goes_on += usize::from(has("next_page"));
            went_on += usize::from(has("previous_page"));
            sorted.types.extend(items);
        }
    }
    if goes_on == went_on {
        return Ok(sorted);
    }
    let key = if goes_on > went_on { "next_page" } else { "previous_page" };
    let origin = saved.last().map_or("", |saved| saved.origin.as_str());
    Err(Unreadable::new(
        origin,
        format!(
            "the list of pages goes on in another answer, whose address is in `pagination.{key}`: save that one, too"
        ),
    ))
}

/// What is wrong with an answer that is neither a list nor a thing.
fn unknown(root: &Node<'_>) -> Result<Unreadable, Unreadable> {
    let said = root.text("message")?.or(root.text("title")?);
    Ok(Unreadable::new(
        root.origin,
        said.map_or_else(
            || {
                "this is not an answer of Calendly’s API, as it has no `collection` and no `resource`"
                    .to_owned()
            },
            |said| format!("this is an error, and not an answer: {said}"),
        ),
    ))
}

/// `hours.intro.json` holds the hours of `intro`.
fn named_by_file(origin: &str) -> String {
    let name = origin.rsplit(['/', '\\']).next().unwrap_or(origin);
    let name = name.strip_suffix(".json").unwrap_or(name);
    name.strip_prefix("hours.").unwrap_or(name).to_owned()
}

/// Hours that belong to no page would be lost without a word.
fn check_hours(sorted: &Sorted<'_>) -> Result<(), Unreadable> {
    let mut known = Vec::with_capacity(sorted.types.len() * 2);
    for page in &sorted.types {
        known.push(page.must("uri")?);
        known.extend(page.text("slug")?);
    }
    known.sort_unstable();
    for (of, items) in &sorted.hours {
        if known.binary_search(&of.as_str()).is_err() {
            let origin = items.first().map_or("", |item| item.origin);
            let what = format!(
                "these are the hours of `{of}`, and there is no such page: a file is named after its page, as in `hours.intro.json`"
            );
            return Err(Unreadable::new(origin, what));
        }
    }
    Ok(())
}

fn account(user: &Node<'_>, sorted: &Sorted<'_>) -> Result<Account, Unreadable> {
    let uri = user.must("uri")?;
    let mut account = Account {
        slug: user.text("slug")?.map(str::to_owned),
        name: words::line(user.must("name")?).unwrap_or_default(),
        email: user.must("email")?.to_owned(),
        zone: user.text("timezone")?.map(str::to_owned),
        ..Account::default()
    };
    for node in &sorted.schedules {
        if node.text("user")?.is_none_or(|owner| owner == uri) {
            let zone = node.must("timezone")?;
            account.schedules.push(rules(node, Schedule::new(zone, node.flag("default")?))?);
        }
    }
    Ok(account)
}

/// A page; or why it is left out, in words that follow its title.
fn page(
    node: &Node<'_>,
    title: String,
    user: &str,
    sorted: &Sorted<'_>,
) -> Result<Result<Page, &'static str>, Unreadable> {
    if node.get("deleted_at").is_some() {
        return Ok(Err("it was deleted"));
    }
    if node.get("active").is_some() && !node.flag("active")? {
        return Ok(Err("it is switched off"));
    }
    if node.text("type")? == Some("AdhocEventType") {
        return Ok(Err("it was for one meeting only"));
    }
    if node.text("booking_method")? == Some("poll") {
        return Ok(Err("it is a poll"));
    }
    let mut page = Page {
        slug: node.text("slug")?.map(str::to_owned),
        title,
        description: description(node)?,
        hidden: node.flag("secret")?,
        ..Page::default()
    };
    let duration = node.number("duration")?.ok_or_else(|| node.lacks("duration"))?;
    let options =
        node.items("duration_options")?.iter().map(Node::as_number).collect::<Result<Vec<_>, _>>()?;
    if !page.set_durations(std::iter::once(duration).chain(options)) {
        return Ok(Err("it has no duration that a meeting can have"));
    }
    page.set_start_every(node.number("start_time_increment")?);
    page.set_buffer(node.number("before_buffer")?, node.number("after_buffer")?);
    if node.text("kind")? == Some("group") {
        page.notes.push("Several people could book the same time: now only one can.".to_owned());
    }
    if node.text("internal_note")?.is_some_and(|note| !note.trim().is_empty()) {
        page.notes.push("The internal note is left out.".to_owned());
    }
    place(node, &mut page)?;
    questions(node, &mut page)?;
    let slug = page.slug.clone().unwrap_or_default();
    let hours = [node.must("uri")?, slug.as_str()].into_iter().find_map(|key| sorted.hours.get(key));
    page.schedule = hours.map(|hours| own_hours(hours, user)).transpose()?.flatten();
    Ok(Ok(page))
}

fn description(node: &Node<'_>) -> Result<String, Unreadable> {
    Ok(match (node.text("description_html")?, node.text("description_plain")?) {
        (Some(html), _) if !html.trim().is_empty() => words::from_html(html),
        (_, plain) => words::from_plain(plain.unwrap_or_default()),
    })
}

/// The hours that a page has, of which there is one entry for each host who has hours of their own for it.
fn own_hours(entries: &[Node<'_>], user: &str) -> Result<Option<Schedule>, Unreadable> {
    for entry in entries {
        let Some(rule) = entry.get("availability_rule") else { continue };
        let owner = rule.text("user")?.or(entry.text("user")?);
        if owner.is_none_or(|owner| owner == user) {
            let zone = rule.must("timezone")?;
            return Ok(Some(rules(&rule, Schedule::new(zone, false))?));
        }
    }
    Ok(None)
}

fn rules(node: &Node<'_>, mut schedule: Schedule) -> Result<Schedule, Unreadable> {
    for rule in node.must_items("rules")? {
        let mut intervals = Vec::new();
        for interval in rule.items("intervals")? {
            intervals.push((interval.must("from")?, interval.must("to")?));
        }
        if rule.must("type")? == "date" {
            let text = rule.must("date")?;
            let Ok(date) = text.parse() else {
                schedule.notes.push(format!("The hours of “{text}” are left out, as that is not a date."));
                continue;
            };
            schedule.override_date(date);
            for (from, to) in intervals {
                schedule.add_to_date(date, from, to);
            }
        } else {
            let text = rule.must("wday")?;
            match DAYS.iter().position(|day| *day == text) {
                Some(day) => intervals.into_iter().for_each(|(from, to)| schedule.add(day, from, to)),
                None => {
                    schedule.notes.push(format!("The hours of “{text}” are left out, as that is not a day."));
                }
            }
        }
    }
    Ok(schedule.finish())
}

/// The first place, as a page has one.
fn place(node: &Node<'_>, page: &mut Page) -> Result<(), Unreadable> {
    let places = node.items("locations")?;
    let Some(first) = places.first() else {
        page.notes.push("It names no place: visitors are asked where to meet.".to_owned());
        return Ok(());
    };
    let named = first.text("location")?.and_then(words::line);
    let extra = first.text("additional_info")?.and_then(words::line);
    page.place = match first.must("kind")? {
        "ask_invitee" => Place::default(),
        "outbound_call" => Place::Ask(ASK_NUMBER.to_owned()),
        "inbound_call" => {
            let number = first.get("phone_number").map(|number| number.as_text()).transpose()?;
            match number.and_then(words::phone) {
                Some(number) => Place::Phone(number),
                None => Place::Unreadable("phone number"),
            }
        }
        "google_conference" => Place::MadeBy("Google Meet".to_owned()),
        "zoom_conference" => Place::MadeBy("Zoom".to_owned()),
        "microsoft_teams_conference" => Place::MadeBy("Microsoft Teams".to_owned()),
        "webex" | "webex_conference" => Place::MadeBy("Webex".to_owned()),
        "gotomeeting" | "gotomeeting_conference" => Place::MadeBy("GoTo Meeting".to_owned()),
        kind => match named {
            Some(named) if kind == "custom" || kind == "physical" => match words::web_address(&named) {
                Some(link) => Place::Video(link),
                None => Place::Address(named),
            },
            _ => Place::MadeBy(kind.replace('_', " ")),
        },
    };
    match (&mut page.place, extra) {
        (Place::Address(address), Some(extra)) => *address = format!("{address} ({extra})"),
        (_, Some(extra)) => page.notes.push(format!("What is said about the place is left out: “{extra}”")),
        (_, None) => {}
    }
    if places.len() > 1 {
        page.notes
            .push(format!("Visitors could choose among {} places: only the first is left.", places.len()));
    }
    Ok(())
}

fn questions(node: &Node<'_>, page: &mut Page) -> Result<(), Unreadable> {
    let mut questions = Vec::new();
    for question in node.items("custom_questions")? {
        questions.push((question.number("position")?.unwrap_or_default(), question));
    }
    questions.sort_by_key(|(position, _)| *position);
    for (_, question) in questions {
        let Some(label) = words::line(question.must("name")?) else { continue };
        if question.get("enabled").is_some() && !question.flag("enabled")? {
            page.notes.push(format!("“{label}” is not asked, as it is switched off."));
            continue;
        }
        let mut options = Vec::new();
        for choice in question.items("answer_choices")? {
            options.extend(words::line(choice.as_text()?));
        }
        if question.flag("include_other")? {
            page.notes.push(format!(
                "At “{label}”, visitors can choose “Other”, but not write an answer of their own."
            ));
            options.push("Other".to_owned());
        }
        let kind = match question.must("type")? {
            "string" => Kind::Text,
            "text" => Kind::LongText,
            "phone_number" => Kind::Phone,
            "single_select" => Kind::Choice(options),
            "multi_select" => Kind::Choices(options),
            kind => {
                page.notes.push(format!("“{label}” is a line of text now, as there is no kind `{kind}`."));
                Kind::Text
            }
        };
        page.ask(Question { name: None, label, kind, required: question.flag("required")? });
    }
    Ok(())
}
