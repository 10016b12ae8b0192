"""Compares the busy times of random events with what others make of them: PyPI's recurring-ical-events, and npm's ical.js and
rrule-temporal.

    compare.py <cases> <seed> <folder of the build>

Each case is one event with a random rule, zone and window. No minute may be free here that is busy for each of them; and none may be
busy here alone, unless it is one of the readings in JUDGED. Exits with 1 at any other difference.
"""

import json
import multiprocessing
import random
import signal
import subprocess
import sys
import warnings
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo, reset_tzpath

import icalendar
import recurring_ical_events

from judged import JUDGED

UTC = timezone.utc
ZONES = [
    "UTC", "Europe/Berlin", "Europe/London", "America/New_York", "America/Sao_Paulo", "America/Vancouver", "Asia/Tokyo",
    "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "Australia/Sydney", "Africa/Cairo", "Asia/Beirut",
    "Pacific/Chatham", "America/St_Johns", "Europe/Dublin",
]  # fmt: skip
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
FREQUENCIES = {"YEARLY": 20, "MONTHLY": 30, "WEEKLY": 30, "DAILY": 20, "HOURLY": 6, "MINUTELY": 3, "SECONDLY": 1}
# Zones whose rules changed in 2026: Node's own data, which rrule-temporal reads, may be older.
CHANGED = {"America/Vancouver"}
# Seconds of the processor that recurring-ical-events may take for a case.
PATIENCE = 0.3
# After so many cases, what has been seen so far is said: 100,000 take hours.
NEWS = 2000
# Starts that an oracle looks at before it gives up.
MOST = 20_000


def some(rng, numbers, most):
    return ",".join(str(number) for number in sorted(rng.sample(list(numbers), rng.randint(1, most))))


def either_sign(numbers):
    return [*numbers, *(-number for number in numbers)]


def parts_of(rng, frequency):
    """Parts of a rule that the standard allows with a frequency, each of them seldom."""
    parts = {}
    fine = frequency in ("HOURLY", "MINUTELY", "SECONDLY")
    if rng.random() < 0.25:
        parts["BYMONTH"] = some(rng, range(1, 13), 3)
    if frequency != "WEEKLY" and rng.random() < 0.25:
        parts["BYMONTHDAY"] = some(rng, either_sign(range(1, 32)), 4)
    if (frequency == "YEARLY" or fine) and rng.random() < 0.12:
        parts["BYYEARDAY"] = some(rng, either_sign(range(1, 367)), 4)
    if frequency == "YEARLY" and rng.random() < 0.12:
        parts["BYWEEKNO"] = some(rng, either_sign(range(1, 54)), 3)
    if rng.random() < 0.4:
        days = rng.sample(DAYS, rng.randint(1, 4))
        counted = frequency in ("MONTHLY", "YEARLY") and "BYWEEKNO" not in parts
        most = 5 if frequency == "MONTHLY" or "BYMONTH" in parts else 53
        nth = lambda: str(rng.choice(either_sign(range(1, most + 1)))) if counted and rng.random() < 0.5 else ""
        parts["BYDAY"] = ",".join(nth() + day for day in days)
    if frequency != "HOURLY" and rng.random() < 0.1:
        parts["BYHOUR"] = some(rng, range(24), 3)
    if rng.random() < 0.1:
        parts["BYMINUTE"] = some(rng, range(0, 60, 5), 3)
    if len(parts) > 0 and rng.random() < 0.15:
        parts["BYSETPOS"] = some(rng, either_sign(range(1, 6)), 2)
    return parts


