// Reads the events that tests/scenarios/calendars.rs kept with npm's ical.js. Argument: the folder. It must find in
// each file what expected.json says of it, and nothing else.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const resolved = createRequire(new URL("../worker/package.json", import.meta.url)).resolve("ical.js");
const { default: ICAL } = await import(pathToFileURL(resolved));

const seconds = (time) => {
  assert.equal(time.zone.tzid, "UTC");
  return time.toUnixTime();
};
const person = (property) => ({ email: property.getFirstValue().replace(/^mailto:/, ""), name: property.getParameter("cn") });

/** The content of an event. */
const read = (event) => {
  const value = (name) => event.getFirstPropertyValue(name);
  return {
    uid: value("uid"), sequence: value("sequence"), status: value("status"),
    stamp: seconds(value("dtstamp")), start: seconds(value("dtstart")), end: seconds(value("dtend")),
    summary: value("summary"), description: value("description"), location: value("location"), url: value("url"),
    organizer: person(event.getFirstProperty("organizer")),
    attendees: event.getAllProperties("attendee").map((property) => {
      assert.deepEqual([property.getParameter("cutype"), property.getParameter("role")], ["INDIVIDUAL", "REQ-PARTICIPANT"]);
      return { ...person(property), partstat: property.getParameter("partstat"), rsvp: property.getParameter("rsvp") ?? null };
    }),
  };
};
const parse = (file) => new ICAL.Component(ICAL.parse(readFileSync(join(folder, file), "utf8")));

const folder = process.argv[2];
const expected = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8"));
assert.notEqual(expected.length, 0);
for (const { file, ...message } of expected) {
  const calendar = parse(file);
  assert.equal(calendar.getAllSubcomponents().length, 1);
  const found = { method: calendar.getFirstPropertyValue("method"), ...read(calendar.getFirstSubcomponent("vevent")) };
  assert.deepEqual(found, message, file);
}

const feed = parse("feed.ics");
// It does not know NAME (RFC 7986), and leaves what it does not know as it is written.
const found = { method: feed.getFirstPropertyValue("method"), name: feed.getFirstPropertyValue("name").replaceAll("\\,", ","), events: feed.getAllSubcomponents().map(read) };
assert.deepEqual(found, JSON.parse(readFileSync(join(folder, "feed.json"), "utf8")), "feed.ics");
console.log(`${found.events.length} events of a feed read by ical.js`);
console.log(`${expected.length} events read by ical.js`);
