//! Cal.com: the answers of its API (v2) as accounts.
//!
//! Read are `/v2/me`, `/v2/event-types` (version 2024-06-14) and `/v2/schedules` (version 2024-06-11).

use chrono::NaiveDate;

use super::answer::{Node, Saved, Unreadable};
use super::draft::{ASK_ADDRESS, ASK_NUMBER, Account, Kind, Page, Place, Question, Skipped, Window};
use super::schedule::Schedule;
use super::words;

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
/// The longest window that a page can have, in days.
const LONGEST_WINDOW: u64 = 731;
/// The longest notice, in minutes.
const LONGEST_NOTICE: u64 = 366 * 24 * 60;
/// The most bookings of a limit.
const MOST_BOOKINGS: u32 = 10_000;

/// A schedule with its number, which pages name.
type Numbered = (u64, Schedule);

/// The accounts in these answers.
pub(super) fn accounts(saved: &[Saved]) -> Result<Vec<Account>, Unreadable> {
    let (mut users, mut types, mut schedules) = (Vec::new(), Vec::new(), Vec::new());
    let (mut has_types, mut has_schedules) = (false, false);
    for saved in saved {
        let root = saved.root();
        let Some(data) = root.get("data") else { return Err(unknown(&root)?) };
        if data.get("eventTypeGroups").is_some() {
            return Err(older(&saved.origin, "2024-06-14"));
        }
        if data.is_object() {
            // One thing by itself is as good as a list of it.
            if data.get("email").is_some() {
                users.push(data);
            } else if data.get("availability").is_some() {
                has_schedules = true;
                schedules.push(data);
            } else if data.get("lengthInMinutes").is_some() {
                has_types = true;
                types.push(data);
            } else {
                return Err(Unreadable::new(&saved.origin, "this is about nothing that can be imported"));
            }
            continue;
        }
        let items = data.as_items()?;
        if root.get("pagination").is_some_and(|pagination| pagination.flag("hasNextPage").unwrap_or(false)) {
            return Err(Unreadable::new(&saved.origin, "the list goes on in another answer"));
        }
        let is = |key: &str| items.iter().any(|item| item.get(key).is_some());
        if is("availability") {
            has_schedules = true;
            schedules.extend(items);
        } else if is("lengthInMinutes") || items.is_empty() {
            has_types = true;
            types.extend(items);
        } else if is("length") {
            return Err(older(&saved.origin, "2024-06-14"));
        } else {
            return Err(Unreadable::new(&saved.origin, "this is about nothing that can be imported"));
        }
    }
    let origin = saved.first().map_or("", |saved| saved.origin.as_str());
    for (found, missing) in [
        (!users.is_empty(), "there is no account: the answer to `/v2/me` is missing"),
        (has_types, "there are no pages: the answer to `/v2/event-types` is missing"),
        (has_schedules, "there are no hours: the answer to `/v2/schedules` is missing"),
    ] {
        if !found {
            return Err(Unreadable::new(origin, missing));
        }
    }
    users.iter().map(|user| account(user, users.len() == 1, &types, &schedules)).collect()
}

fn older(origin: &str, version: &str) -> Unreadable {
    let what =
        format!("this is an answer of an older version: ask with the header `cal-api-version: {version}`");
    Unreadable::new(origin, what)
}

/// What is wrong with an answer without data.
fn unknown(root: &Node<'_>) -> Result<Unreadable, Unreadable> {
    let error = root.get("error").filter(Node::is_object);
    let said = match error {
        Some(error) => error.text("message")?.map(str::to_owned),
        None => root.text("message")?.map(str::to_owned),
    };
    Ok(Unreadable::new(
        root.origin,
        said.map_or_else(
            || "this is not an answer of Cal.com’s API, as it has no `data`".to_owned(),
            |said| format!("this is an error, and not an answer: {said}"),
        ),
    ))
}

