//! A multistatus: the answer of a `WebDAV` server about one or many resources (RFC 4918, 13), in any prefixes.

use quick_xml::NsReader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};

/// The most elements in one another; servers have six or seven.
const DEEPEST: usize = 32;

/// Why a body is no multistatus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It is something else, such as a web page.
    SomethingElse,
    /// It begins as one, and does not end; or it is not XML all the way, or has entities of its own.
    Damaged,
}

/// The elements that mean something here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Multistatus,
    Response,
    PropStat,
    Prop,
    Status,
    ResourceType,
    /// What makes a collection a calendar.
    Calendar,
    /// The kinds of components that a calendar takes, and each of them.
    Components,
    Component,
    Tag,
    SyncToken,
    Zone,
    Data,
    Href,
    /// Who is let in, and where that one's calendars are.
    Principal,
    HomeSet,
    Title,
    /// What is allowed, and each part of it.
    Privileges,
    Privilege,
    Allowed,
    Other,
}

/// Namespaces, and the names in them.
const NAMES: [(&str, &str, Name); 23] = [
    ("DAV:", "multistatus", Name::Multistatus),
    ("DAV:", "response", Name::Response),
    ("DAV:", "propstat", Name::PropStat),
    ("DAV:", "prop", Name::Prop),
    ("DAV:", "status", Name::Status),
    ("DAV:", "resourcetype", Name::ResourceType),
    ("DAV:", "sync-token", Name::SyncToken),
    ("DAV:", "href", Name::Href),
    ("DAV:", "current-user-principal", Name::Principal),
    ("DAV:", "displayname", Name::Title),
    ("DAV:", "current-user-privilege-set", Name::Privileges),
    ("DAV:", "privilege", Name::Privilege),
    ("DAV:", "all", Name::Allowed),
    ("DAV:", "write", Name::Allowed),
    ("DAV:", "write-content", Name::Allowed),
    ("DAV:", "bind", Name::Allowed),
    ("urn:ietf:params:xml:ns:caldav", "calendar-home-set", Name::HomeSet),
    ("urn:ietf:params:xml:ns:caldav", "calendar", Name::Calendar),
    ("urn:ietf:params:xml:ns:caldav", "supported-calendar-component-set", Name::Components),
    ("urn:ietf:params:xml:ns:caldav", "comp", Name::Component),
    ("urn:ietf:params:xml:ns:caldav", "calendar-timezone", Name::Zone),
    ("urn:ietf:params:xml:ns:caldav", "calendar-data", Name::Data),
    ("http://calendarserver.org/ns/", "getctag", Name::Tag),
];

impl Name {
    fn of(namespace: &ResolveResult<'_>, element: &BytesStart<'_>) -> Self {
        let ResolveResult::Bound(Namespace(namespace)) = namespace else { return Name::Other };
        let local = element.local_name().into_inner();
        let known = NAMES.iter().find(|(of, name, _)| of == namespace && *name == local);
        known.map_or(Name::Other, |(_, _, name)| *name)
    }
}

/// What is said of one resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Resource {
    /// The status of the resource itself; 0 where it cannot be read, and `None` where there is none: then each property
    /// has its own.
    pub(super) status: Option<u16>,
    /// Where it is.
    pub(super) href: String,
    properties: Vec<Property>,
    /// Where those begin whose status comes after them.
    begun: usize,
    status_of_begun: u16,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Property {
    name: Name,
    status: u16,
    text: String,
}

impl Resource {
    /// The text of a property that the resource has; else the status that says why there is none, or 0 where nothing
    /// does.
    pub(super) fn text(&self, name: Name) -> Result<&str, u16> {
        let mut status = self.status.unwrap_or(0);
        for property in self.properties.iter().filter(|property| property.name == name) {
            if property.status == 200 {
                return Ok(property.text.trim());
            }
            status = property.status;
        }
        Err(status)
    }

