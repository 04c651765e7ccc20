"""Measures everything, prints the table, and keeps it. Started by ops/bench/run."""
import argparse
import hashlib
import json
import os
import re
import signal
import statistics
import sys
from pathlib import Path

import machine
import measure
import report
import sampling
from rows import ROWS, result

HERE = Path(__file__).resolve().parent
SCRIPTS = HERE.parent.parent / "Sources" / "JobQueue" / "Scripts"


def script_name(digest):
    """The file whose SHA-1, as redis-server sees the script, begins so."""
    shared = (SCRIPTS / "links.lua").read_bytes() + b"\n"
    for path in sorted(SCRIPTS.glob("*.lua")):
        source = path.read_bytes()
        if any(hashlib.sha1(text).hexdigest().startswith(digest) for text in (source, shared + source)):
            return path.name
    return digest


def conclude(got, program, profiled):
    """The rows as the table shows them, and profiles of those that fall short."""
    reasons = json.loads((HERE / "reasons.json").read_text(encoding="utf-8"))
    results, profiles = [], {}
    for row in ROWS:
        found = result(row, got)
        if found["id"] == "slowest-by-clock":
            found["note"] = re.sub(r"[0-9a-f]{8}", lambda match: script_name(match[0]), found["note"])
        found["reason"] = reasons.get(row.id, "no reason is written down in ops/bench/reasons.json")
        results.append(found)
        words = " ".join(row.profile)
        if profiled and found["holds"] is False and row.profile and words not in profiles:
            print(f"  profile of {words}", file=sys.stderr, flush=True)
            profiles[words] = sampling.profile(program, row.profile)
    return results, profiles


class Priority:
    """Lets what is measured, peers included, go before other work of the machine; where that is not allowed, not."""

    PLACE = Path("/proc/self/autogroup")

    def __enter__(self):
        try:
            os.nice(-15)
            # The kernel weighs sessions first: without this, niceness counts within this one alone.
            self.PLACE.write_text("-15", encoding="ascii")
        except OSError as error:
            print(f"  measured beside everything else that runs: {error}", file=sys.stderr)

    def __exit__(self, *_):
        try:
            self.PLACE.write_text("0", encoding="ascii")
        except OSError:
            pass


def main():
    parser = argparse.ArgumentParser(prog="ops/bench/run", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one round instead of three; nothing is kept")
    parser.add_argument("--json", metavar="FILE", help="write everything that was measured there")
    parser.add_argument("--profile", action="store_true", help="show where the time goes in rows that fall short")
    parser.add_argument("--program", required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    # So that what was started is ended too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

    facts = machine.describe()
    with Priority():
        got = measure.run(options.program, options.quick)
        results, profiles = conclude(got, options.program, options.profile)
    facts["undisturbed"] = {"median": statistics.median(got.shares), "worst": min(got.shares)}
    facts["pace"] = {"median": statistics.median(got.paces), "worst": min(got.paces)}
    print(report.text(results))
    print(report.disturbance(facts))
    for line in report.summary(results):
        print(line)
    data = report.document(facts, results, got)
    if options.json:
        Path(options.json).write_text(data, encoding="utf-8")
    if not options.quick:
        words = ["--profile"] if options.profile else []
        page = report.markdown(facts, words, results, profiles)
        print(f"kept in {report.keep(HERE / 'results', machine.kind(facts), page, data)}")
    # What could not be measured is said; it is no failure of those that could.
    sys.exit(1 if all(row["problem"] for row in results) else 0)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
