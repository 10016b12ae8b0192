//! What is read of the answers of `CalDAV` servers, each of which writes them in its own way.

use scheduling::zone::Zone;

use super::*;

/// Answers of real servers about a calendar itself, each with the tag and the zone that it says.
#[tokio::test]
async fn servers_say_of_a_calendar_what_it_is_each_in_its_own_way() {
    for (name, answer) in [
        (
            "Radicale: namespaces as it goes, what it lacks beside what it has",
            "<?xml version='1.0' encoding='utf-8'?>\n<multistatus xmlns=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\" xmlns:CS=\"http://calendarserver.org/ns/\"><response><href>/aiko/work/</href><propstat><prop><resourcetype><C:calendar /><collection /></resourcetype><CS:getctag>\"7\"</CS:getctag><sync-token>http://radicale.org/ns/sync/4a</sync-token></prop><status>HTTP/1.1 200 OK</status></propstat><propstat><prop><C:calendar-timezone /></prop><status>HTTP/1.1 404 Not Found</status></propstat></response></multistatus>",
        ),
        (
            "SOGo: prefixes of its own",
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<D:multistatus xmlns:n2=\"http://calendarserver.org/ns/\" xmlns:n1=\"urn:ietf:params:xml:ns:caldav\" xmlns:D=\"DAV:\"><D:response><D:href>/SOGo/dav/aiko/Calendar/personal/</D:href><D:propstat><D:prop><D:resourcetype><D:collection/><n1:calendar/><vevent-collection xmlns=\"http://groupdav.org/\"/></D:resourcetype><n2:getctag>&quot;7&quot;</n2:getctag></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>",
        ),
        (
            "sabre/dav: a mark of byte order, comments, a status in front of its properties",
            "\u{feff}<d:multistatus xmlns:d=\"DAV:\" xmlns:cal=\"urn:ietf:params:xml:ns:caldav\" xmlns:cs=\"http://calendarserver.org/ns/\"><!-- 1 --><d:response><d:href>/a%20b/</d:href><d:propstat><d:status>HTTP/1.1 200 OK</d:status><d:prop><d:resourcetype><d:collection/><cal:calendar/><cs:shared-owner/></d:resourcetype><cs:getctag>\"7\"</cs:getctag></d:prop></d:propstat></d:response></d:multistatus>",
        ),
        (
            "one namespace under two prefixes, and redefined within",
            "<multistatus xmlns=\"DAV:\" xmlns:x=\"DAV:\"><x:response><href/><propstat><x:prop><resourcetype><calendar xmlns=\"urn:ietf:params:xml:ns:caldav\"/></resourcetype><getctag xmlns=\"http://calendarserver.org/ns/\"><![CDATA[\"7\"]]></getctag></x:prop><status> HTTP/2 200 </status></propstat></x:response></multistatus>",
        ),
    ] {
        let way = Way::answering(vec![told(207, answer), told(207, events(&[&escaped(DATA)]))]);
        let noted = read_by(&way, None).await;
        let Reading::Found(found) = noted.reading else { panic!("{name}: {noted:?}") };
        assert_eq!((found.validator.as_deref(), found.busy), (Some("\"7\" "), vec![AT_NINE]), "{name}");
    }
}

#[tokio::test]
async fn events_are_read_however_they_are_wrapped() {
    let cdata = format!("<![CDATA[{DATA}]]>");
    let in_two = format!("<![CDATA[{}]]><![CDATA[{}]]>", &DATA[..60], &DATA[60..]);
    let indented = format!("\n        {}\n      ", escaped(DATA));
    let numbered = escaped(DATA).replace('S', "&#x53;").replace("&#13;", "&#xD;").replace(':', "&#58;");
    let bare = escaped(DATA).replace("&#13;", "");
    let lower = bare.to_lowercase().replace("summary:", "x-summary:");
    for data in [&escaped(DATA), &cdata, &in_two, &indented, &numbered, &bare, &lower] {
        assert_eq!(busy(read_of(tagged("7"), events(&[data])).await), [AT_NINE], "{data}");
    }
    // Many, each with zones of its own, among what is no event.
    let todo = "BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:t\nDTSTART:20261202T090000Z\nDUE:20261202T100000Z\nEND:VTODO\nEND:VCALENDAR";
    let zoned = "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Own\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0200\nEND:STANDARD\nEND:VTIMEZONE\nBEGIN:VEVENT\nUID:2\nDTSTART;TZID=Own:20261201T113000\nDTEND;TZID=Own:20261201T120000\nEND:VEVENT\nEND:VCALENDAR";
    let other = zoned.replace("+0200", "-0500").replace("UID:2", "UID:3");
    let all = busy(read_of(tagged("7"), events(&[todo, zoned, &escaped(DATA), &other])).await);
    let half_hour = |start| Span { start, end: start + 1800 };
    assert_eq!(
        all,
        [Span { start: AT_NINE.start, end: AT_NINE.start + 3600 }, half_hour(AT_NINE.start + 27_000)]
    );
}

#[tokio::test]
async fn a_calendar_without_events_is_an_empty_one() {
    for answer in [events(&[]), "<multistatus xmlns=\"DAV:\"/>".to_owned()] {
        let Reading::Found(found) = read_of(tagged("7"), answer).await else { panic!() };
        assert_eq!((found.busy.len(), found.events, found.known_until), (0, 0, found.asked.end));
    }
}

#[tokio::test]
async fn whole_days_are_those_of_where_the_calendar_is() {
    // The host is in Tokyo.
    let day = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART;VALUE=DATE:20261201\nEND:VEVENT\nEND:VCALENDAR";
    let zone = |lines: &str| {
        itself(&format!(
            "<c:calendar-timezone>BEGIN:VCALENDAR&#13;\nBEGIN:VTIMEZONE&#13;\n{lines}&#13;\nEND:VTIMEZONE&#13;\nEND:VCALENDAR</c:calendar-timezone>"
        ))
    };
    let midnight: DateTime<Utc> = "2026-12-01T00:00:00Z".parse().unwrap();
    let of_day = |hours: i64| {
        let start = midnight.timestamp() - hours * 3600;
        Span { start, end: start + 86_400 }
    };
    for (itself, hours) in [
        (zone("TZID:Europe/Berlin"), 1),
        (zone("TZID:/freeassociation.sourceforge.net/Europe/Berlin"), 1),
        (zone("TZID:W. Europe Standard Time"), 1),
        (zone("TZID:Home&#13;\nX-LIC-LOCATION:America/New_York"), -5),
        (zone("TZID:Home"), 9),
        (itself(""), 9),
    ] {
        assert_eq!(busy(read_of(itself.clone(), events(&[day])).await), [of_day(hours)], "{itself}");
    }
    // The content knows better.
    let way = Way::answering(vec![told(207, zone("TZID:Europe/Berlin")), told(207, events(&[day]))]);
    let (host, calendar) = caldav();
    let calendar = Calendar { time_zone: Some(Zone::UTC), ..calendar };
    assert_eq!(busy(read(&way, &host, &calendar, None, DEADLINE).await.reading), [of_day(0)]);
}