def case_of(rng):
    frequency = rng.choices(list(FREQUENCIES), FREQUENCIES.values())[0]
    zone = rng.choice(ZONES)
    fine = frequency in ("HOURLY", "MINUTELY", "SECONDLY")
    first = datetime(2026, 1, 1) + timedelta(days=rng.randint(-30 if fine else -900, 300))
    start = first + timedelta(minutes=rng.choice([0, 30, 90, 120, 150, 540, 600, 870, 1380, 1439]))
    duration = timedelta(minutes=rng.choice([1, 15, 30, 60, 90, 480, 1440, 4320]))
    window = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=rng.randint(0, 330))
    rule = {"FREQ": frequency, **parts_of(rng, frequency)}
    if rng.random() < 0.5:
        # A start a day and more apart, so that the fine ones are not one block.
        rule["INTERVAL"] = str(rng.randint(1, {"SECONDLY": 9000, "MINUTELY": 400}.get(frequency, 12)))
    end = rng.random()
    if end < 0.3:
        rule["COUNT"] = str(rng.randint(1, 40))
    elif end < 0.5:
        until = (start + timedelta(days=rng.randint(0, 400))).replace(tzinfo=ZoneInfo(zone))
        rule["UNTIL"] = f"{until.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    if rng.random() < 0.2:
        rule["WKST"] = rng.choice(DAYS)
    length = timedelta(days=rng.choice([1, 2, 3]) if fine else rng.choice([7, 60, 200, 400]))
    return {
        "zone": zone, "start": start, "duration": duration, "rule": rule, "from": window, "until": window + length,
        "except": rng.random() < 0.2, "dates": [start + timedelta(days=rng.randint(1, 300))] if rng.random() < 0.1 else [],
    }  # fmt: skip


def rule_text(case):
    return ";".join(f"{key}={value}" for key, value in case["rule"].items())


def wall_text(wall):
    return f"{wall:%Y%m%dT%H%M%S}"


def text_of(case, removed):
    zone = case["zone"]
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tests//EN", "BEGIN:VEVENT", "UID:one", "DTSTAMP:20260101T000000Z",
        f"DTSTART;TZID={zone}:{wall_text(case['start'])}", f"DURATION:PT{int(case['duration'].total_seconds() // 60)}M",
        f"RRULE:{rule_text(case)}",
        *(f"EXDATE;TZID={zone}:{wall_text(wall)}" for wall in removed),
        *(f"RDATE;TZID={zone}:{wall_text(wall)}" for wall in case["dates"]),
        "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    return "\r\n".join(lines)


class Process:
    """A program that answers JSON lines."""

    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **asked):
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def merged(spans, window):
    begin, end = window
    spans = sorted((max(start, begin), min(until, end)) for start, until in spans)
    result = []
    for start, until in spans:
        if start >= until:
            continue
        if result and start <= result[-1][1]:
            result[-1][1] = max(result[-1][1], until)
        else:
            result.append([start, until])
    return result


def without(spans, others):
    """What of some merged spans is in no other."""
    result = []
    for start, end in spans:
        for other_start, other_end in others:
            if other_end <= start or other_start >= end:
                continue
            if other_start > start:
                result.append([start, other_start])
            start = max(start, other_end)
        if start < end:
            result.append([start, end])
    return result


def common(spans, others):
    return without(spans, without(spans, others))


def instant(wall, zone):
    return int(wall.replace(tzinfo=zone).timestamp())


def give_up(*_):
    raise TimeoutError


def by_python(text, case):
    calendar = icalendar.Calendar.from_ical(text)
    signal.signal(signal.SIGPROF, give_up)
    signal.setitimer(signal.ITIMER_PROF, PATIENCE)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            events = recurring_ical_events.of(calendar).between(case["from"], case["until"])
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return [(int(event.start.timestamp()), int(event.end.timestamp())) for event in events]


def by_walls(walls, case, zone):
    """Starts in wall time, as by_python has them."""
    end = lambda wall: instant(wall + case["duration"], zone)
    return [(instant(wall, zone), end(wall)) for wall in walls]