fn account(
    user: &Node<'_>,
    is_only: bool,
    types: &[Node<'_>],
    schedules: &[Node<'_>],
) -> Result<Account, Unreadable> {
    let id = user.number("id")?.ok_or_else(|| user.lacks("id"))?;
    let email = user.must("email")?;
    let username = user.text("username")?;
    let name = user.text("name")?.and_then(words::line).or(username.map(str::to_owned));
    let mut account = Account {
        slug: username.map(str::to_owned),
        name: name.unwrap_or_else(|| email.split('@').next().unwrap_or_default().to_owned()),
        email: email.to_owned(),
        zone: user.text("timeZone")?.map(str::to_owned),
        ..Account::default()
    };
    let is_own = |owner: Option<u64>| owner == Some(id) || (owner.is_none() && is_only);
    let mut numbered: Vec<Numbered> = Vec::new();
    for node in schedules {
        if is_own(node.number("ownerId")?) {
            numbered.push((node.number("id")?.ok_or_else(|| node.lacks("id"))?, schedule(node)?));
        }
    }
    for node in types {
        let title = words::line(node.must("title")?).unwrap_or_else(|| "Meeting".to_owned());
        let is_teams = node.get("teamId").is_some() || node.text("schedulingType")?.is_some();
        if !is_teams && !is_own(node.number("ownerId")?) {
            continue;
        }
        let read = if is_teams {
            Err("it belongs to a team, and Daymark has no teams yet")
        } else {
            page(node, title.clone(), &numbered)?
        };
        match read {
            Ok(page) => account.pages.push(page),
            Err(why) => account.skipped.push(Skipped { title, why: why.to_owned() }),
        }
    }
    account.schedules = numbered.into_iter().map(|(_, schedule)| schedule).collect();
    Ok(account)
}

fn schedule(node: &Node<'_>) -> Result<Schedule, Unreadable> {
    let mut schedule = Schedule::new(node.must("timeZone")?, node.flag("isDefault")?);
    for hours in node.must_items("availability")? {
        let (from, to) = (hours.must("startTime")?, hours.must("endTime")?);
        for day in hours.must_items("days")? {
            let day = day.as_text().map_err(|_| older(node.origin, "2024-06-11"))?;
            match DAYS.iter().position(|known| *known == day) {
                Some(day) => schedule.add(day, from, to),
                None => {
                    schedule.notes.push(format!("The hours of “{day}” are left out, as that is not a day."));
                }
            }
        }
    }
    for hours in node.items("overrides")? {
        let text = hours.must("date")?;
        match date(text) {
            Some(date) => schedule.add_to_date(date, hours.must("startTime")?, hours.must("endTime")?),
            None => {
                schedule.notes.push(format!("The hours of “{text}” are left out, as that is not a date."));
            }
        }
    }
    Ok(schedule.finish())
}

/// A date, or that of a whole time.
fn date(text: &str) -> Option<NaiveDate> {
    text.get(..10)?.parse().ok()
}

/// A page; or why it is left out, in words that follow its title.
fn page(
    node: &Node<'_>,
    title: String,
    schedules: &[Numbered],
) -> Result<Result<Page, &'static str>, Unreadable> {
    if node.flag("isInstantEvent")? {
        return Ok(Err("it is for meetings that begin at once"));
    }
    let mut page = Page {
        slug: node.text("slug")?.map(str::to_owned),
        title,
        description: words::from_markdown(node.text("description")?.unwrap_or_default()),
        hidden: node.flag("hidden")?,
        ..Page::default()
    };
    let duration = node.number("lengthInMinutes")?.ok_or_else(|| node.lacks("lengthInMinutes"))?;
    let options = node.items("lengthInMinutesOptions")?;
    let options = options.iter().map(Node::as_number).collect::<Result<Vec<_>, _>>()?;
    if !page.set_durations(std::iter::once(duration).chain(options)) {
        return Ok(Err("it has no duration that a meeting can have"));
    }
    page.set_start_every(node.number("slotInterval")?);
    page.set_buffer(node.number("beforeEventBuffer")?, node.number("afterEventBuffer")?);
    notice(node, &mut page)?;
    window(node, &mut page)?;
    limit(node, &mut page)?;
    approval(node, &mut page)?;
    place(node, &mut page)?;
    for field in node.items("bookingFields")? {
        question(&field, &mut page)?;
    }
    if let Some(number) = node.number("scheduleId")? {
        match schedules.iter().find(|(own, _)| *own == number) {
            Some((_, schedule)) => page.schedule = (!schedule.is_default).then(|| schedule.clone()),
            None => page.undecided.push(format!(
                "Its hours are those of schedule {number}, which is not among the answers: write its `[hours]`."
            )),
        }
    }
    others(node, &mut page)?;
    Ok(Ok(page))
}

fn is_disabled(node: &Node<'_>) -> Result<bool, Unreadable> {
    node.flag("disabled")
}

fn notice(node: &Node<'_>, page: &mut Page) -> Result<(), Unreadable> {
    let Some(minutes) = node.number("minimumBookingNotice")? else { return Ok(()) };
    if minutes > LONGEST_NOTICE {
        page.notes.push(format!("The notice of {minutes} minutes is now 366 days, the longest there is."));
    }
    page.notice = u32::try_from(minutes.min(LONGEST_NOTICE)).ok();
    Ok(())
}

fn window(node: &Node<'_>, page: &mut Page) -> Result<(), Unreadable> {
    let Some(window) = node.get("bookingWindow") else { return Ok(()) };
    let window = if window.is_object() { Some(window) } else { window.as_items()?.into_iter().next() };
    let Some(window) = window else { return Ok(()) };
    if is_disabled(&window)? {
        return Ok(());
    }
    match window.must("type")? {
        "range" => {
            let dates = window.must_items("value")?;
            let dates = dates.iter().map(Node::as_text).collect::<Result<Vec<_>, _>>()?;
            let [from, until] = [dates.first(), dates.last()].map(|text| text.and_then(|text| date(text)));
            page.window = Window { days: None, from, until };
            if from.is_none() || until.is_none() || from > until {
                page.window = Window::default();
                page.undecided.push(
                    "The dates on which it can be booked cannot be read: write `from` and `until`."
                        .to_owned(),
                );
            }
        }
        kind => {
            let days = window.number("value")?.ok_or_else(|| window.lacks("value"))?;
            let whole = if kind == "businessDays" { days.saturating_mul(7).div_ceil(5) } else { days };
            if kind == "businessDays" {
                page.notes.push(format!(
                    "It could be booked {days} working days ahead: now it is {whole} days, weekends included."
                ));
            }
            if window.flag("rolling")? {
                page.notes.push(format!(
                    "Only days with free times were counted: now all are, up to {whole} days ahead."
                ));
            }
            if whole > LONGEST_WINDOW {
                page.notes.push(format!("It can be booked {LONGEST_WINDOW} days ahead, the most there are."));
            }
            page.window.days = u32::try_from(whole.min(LONGEST_WINDOW)).ok();
        }
    }
    Ok(())
}

fn limit(node: &Node<'_>, page: &mut Page) -> Result<(), Unreadable> {
    let Some(limit) = node.get("bookingLimitsCount").filter(Node::is_object) else { return Ok(()) };
    if is_disabled(&limit)? {
        return Ok(());
    }
    for key in ["day", "week", "month", "year"] {
        let Some(number) = limit.number(key)? else { continue };
        let most = u32::try_from(number).ok().filter(|number| (1..=MOST_BOOKINGS).contains(number));
        match (key, most) {
            ("day", Some(most)) => page.per_day = Some(most),
            ("week", Some(most)) => page.per_week = Some(most),
            _ => page.notes.push(format!("The limit of {number} bookings a {key} is left out.")),
        }
    }
    Ok(())
}

fn approval(node: &Node<'_>, page: &mut Page) -> Result<(), Unreadable> {
    let Some(policy) = node.get("confirmationPolicy").filter(Node::is_object) else { return Ok(()) };
    if is_disabled(&policy)? {
        return Ok(());
    }
    page.approval = true;
    if policy.text("type")? == Some("time") {
        page.notes.push("Only bookings on short notice were requests: now all are.".to_owned());
    }
    Ok(())
}

/// The first place, as a page has one.
fn place(node: &Node<'_>, page: &mut Page) -> Result<(), Unreadable> {
    let places = node.items("locations")?;
    let Some(first) = places.first() else {
        page.place = Place::MadeBy("Cal Video".to_owned());
        return Ok(());
    };
    let named = |key: &str| Ok(first.text(key)?.and_then(words::line));
    page.place = match first.must("type")? {
        "address" => named("address")?.map_or_else(Place::default, Place::Address),
        "link" => match named("link")?.and_then(|link| words::web_address(&link)) {
            Some(link) => Place::Video(link),
            None => Place::Unreadable("link"),
        },
        "phone" => match named("phone")?.and_then(|number| words::phone(&number)) {
            Some(number) => Place::Phone(number),
            None => Place::Unreadable("phone number"),
        },
        "attendeeAddress" => Place::Ask(ASK_ADDRESS.to_owned()),
        "attendeePhone" => Place::Ask(ASK_NUMBER.to_owned()),
        "attendeeDefined" => Place::default(),
        "integration" => {
            let link = named("link")?.and_then(|link| words::web_address(&link));
            let program = named("integration")?.unwrap_or_default();
            link.map_or_else(|| Place::MadeBy(program_name(&program)), Place::Video)
        }
        "organizersDefaultApp" | "conferencing" => {
            Place::MadeBy("the default app for video calls".to_owned())
        }
        kind => Place::MadeBy(named("location")?.unwrap_or_else(|| kind.to_owned())),
    };
    if places.len() > 1 {
        page.notes
            .push(format!("Visitors could choose among {} places: only the first is left.", places.len()));
    }
    Ok(())
}

fn program_name(program: &str) -> String {
    match program {
        "cal-video" => "Cal Video".to_owned(),
        "google-meet" => "Google Meet".to_owned(),
        "zoom" => "Zoom".to_owned(),
        "office365-video" => "Microsoft Teams".to_owned(),
        "jitsi" => "Jitsi".to_owned(),
        "webex-video" => "Webex".to_owned(),
        "whereby-video" => "Whereby".to_owned(),
        other => other.trim_end_matches("-video").trim_end_matches("-conferencing").replace('-', " "),
    }
}

fn question(field: &Node<'_>, page: &mut Page) -> Result<(), Unreadable> {
    let kind = field.must("type")?;
    let slug = field.text("slug")?.unwrap_or_default();
    let is_hidden = field.flag("hidden")?;
    let label = field.text("label")?.and_then(words::line);
    let required = field.flag("required")?;
    if field.flag("isDefault")? {
        // Every page of Daymark has these, or has no use for them.
        let (label, kind) = match slug {
            "notes" if !is_hidden => (label.unwrap_or_else(|| "Additional notes".to_owned()), Kind::LongText),
            "attendeePhoneNumber" if !is_hidden => {
                (label.unwrap_or_else(|| "Phone number".to_owned()), Kind::Phone)
            }
            "title" if !is_hidden => {
                (label.unwrap_or_else(|| "What is this meeting about?".to_owned()), Kind::Text)
            }
            _ => return Ok(()),
        };
        page.ask(Question { name: Some(slug.to_owned()), label, kind, required });
        return Ok(());
    }
    let Some(label) = label.or_else(|| words::line(slug)) else { return Ok(()) };
    if is_hidden {
        page.notes.push(format!("“{label}” is not asked, as it is hidden."));
        return Ok(());
    }
    if kind == "unknown" {
        page.notes.push("A question that the API does not describe is left out.".to_owned());
        return Ok(());
    }
    let mut options = Vec::new();
    for option in field.items("options")? {
        let text = if option.is_object() {
            option.text("label")?.or(option.text("value")?)
        } else {
            Some(option.as_text()?)
        };
        options.extend(text.and_then(words::line));
    }
    let kind = match kind {
        "text" | "address" | "url" => Kind::Text,
        "textarea" => Kind::LongText,
        "number" => Kind::Number,
        "phone" => Kind::Phone,
        "boolean" => Kind::Consent,
        "select" | "radio" => Kind::Choice(options),
        "multiselect" | "checkbox" => Kind::Choices(options),
        "multiemail" => {
            page.notes
                .push(format!("“{label}” is a text of several lines now, and does not check addresses."));
            Kind::LongText
        }
        other => {
            page.notes.push(format!("“{label}” is a line of text now, as there is no kind `{other}`."));
            Kind::Text
        }
    };
    page.ask(Question { name: Some(slug.to_owned()), label, kind, required });
    Ok(())
}

/// What Daymark has nothing for.
fn others(node: &Node<'_>, page: &mut Page) -> Result<(), Unreadable> {
    let price = node.get("price").filter(|price| price.as_number().ok() != Some(0));
    if price.is_some() {
        page.undecided.push("It has a price: write it as `price`, and say in site.toml who takes the money (docs/payment.md).".to_owned());
    }
    let seats = match node.get("seats").filter(Node::is_object) {
        Some(seats) if !is_disabled(&seats)? => seats.number("seatsPerTimeSlot")?,
        _ => node.number("seatsPerTimeSlot")?,
    };
    if seats.is_some_and(|seats| seats > 1) {
        page.notes.push("Several people could book the same time: now only one can.".to_owned());
    }
    let recurrence = node.get("recurrence").filter(Node::is_object);
    if let Some(recurrence) = recurrence
        && !is_disabled(&recurrence)?
    {
        page.notes.push("It was a series of meetings: now each booking is one meeting.".to_owned());
    }
    for (key, note) in [
        ("bookingLimitsDuration", "The limit of hours is left out."),
        ("successRedirectUrl", "Visitors are not sent to another page once they have booked."),
        ("customName", "Events in calendars have Daymark’s own titles."),
        ("offsetStart", "Starts are counted from the beginning of the hours, without an offset."),
        ("destinationCalendar", "The calendar that bookings are written to must be connected anew."),
        (
            "bookerActiveBookingsLimit",
            "The limit of one visitor’s bookings is left out: `bookings_per_contact` in site.toml bounds them with each host.",
        ),
    ] {
        let is_set = match node.get(key) {
            Some(value) if value.is_object() => !is_disabled(&value)?,
            Some(value) => {
                value.as_text().map_or_else(|_| value.as_number().unwrap_or(1) > 0, |text| !text.is_empty())
            }
            None => false,
        };
        if is_set {
            page.notes.push(note.to_owned());
        }
    }
    for (key, note) in [
        ("onlyShowFirstAvailableSlot", "All free times of a day are shown, not only the first."),
        (
            "requiresBookerEmailVerification",
            "Visitors confirm their address only where the site asks them to.",
        ),
        ("bookingRequiresAuthentication", "Anybody can book, without signing in."),
        ("hideOrganizerEmail", "Visitors see your email address in emails and in their calendars."),
    ] {
        if node.flag(key)? {
            page.notes.push(note.to_owned());
        }
    }
    for (key, note) in [
        ("disableCancelling", "Visitors could not cancel: now they can, until when `change_until` says."),
        (
            "disableRescheduling",
            "Visitors could not always move a booking: now they can, until when `change_until` says.",
        ),
    ] {
        // Set to that it is disabled, or alone, or with how long before the start it is.
        let is_set = match node.get(key).filter(Node::is_object) {
            Some(value) => is_disabled(&value)? || value.number("minutesBefore")?.is_some(),
            None => node.flag(key)?,
        };
        if is_set {
            page.notes.push(note.to_owned());
        }
    }
    Ok(())
}