    /// The texts of all that the resource has of one name.
    pub(super) fn texts(&self, name: Name) -> impl Iterator<Item = &str> {
        let has = move |property: &&Property| property.name == name && property.status == 200;
        self.properties.iter().filter(has).map(|property| property.text.as_str())
    }

    /// Takes an element that ends in another.
    fn take(&mut self, (parent, name): (Name, Name), text: &mut String) {
        match (parent, name) {
            (Name::Response, Name::Href) => text.trim().clone_into(&mut self.href),
            (Name::Response, Name::Status) => self.status = Some(code(text)),
            (Name::PropStat, Name::Status) => self.status_of_begun = code(text),
            (Name::ResourceType, Name::Calendar)
            | (Name::Components, Name::Component)
            | (Name::Privilege, Name::Allowed)
            | (
                Name::Prop,
                Name::Tag | Name::SyncToken | Name::Zone | Name::Data | Name::Title | Name::Privileges,
            ) => {
                self.properties.push(Property { name, status: 0, text: std::mem::take(text) });
            }
            (Name::Principal | Name::HomeSet, Name::Href) => {
                self.properties.push(Property { name: parent, status: 0, text: std::mem::take(text) });
            }
            (Name::Response, Name::PropStat) => {
                let status = std::mem::take(&mut self.status_of_begun);
                self.properties[self.begun..].iter_mut().for_each(|property| property.status = status);
                self.begun = self.properties.len();
            }
            _ => {}
        }
    }
}

/// The code of a line such as `HTTP/1.1 200 OK`.
fn code(line: &str) -> u16 {
    line.split_ascii_whitespace().nth(1).and_then(|code| code.parse().ok()).unwrap_or(0)
}

/// Reads a body, and hands on each resource of it in turn. What was handed on is part of the answer only if the end
/// is well: a body that is cut off was not read.
pub(super) fn read(body: &[u8], each: &mut dyn FnMut(&Resource)) -> Result<(), Unreadable> {
    let body = String::from_utf8_lossy(body);
    let mut reader = NsReader::from_str(body.trim_start_matches('\u{feff}'));
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Name> = Vec::new();
    let mut resource = Resource::default();
    let mut text = String::new();
    loop {
        let why = if open.is_empty() { Unreadable::SomethingElse } else { Unreadable::Damaged };
        let (namespace, event) = reader.read_resolved_event().map_err(|_| why)?;
        match event {
            Event::Start(element) => {
                let name = Name::of(&namespace, &element);
                if open.is_empty() && name != Name::Multistatus {
                    return Err(Unreadable::SomethingElse);
                }
                if open.len() == DEEPEST {
                    return Err(Unreadable::Damaged);
                }
                open.push(name);
                text.clear();
                if name == Name::Component {
                    let named = element.try_get_attribute("name").map_err(|_| why)?;
                    text.extend(named.map(|named| named.value));
                }
            }
            Event::End(_) => {
                let Some(name) = open.pop() else { return Err(Unreadable::Damaged) };
                let Some(parent) = open.last() else { return Ok(()) };
                if (*parent, name) == (Name::Multistatus, Name::Response) {
                    each(&std::mem::take(&mut resource));
                } else {
                    resource.take((*parent, name), &mut text);
                }
            }
            Event::Text(part) => text.push_str(&part),
            Event::CData(part) => text.push_str(&part),
            Event::GeneralRef(reference) => push(&mut text, &reference).ok_or(why)?,
            Event::DocType(_) | Event::Eof => return Err(why),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::Empty(_) => {}
        }
    }
}

/// Adds what a reference means: a character by its number, or one of the five that have names.
fn push(text: &mut String, reference: &BytesRef<'_>) -> Option<()> {
    match reference.resolve_char_ref().ok()? {
        Some(letter) => text.push(letter),
        None => text.push_str(resolve_predefined_entity(reference)?),
    }
    Some(())
}
