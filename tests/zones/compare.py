"""Compares the bundled zones with Python's zoneinfo over PyPI's tzdata: every zone, every change of offset, 2024 to 2035.

Reads what `cargo run -p scheduling --example zone_changes` prints. Exits with 1 at any difference.
"""

import json
import sys
import zoneinfo
from datetime import datetime, timedelta, timezone

import tzdata

FROM, UNTIL = 1_704_067_200, 2_082_758_400
STEP = 6 * 3600
UTC = timezone.utc


def offset_at(zone, instant):
    return int(datetime.fromtimestamp(instant, zone).utcoffset().total_seconds())


def changes_of(zone):
    """Walks in steps of six hours, and halves each step in which the offset changed."""
    changes = [[FROM, offset_at(zone, FROM)]]
    for begin in range(FROM, UNTIL, STEP):
        if offset_at(zone, begin + STEP) == changes[-1][1]:
            continue
        low, high = begin, begin + STEP
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset_at(zone, middle) == changes[-1][1] else (low, middle)
        if high < UNTIL:
            changes.append([high, offset_at(zone, high)])
    return changes


def meaning(zone, wall):
    """The instants at which a clock there shows this wall time (PEP 495)."""
    naive = datetime.fromisoformat(wall)
    instants = {naive.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(
        int(instant.timestamp()) for instant in instants if instant.astimezone(zone).replace(tzinfo=None) == naive
    )


def main():
    zoneinfo.reset_tzpath(to=[])  # PyPI's data, whatever the system has
    lines = [json.loads(line) for line in sys.stdin]
    version, ours = lines[0]["version"], {line["zone"]: line for line in lines[1:]}
    # `Factory` is of machines that nobody has set: the database's word for no zone.
    theirs = zoneinfo.available_timezones() - {"Factory"}
    differences, changes, walls = [], 0, 0

    for name in sorted(theirs - ours.keys()):
        differences.append(f"{name}: only in tzdata")
    for name, line in ours.items():
        if name not in theirs:
            differences.append(f"{name}: only in the bundled data")
            continue
        zone = zoneinfo.ZoneInfo(name)
        expected = changes_of(zone)
        changes += len(expected) - 1
        if line["changes"] != expected:
            differences.append(f"{name}: changes {line['changes']}, expected {expected}")
        for wall, instants in line["walls"]:
            walls += 1
            if instants != meaning(zone, wall):
                differences.append(f"{name}: {wall} means {instants}, expected {meaning(zone, wall)}")

    print("\n".join(differences))
    print(
        f"zones: bundled {version}, tzdata {tzdata.IANA_VERSION}: {len(ours)} zones, {changes} changes of offset,"
        f" {walls} wall times compared, {len(differences)} differences"
    )
    return 1 if differences or not changes or not walls else 0


if __name__ == "__main__":
    sys.exit(main())
