"""Where the reader differs from all the others, and why. Each is a name, which way it differs, and whether it holds of a case."""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

UTC = timezone.utc


def changes_of(zone, begin, end):
    """The instants at which the offset changes, to the minute, and by how many seconds."""
    offset = lambda at: int(datetime.fromtimestamp(at, zone).utcoffset().total_seconds())
    step = 86_400
    for low in range(begin - step, end + step, step):
        high = low + step
        if offset(low) == offset(high):
            continue
        by = abs(offset(high) - offset(low))
        before = offset(low)
        while high - low > 60:
            middle = (low + high) // 2
            low, high = (middle, high) if offset(middle) == before else (low, middle)
        yield high, by


def over_a_change(case, result):
    """A time that is repeated blocks from its first start to its second end, and an end after a change of offset is the later one of
    wall clock and exact length: for others it is the first, and one of the two."""
    length = int(case["duration"].total_seconds())
    changes = None
    for start, end in result["busy here"]:
        if changes is None:
            first, last = result["busy here"][0][0], result["busy here"][-1][1]
            changes = list(changes_of(ZoneInfo(case["zone"]), first - length - 86_400, last + length + 86_400))
        # What is more is not longer than the change, and the occurrence was under way then or began at most that long after it.
        near = lambda at, by: at - by - length - 60 <= start and end <= at + by + by + length + 60
        if not any(near(at, by) for at, by in changes):
            return False
    return True


def weekdays_with_and_without_numbers(case, result):
    """Every Friday and the second Monday, in one BYDAY of months or years. The standard joins them (3.3.10: each is a day of its own);
    the others leave out the days without a number, and then count others."""
    days = case["rule"].get("BYDAY", "").split(",")
    return len({len(day) > 2 for day in days}) == 2


def positions_where_the_series_begins(case, result):
    """BYSETPOS in the interval in which the series begins. The standard chooses from all of it (3.3.10), so that what is chosen may lie
    before the start, which then counts beside the rule's own; the others choose from what is left of it, and COUNT ends earlier."""
    if not {"BYSETPOS", "COUNT"} <= case["rule"].keys():
        return False
    last = max((span[1] for spans in result["said"].values() for span in spans), default=0)
    return all(start >= last for start, _ in result["busy here"])


def positions_in_the_first_week(case, result):
    """BYSETPOS in the week in which the series begins: what is chosen from "starts at the beginning of the interval" (3.3.10); others
    choose from what is left of that week."""
    if case["rule"].get("FREQ") != "WEEKLY" or "BYSETPOS" not in case["rule"]:
        return False
    first = min(span[0] for spans in result["said"].values() for span in spans)
    return all(start < first + 7 * 86_400 for start, _ in result["free here"])


JUDGED = [
    ("over a change of offset, the busier reading", ["busy here"], over_a_change),
    ("positions where the series begins", ["busy here"], positions_where_the_series_begins),
    ("positions in the first week", ["free here"], positions_in_the_first_week),
    ("weekdays with and without numbers in one rule", ["busy here", "free here"], weekdays_with_and_without_numbers),
]
