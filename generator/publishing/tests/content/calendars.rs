//! Calendars of hosts, and the pages that look at them, as they are read.

use std::fs;

use publishing::content::Site;
use scheduling::definition::{Buffer, Calendar, CalendarSource, Meeting, Role, WhenUnknown, WholeDays};
use scheduling::zone::Zone;
use tempfile::TempDir;

const SITE: &str = "title = \"Calendars\"\nbase_url = \"https://meet.example.com\"\n";
const HOST: &str = "name = \"Aiko\"\nemail = \"aiko@example.com\"\ntime_zone = \"Asia/Tokyo\"\n\n[hours]\nmon-fri = [\"09:00-12:00\"]\n";
const FEEDS: &str = "[[calendars]]\nname = \"work\"\nkind = \"feed\"\nsecret = \"AIKO_WORK\"\n\n[[calendars]]\nname = \"family\"\nkind = \"feed\"\nsecret = \"AIKO_FAMILY\"\n";

/// A folder with the lines that each of its files has beside the usual ones.
fn folder(site: &str, host: &str, page: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("aiko")).expect("the host's folder");
    let write =
        |file: &str, text: String| fs::write(folder.path().join(file), text).expect("the file is written");
    write("site.toml", format!("{SITE}{site}"));
    write("aiko/host.toml", format!("{HOST}{host}"));
    let page =
        format!("title = \"Call\"\ndurations = [30]\nlocation = {{ phone = \"+49 30 5550 0123\" }}\n{page}");
    write("aiko/call.md", format!("+++\n{page}\n+++\n"));
    folder
}

#[track_caller]
fn read(site: &str, host: &str, page: &str) -> Site {
    let loaded = super::load_at(folder(site, host, page).path());
    assert_eq!(loaded.diagnostics.to_string(), "");
    loaded.site.expect("a site")
}

#[track_caller]
fn read_page(site: &str, host: &str, page: &str) -> Meeting {
    read(site, host, page).hosts[0].definition.meetings["call"].clone()
}

#[track_caller]
fn read_calendars(keys: &str) -> Vec<Calendar> {
    let host = format!("[[calendars]]\nname = \"work\"\nkind = \"feed\"\nsecret = \"AIKO_WORK\"\n{keys}");
    read("", &host, "").hosts[0].definition.calendars.clone()
}

/// A feed of which nothing else is said.
fn plain() -> Calendar {
    Calendar {
        name: "work".to_owned(),
        source: CalendarSource::Feed { secret: "AIKO_WORK".to_owned() },
        role: Role::Busy,
        time_zone: None,
        tentative_blocks: true,
        whole_days: WholeDays::AsMarked,
        keep_free: Buffer::default(),
        addresses: Vec::new(),
        deletion_cancels: false,
    }
}

#[test]
fn a_feed_needs_a_name_and_the_name_of_its_secret() {
    assert_eq!(read_calendars(""), [plain()]);
    assert_eq!(read_calendars("role = \"busy\""), [plain()]);
}

#[test]
fn a_calendar_of_a_caldav_server_has_an_address_and_a_user() {
    let read_one = |url: &str| {
        let keys =
            format!("name = \"work\"\nkind = \"caldav\"\nurl = \"{url}\"\nuser = \"aiko@example.com\"");
        let host = format!("[[calendars]]\n{keys}\nsecret = \"AIKO_CALDAV\"\nrole = \"busy\"\n");
        read("", &host, "").hosts[0].definition.calendars.clone()
    };
    for url in ["https://dav.example.com/aiko/work/", "https://dav.example.com:8443/a%20b/%40/?a=b"] {
        let source = CalendarSource::Caldav {
            url: url.to_owned(),
            user: "aiko@example.com".to_owned(),
            secret: "AIKO_CALDAV".to_owned(),
        };
        assert_eq!(read_one(url), [Calendar { source, ..plain() }]);
    }
}

