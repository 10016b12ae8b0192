//! Pages whose bookings each have a room of their own, as they are read.

use std::fs;

use scheduling::definition::{Location, Meeting};

const SITE: &str = "title = \"Rooms\"\nbase_url = \"https://meet.example.com\"\n";
const HOST: &str = "name = \"Aiko\"\nemail = \"aiko@example.com\"\ntime_zone = \"Asia/Tokyo\"\n\n[hours]\nmon-fri = [\"09:00-12:00\"]\n";
const CALENDARS: &str = "[[calendars]]\nname = \"work\"\nkind = \"google\"\nid = \"aiko@example.com\"\nsecret = \"AIKO_GOOGLE\"\nrole = \"both\"\n\n\
    [[calendars]]\nname = \"school\"\nkind = \"microsoft\"\nuser = \"aiko@example.com\"\nsecret = \"AIKO_MICROSOFT\"\nrole = \"";

/// A page with that video address, of a host whose second calendar has that role.
#[track_caller]
fn read(video: &str, role: &str, more: &str) -> Meeting {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("aiko")).expect("the host's folder");
    let write = |file: &str, text: String| fs::write(folder.path().join(file), text).expect("it is written");
    write("site.toml", SITE.to_owned());
    write("aiko/host.toml", format!("{HOST}\n{CALENDARS}{role}\"\n"));
    let page = format!("title = \"Call\"\ndurations = [30]\nlocation = {{ video = \"{video}\" }}\n{more}");
    write("aiko/call.md", format!("+++\n{page}\n+++\n"));
    let loaded = super::load_at(folder.path());
    assert_eq!(loaded.diagnostics.to_string(), "");
    loaded.site.expect("a site").hosts[0].definition.meetings["call"].clone()
}

#[test]
fn a_room_has_a_random_name_anywhere_behind_the_domain() {
    for pattern in [
        "https://meet.example.com/{random}",
        "https://meet.example.com/a-{random}/b",
        "https://meet.example.com?room={random}&name={random}",
        "http://meet.example.com:8443/#{random}",
    ] {
        assert_eq!(read(pattern, "busy", "").location, Location::Room(pattern.to_owned()));
    }
    for address in
        ["https://meet.example.com/aiko", "https://meet.example.com/%7Brandom%7D", "https://calendar"]
    {
        assert_eq!(read(address, "busy", "").location, Location::Video(address.to_owned()));
    }
}

#[test]
fn a_calendar_that_is_written_to_makes_rooms() {
    for (role, more, write_to) in [
        ("busy", "", "work"),
        ("both", "write_to = \"work\"", "work"),
        ("write", "write_to = \"school\"", "school"),
    ] {
        let meeting = read("calendar", role, more);
        assert_eq!((meeting.location, meeting.write_to.as_deref()), (Location::CalendarRoom, Some(write_to)));
    }
}
