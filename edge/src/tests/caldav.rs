//! A calendar on a `CalDAV` server, in memory: it keeps what it is sent, as servers of several habits do, and fails as
//! it is told.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use bytes::Bytes;
use http::StatusCode;
use http::header::{ETAG, LOCATION};

use crate::{OutgoingRequest, Response, Unanswered};

/// Where the calendar is.
pub(crate) const URL: &str = "https://dav.example.com/aiko/work/";

/// How a server names what it keeps, so that a change can depend on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Etags {
    #[default]
    Strong,
    Weak,
    Missing,
    Unquoted,
}

/// What servers differ in.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "a server has each habit or has it not")]
pub(crate) struct Habits {
    pub(crate) etags: Etags,
    /// Whatever a change depends on, it is made.
    pub(crate) ignores_conditions: bool,
    /// Whatever is looked for, all is found.
    pub(crate) ignores_filters: bool,
    /// An event of the same id may stand there twice.
    pub(crate) takes_twice: bool,
    /// Lines in another order, and stamped anew.
    pub(crate) rewrites: bool,
    /// What is not there is forbidden.
    pub(crate) forbids: bool,
    /// Where the calendar has moved to.
    pub(crate) moved_to: Option<&'static str>,
    /// What stands before the names in the list of what was found, instead of the path.
    pub(crate) href: Option<&'static str>,
}

type Resources = BTreeMap<String, (String, u32)>;

/// What becomes of a request.
pub(crate) enum Trick {
    /// It is answered so, and nothing is done.
    Says(Result<Response, Unanswered>),
    /// It is done, and the answer is lost.
    Loses,
    /// Before it comes, the host's own program does something.
    After(Box<dyn FnOnce(&Server)>),
}

#[derive(Default)]
pub(crate) struct Server {
    pub(crate) habits: Habits,
    resources: RefCell<Resources>,
    versions: Cell<u32>,
    tricks: RefCell<Vec<(&'static str, Trick)>>,
    asked: RefCell<Vec<OutgoingRequest>>,
    changes: RefCell<Vec<String>>,
}

impl Server {
    pub(crate) fn of(habits: Habits) -> Self {
        Self { habits, ..Self::default() }
    }

    /// Plays a trick on the next request of that method on which none is played yet.
    pub(crate) fn trick(&self, method: &'static str, trick: Trick) {
        self.tricks.borrow_mut().push((method, trick));
    }

    pub(crate) fn says(&self, method: &'static str, answer: Result<Response, Unanswered>) {
        self.trick(method, Trick::Says(answer));
    }

    /// The host's own program puts a text there.
    pub(crate) fn put(&self, name: &str, text: &str) {
        self.versions.set(self.versions.get() + 1);
        self.resources.borrow_mut().insert(name.to_owned(), (text.to_owned(), self.versions.get()));
    }

    /// The host's own program takes it away.
    pub(crate) fn take(&self, name: &str) -> String {
        self.resources.borrow_mut().remove(name).unwrap().0
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.resources.borrow()[name].0.clone()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.resources.borrow().keys().cloned().collect()
    }

    /// What was changed since this was asked last, by requests.
    pub(crate) fn changes(&self) -> Vec<String> {
        self.changes.take()
    }

    /// All that was asked since this was called last.
    pub(crate) fn asked(&self) -> Vec<OutgoingRequest> {
        self.asked.take()
    }

    pub(crate) fn answer(&self, request: &OutgoingRequest) -> Result<Response, Unanswered> {
        self.asked.borrow_mut().push(request.clone());
        let method = request.method.as_str();
        let mut tricks = self.tricks.borrow_mut();
        let trick = tricks.iter().position(|(of, _)| *of == method).map(|place| tricks.remove(place).1);
        drop(tricks);
        match trick {
            Some(Trick::Says(answer)) => return answer,
            Some(Trick::After(act)) => act(self),
            Some(Trick::Loses) => {
                self.carry_out(request);
                return Err(Unanswered::BrokenOff("end of file".to_owned()));
            }
            None => {}
        }
        Ok(self.carry_out(request))
    }

    fn carry_out(&self, request: &OutgoingRequest) -> Response {
        let home = self.habits.moved_to.unwrap_or(URL);
        let Some(name) = request.url.strip_prefix(home) else {
            let name = request.url.strip_prefix(URL).unwrap();
            return with(answer(301, ""), LOCATION.as_str(), &format!("{home}{name}"));
        };
        let text = String::from_utf8(request.body.to_vec()).unwrap();
        match request.method.as_str() {
            "REPORT" => self.found(&text),
            "GET" => self.kept(name),
            _ if !self.holds(request, name) => answer(412, ""),
            "PUT" => self.take_in(name, &text),
            "DELETE" => self.delete(name),
            method => panic!("{method}"),
        }
    }