#[test]
fn a_calendar_of_google_has_an_id() {
    for id in [
        "aiko@example.com",
        "c_0123abc@group.calendar.google.com",
        "en.german#holiday@group.v.calendar.google.com",
        "primary",
    ] {
        let keys = format!("name = \"work\"\nkind = \"google\"\nid = \"{id}\"\nsecret = \"AIKO_GOOGLE\"");
        let read = |more: &str| {
            let host = format!("[[calendars]]\n{keys}\n{more}\n");
            read("", &host, "").hosts[0].definition.calendars.clone()
        };
        let source = CalendarSource::Google { id: id.to_owned(), secret: "AIKO_GOOGLE".to_owned() };
        let expected = Calendar { source, ..plain() };
        assert_eq!(read(""), std::slice::from_ref(&expected));
        assert_eq!(read("role = \"both\""), [Calendar { role: Role::Both, ..expected }]);
    }
}

#[test]
fn a_calendar_of_microsoft_is_named_by_its_mailbox_and_its_id() {
    let read_one = |keys: &str| {
        let keys = format!("name = \"work\"\nkind = \"microsoft\"\nsecret = \"AIKO_MICROSOFT\"\n{keys}");
        read("", &format!("[[calendars]]\n{keys}"), "").hosts[0].definition.calendars.clone()
    };
    for (keys, user, id) in [
        ("", None, None),
        ("user = \"aiko@example.com\"", Some("aiko@example.com"), None),
        (
            "user = \"2d6c7a10-55b1-4d43-8a0f-7e0a4d9b6c22\"\nid = \"AAMk=\"",
            Some("2d6c7a10-55b1-4d43-8a0f-7e0a4d9b6c22"),
            Some("AAMk="),
        ),
    ] {
        let [user, id] = [user, id].map(|text| text.map(str::to_owned));
        let source = CalendarSource::Microsoft { user, id, secret: "AIKO_MICROSOFT".to_owned() };
        assert_eq!(read_one(keys), [Calendar { source, ..plain() }]);
    }
    assert_eq!(read_one("user = \"aiko@example.com\"\nrole = \"both\"")[0].role, Role::Both);
}

#[test]
fn a_feed_is_read_as_its_host_wants_it() {
    let keys = "zone = \"Europe/Berlin\"\ntentative = \"free\"\nall_day = \"busy\"\n\
        keep_free = { before = \"30m\", after = \"10m\" }\naddresses = [\"aiko@Example.org\", \"tanaka@example.com\"]";
    let expected = Calendar {
        time_zone: Some(Zone::named("Europe/Berlin").expect("a zone")),
        tentative_blocks: false,
        whole_days: WholeDays::Busy,
        keep_free: Buffer { before_minutes: 30, after_minutes: 10 },
        addresses: vec!["aiko@Example.org".to_owned(), "tanaka@example.com".to_owned()],
        ..plain()
    };
    assert_eq!(read_calendars(keys), [expected]);
    let free = Calendar { whole_days: WholeDays::Free, ..plain() };
    assert_eq!(read_calendars("tentative = \"busy\"\nall_day = \"free\""), [free]);
    assert_eq!(read_calendars("all_day = \"as_marked\""), [plain()]);
}

#[test]
fn a_deletion_cancels_where_its_host_wants_that() {
    let read_one = |keys: &str| {
        let keys = format!(
            "name = \"work\"\nkind = \"google\"\nid = \"primary\"\nsecret = \"AIKO\"\nrole = \"both\"\n{keys}"
        );
        read("", &format!("[[calendars]]\n{keys}"), "").hosts[0].definition.calendars[0].deletion_cancels
    };
    for (keys, expected) in [("", false), ("on_delete = \"ask\"", false), ("on_delete = \"cancel\"", true)] {
        assert_eq!(read_one(keys), expected, "{keys}");
    }
}

#[test]
fn time_is_kept_free_on_both_sides_or_on_one() {
    let kept = |keys: &str| read_calendars(keys)[0].keep_free;
    let around = |before_minutes, after_minutes| Buffer { before_minutes, after_minutes };
    assert_eq!(kept("keep_free = \"15m\""), around(15, 15));
    assert_eq!(kept("keep_free = { after = \"1h\" }"), around(0, 60));
    assert_eq!(kept("keep_free = { before = \"1d\" }"), around(24 * 60, 0));
}