def compare(case, ours, node):
    """What each says, what is free here alone and what is busy here alone. None if fewer than two say anything: each has rules
    that it expands for ever."""
    zone = ZoneInfo(case["zone"])
    window = (int(case["from"].timestamp()), int(case["until"].timestamp()))
    # Long before, as an occurrence may be longer than what is between it and the window.
    until_wall = case["until"].astimezone(zone).replace(tzinfo=None) + timedelta(days=2)
    rule = {key: value for key, value in case["rule"].items() if key != "UNTIL"}
    local = dict(rule)
    if "UNTIL" in case["rule"]:
        until = datetime.strptime(case["rule"]["UNTIL"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        local["UNTIL"] = wall_text(until.astimezone(zone))
    found = node.ask(
        start=wall_text(case["start"]), zone=case["zone"], rule=rule_text({"rule": local}), until_wall=wall_text(until_wall),
        most=MOST, **{"from": window[0] - 5 * 86400, "until": window[1]},
    )  # fmt: skip
    walls = [datetime.strptime(wall, "%Y%m%dT%H%M%S") for wall in found["ical"] or []]
    removed = [wall for wall in walls if wall != case["start"]][-3:-1] if case["except"] else []
    text = text_of(case, removed)
    answer = ours.ask(text=text, zone="UTC", **{"from": window[0], "until": window[1]})
    if "error" in answer:
        raise SystemExit(f"{answer['error']}:\n{text}")
    gone = {instant(wall, zone) for wall in removed}
    extra = by_walls([case["start"], *case["dates"]], case, zone)
    said = {}
    try:
        said["recurring-ical-events"] = by_python(text, case)
    except Exception as error:  # What it cannot read, it says nothing about.
        case["refused"] = repr(error)
    if found["ical"] is not None:
        said["ical.js"] = [span for span in by_walls(walls, case, zone) + extra if span[0] not in gone]
    if found["temporal"] is not None and case["zone"] not in CHANGED:
        # The later of exact length and wall clock, as both are read.
        length = int(case["duration"].total_seconds())
        spans = [(start, start + length) for start in found["temporal"]]
        said["rrule-temporal"] = [span for span in spans + extra if span[0] not in gone]
    said = {name: merged(spans, window) for name, spans in said.items()}
    if answer["unknown_from"] is not None:
        window = (window[0], max(window[0], min(window[1], answer["unknown_from"])))
        said = {name: merged(spans, window) for name, spans in said.items()}
    busy = merged(answer["busy"], window)
    if len(said) < 2:
        return None
    everybody, anybody = None, []
    for spans in said.values():
        everybody = spans if everybody is None else common(everybody, spans)
        anybody = merged([*anybody, *spans], window)
    return {
        "text": text, "busy": busy, "said": said, "unknown": answer["unknown_from"] is not None,
        "free here": without(everybody, busy), "busy here": without(busy, anybody),
        "agree": all(spans == everybody for spans in said.values()), "same": busy == everybody == anybody,
    }  # fmt: skip


def begin(target):
    """Starts what a worker asks."""
    global OURS, NODE
    reset_tzpath(to=[])  # PyPI's data, whatever the system has
    OURS = Process(target / "debug/examples/busy_times")
    NODE = Process("node", Path(__file__).with_name("oracle.mjs"))


def examine(name):
    """One case by its name, its result, and why each difference is right; None where nobody knows why."""
    case = case_of(random.Random(name))
    result = compare(case, OURS, NODE)
    kinds = [kind for kind in ("free here", "busy here") if result and result[kind]]
    reasons = {kind: next((why for why, of, holds in JUDGED if kind in of and holds(case, result)), None) for kind in kinds}
    return name, result, reasons


def tell(name, kind, result):
    moment = lambda at: f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S}"
    spans = "; ".join(f"{moment(start)} to {moment(end)}" for start, end in result[kind][:4])
    others = ", ".join(result["said"])
    print(f"case {name}, {kind} alone: {spans}; others: {others}\n{result['text']}", file=sys.stderr, flush=True)


def main():
    count, seed, target = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    names = [f"{seed}-{number}" for number in range(count)]
    seen, judged, unjudged = Counter(), Counter(), 0
    with multiprocessing.Pool(initializer=begin, initargs=[target]) as pool:
        for name, result, reasons in pool.imap_unordered(examine, names, chunksize=10):
            seen["cases"] += 1
            if seen["cases"] % NEWS == 0 and seen["cases"] < count:
                print(f"{seen['cases']} cases, of which {seen['all the same']} are all the same; not judged: {unjudged}", flush=True)
            if result is None:
                seen["fewer than two answer"] += 1
                continue
            seen["the others agree"] += result["agree"]
            seen["all the same"] += result["same"]
            seen["unknown here"] += result["unknown"]
            seen.update(result["said"].keys())
            for kind, reason in reasons.items():
                if reason:
                    judged[f"{kind}: {reason}"] += 1
                    continue
                unjudged += 1
                if unjudged <= 10:
                    tell(name, kind, result)
    print("calendars: " + ", ".join(f"{name} {number}" for name, number in seen.items()))
    for name, number in sorted(judged.items()):
        print(f"  judged, {name}: {number}")
    print(f"  not judged: {unjudged}")
    return 1 if unjudged or not seen["the others agree"] else 0


if __name__ == "__main__":
    sys.exit(main())