    /// Whether what the change depends on is so.
    fn holds(&self, request: &OutgoingRequest, name: &str) -> bool {
        let resources = self.resources.borrow();
        let tag = resources.get(name).and_then(|(_, version)| self.etag(*version));
        let is_met = |(header, value): &(String, String)| match header.as_str() {
            "If-None-Match" => value == "*" && !resources.contains_key(name),
            "If-Match" => !value.starts_with("W/") && tag.as_ref() == Some(value),
            _ => true,
        };
        self.habits.ignores_conditions || request.headers.iter().all(is_met)
    }

    fn etag(&self, version: u32) -> Option<String> {
        match self.habits.etags {
            Etags::Strong => Some(format!("\"{version}\"")),
            Etags::Weak => Some(format!("W/\"{version}\"")),
            Etags::Unquoted => Some(version.to_string()),
            Etags::Missing => None,
        }
    }

    fn kept(&self, name: &str) -> Response {
        let Some((text, version)) = self.resources.borrow().get(name).cloned() else {
            return answer(if self.habits.forbids { 403 } else { 404 }, "");
        };
        let found = answer(200, &text);
        match self.etag(version) {
            Some(etag) => with(found, ETAG.as_str(), &etag),
            None => found,
        }
    }

    fn found(&self, question: &str) -> Response {
        let (_, rest) = question.split_once("<c:text-match").unwrap();
        let wanted = rest.split(['>', '<']).nth(1).unwrap();
        let home = self.habits.moved_to.unwrap_or(URL);
        let path = self.habits.href.unwrap_or(&home[home.find("com").unwrap() + 3..]);
        let resources = self.resources.borrow();
        let found = resources
            .iter()
            .filter(|(_, (text, _))| self.habits.ignores_filters || text.contains(&format!("UID:{wanted}")));
        let said = found.map(|(name, (text, _))| {
            let text = text.replace('&', "&amp;").replace('<', "&lt;");
            format!(
                "<d:response><d:href>{path}{name}</d:href><d:propstat><d:prop><c:calendar-data>{text}</c:calendar-data>\
                 </d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
            )
        });
        let said: String = said.collect();
        answer(
            207,
            &format!(
                "<d:multistatus xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\">{said}</d:multistatus>"
            ),
        )
    }

    fn take_in(&self, name: &str, text: &str) -> Response {
        let id = text.lines().find(|line| line.starts_with("UID:")).unwrap();
        let is_twin = |(other, (text, _)): (&String, &(String, u32))| other != name && text.contains(id);
        if !self.habits.takes_twice && self.resources.borrow().iter().any(is_twin) {
            return answer(
                409,
                "<d:error xmlns:d=\"DAV:\"><c:no-uid-conflict xmlns:c=\"urn:ietf:params:xml:ns:caldav\"/></d:error>",
            );
        }
        let is_new = !self.resources.borrow().contains_key(name);
        self.changes.borrow_mut().push(format!("PUT {name}"));
        self.put(name, &if self.habits.rewrites { rewritten(text) } else { text.to_owned() });
        answer(if is_new { 201 } else { 204 }, "")
    }

    fn delete(&self, name: &str) -> Response {
        if self.resources.borrow_mut().remove(name).is_none() {
            return answer(404, "");
        }
        self.changes.borrow_mut().push(format!("DELETE {name}"));
        answer(204, "")
    }
}

fn unfolded(text: &str) -> String {
    text.replace("\r\n ", "")
}

/// What some servers make of an event: the same in other words.
fn rewritten(text: &str) -> String {
    let text = unfolded(text);
    let (before, rest) = text.split_once("BEGIN:VEVENT\r\n").unwrap();
    let (event, after) = rest.split_once("END:VEVENT\r\n").unwrap();
    let end_of_own = event.find("BEGIN:").unwrap_or(event.len());
    let mut own: Vec<&str> =
        event[..end_of_own].lines().filter(|line| !line.starts_with("DTSTAMP")).collect();
    own.sort_unstable();
    let own = own.join("\n");
    format!(
        "{before}BEGIN:VEVENT\nDTSTAMP:20300101T000000Z\n{own}\n{}END:VEVENT\n{after}",
        &event[end_of_own..]
    )
}

pub(crate) fn answer(status: u16, body: &str) -> Response {
    let mut answer = Response::new(Bytes::from(body.to_owned()));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap();
    answer
}

pub(crate) fn with(mut answer: Response, header: &'static str, value: &str) -> Response {
    answer.headers_mut().insert(header, value.parse().unwrap());
    answer
}