#[test]
fn a_page_looks_at_all_calendars_unless_it_names_some() {
    let names = |page: &str| read_page("", FEEDS, page).calendars;
    assert_eq!(names(""), ["work", "family"]);
    assert_eq!(names("calendars = [\"family\"]"), ["family"]);
    assert_eq!(names("calendars = []"), [""; 0]);
    assert_eq!(read_page("", "", "").calendars, [""; 0]);
}

/// Calendars on a `CalDAV` server, each with its name and its role.
fn on_server(calendars: &[(&str, &str)]) -> String {
    let table = |(name, role): &(&str, &str)| {
        let way = "url = \"https://dav.example.com/\"\nuser = \"aiko\"\nsecret = \"AIKO_CALDAV\"";
        format!("[[calendars]]\nname = \"{name}\"\nkind = \"caldav\"\n{way}\nrole = \"{role}\"\n")
    };
    calendars.iter().map(table).collect()
}

#[test]
fn a_page_is_written_to_the_calendar_that_is_there_for_it() {
    let both = |calendars: &[(&str, &str)], page: &str| {
        let meeting = read_page("", &on_server(calendars), page);
        (meeting.calendars, meeting.write_to)
    };
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let work = Some("work".to_owned());
    assert_eq!(both(&[("work", "busy")], ""), (names(&["work"]), None));
    assert_eq!(both(&[("work", "both")], ""), (names(&["work"]), work.clone()));
    assert_eq!(both(&[("work", "write"), ("home", "busy")], ""), (names(&["home"]), work.clone()));
    assert_eq!(both(&[("work", "both")], "write_to = false"), (names(&["work"]), None));
    let two = [("work", "both"), ("home", "both")];
    assert_eq!(both(&two, "write_to = \"work\""), (names(&["work", "home"]), work.clone()));
    assert_eq!(both(&two, "write_to = false\ncalendars = [\"home\"]"), (names(&["home"]), None));
    assert_eq!(both(&two, "write_to = \"work\"\ncalendars = []"), (names(&[]), work));
}

#[test]
fn a_page_whose_calendars_are_only_written_to_looks_at_none() {
    let request = "without_calendar = \"request\"\n";
    let takes_requests =
        |role: &str| read_page(request, &on_server(&[("work", role)]), "").approval_within_minutes.is_some();
    assert!(takes_requests("write") && !takes_requests("both"));
}

#[test]
fn a_page_says_what_becomes_of_times_that_are_not_known() {
    let said = |page: &str| read_page("", FEEDS, page).when_unknown;
    assert_eq!(said(""), WhenUnknown::Request);
    assert_eq!(said("when_unknown = \"request\""), WhenUnknown::Request);
    assert_eq!(said("when_unknown = \"refuse\""), WhenUnknown::Refuse);
}

#[test]
fn pages_that_look_at_no_calendar_may_take_requests_only() {
    let request = "without_calendar = \"request\"\n";
    let takes_requests =
        |site: &str, host: &str, page: &str| read_page(site, host, page).approval_within_minutes.is_some();
    assert!(takes_requests(request, "", ""));
    assert!(!takes_requests(request, FEEDS, ""));
    assert!(takes_requests(request, FEEDS, "calendars = []"));
    assert!(!takes_requests(request, "", "approval = false"));
    assert!(takes_requests(request, FEEDS, "approval = true"));
    assert!(!takes_requests("without_calendar = \"confirm\"\n", "", ""));
}

#[test]
fn a_host_has_no_endless_list_of_calendars() {
    let calendar = |index: usize| {
        format!("[[calendars]]\nname = \"c{index}\"\nkind = \"feed\"\nsecret = \"C{index}\"\n")
    };
    let calendars = |count: usize| (0..count).map(calendar).collect::<String>();
    assert_eq!(read("", &calendars(20), "").hosts[0].definition.calendars.len(), 20);
    let said = super::load_at(folder("", &calendars(21), "").path()).diagnostics.to_string();
    assert_eq!(
        said,
        "\
error: a host can have at most 20 calendars
 --> aiko/host.toml:7:3
  |
7 | [[calendars]]
  |   ^^^^^^^^^

1 error in 1 file
"
    );
}
