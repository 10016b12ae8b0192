// Expands rules with npm's ical.js and rrule-temporal, for compare.py: one JSON line in, one out.
//
// A line has `start` (wall time, as in iCalendar), `zone`, `rule`, `until_wall` (where starts are no longer of
// interest), and `most` (how many starts are looked at). The answer has the wall times that ical.js finds, and the
// instants that rrule-temporal does; null where it gives up.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { runInThisContext } from "node:vm";

const load = async (name) => {
  const resolved = createRequire(new URL("../worker/package.json", import.meta.url)).resolve(name);
  return import(pathToFileURL(resolved));
};
const { default: ICAL } = await load("ical.js");
const { RRuleTemporal } = await load("rrule-temporal");

const dashed = (wall) => wall.replace(/^(....)(..)(..)T(..)(..)(..)$/, "$1-$2-$3T$4:$5:$6");

const byIcal = ({ start, rule, until_wall: until, most }) => {
  const last = ICAL.Time.fromDateTimeString(dashed(until));
  const iterator = ICAL.Recur.fromString(rule).iterator(ICAL.Time.fromDateTimeString(dashed(start)));
  const found = [];
  for (let count = 0; count < most; count += 1) {
    const next = iterator.next();
    if (!next || next.compare(last) >= 0) return found;
    found.push(next.toString().replace(/[-:]/g, ""));
  }
  return null;
};

const byTemporal = ({ start, zone, rule, from, until, most }) => {
  const rules = new RRuleTemporal({ rruleString: `DTSTART;TZID=${zone}:${start}\nRRULE:${rule}`, maxIterations: most });
  const between = rules.between(new Date(from * 1000), new Date(until * 1000), true);
  return between.map((time) => Math.floor(time.epochMilliseconds / 1000));
};

/** Rules that never match keep both busy for ever. */
const PATIENCE_MS = 60;

const attempt = (find, asked) => {
  globalThis.attempt = () => find(asked);
  try {
    return runInThisContext("attempt()", { timeout: PATIENCE_MS });
  } catch {
    return null;
  }
};

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  console.log(JSON.stringify({ ical: attempt(byIcal, asked), temporal: attempt(byTemporal, asked) }));
}
