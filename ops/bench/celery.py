"""Celery's place: the drain through the bridge beside Celery's own prefork workers, and delay().get() of a client.

    ops/bench/celery.py --program .build/release/flotilla --python .bench/peers/bin/python [--tasks 20000] [--json FILE]

The same messages in the same run; the client and the workers of Celery are those of the Python that is named.
"""
import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from peer_runs import PYTHON, Unmeasurable

DRIVER = Path(__file__).resolve().parent.parent / "celery" / "bench.py"
PATIENCE_SECONDS = 600


def measured(program, python=PYTHON, tasks=20_000, calls=200):
    """The figures under `bridge: <name>`: tasks a second, milliseconds."""
    command = [python, DRIVER, "--program", program, "--tasks", tasks, "--calls", calls]
    try:
        run = subprocess.run(
            [str(word) for word in command], env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}, capture_output=True,
            text=True, timeout=PATIENCE_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unmeasurable(f"the bridge to Celery: {error}") from error
    if run.returncode != 0:
        last = (run.stderr.strip().splitlines() or ["no message"])[-1]
        raise Unmeasurable(f"the bridge to Celery: {last[:160]}")
    return {f"bridge: {name}": value for name, value in json.loads(run.stdout.splitlines()[-1]).items()}


def table(got):
    """The lines to print."""
    rows = [("drain, tasks/s", "drain", 0), ("delay().get(), p50, ms", "p50", 2), ("delay().get(), p99, ms", "p99", 2)]
    yield f"{'':26}{'fleet':>10}{'Celery':>10}{'ratio':>9}"
    for words, name, digits in rows:
        ours, theirs = got[f"bridge: {name}"], got[f"bridge: Celery {name}"]
        yield f"{words:26}{ours:>10.{digits}f}{theirs:>10.{digits}f}{ours / theirs:>9.2f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True, help="flotilla, built for release")
    parser.add_argument("--python", default=PYTHON, help="an interpreter with celery[redis]")
    parser.add_argument("--tasks", type=int, default=20_000)
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args()
    try:
        got = measured(options.program, options.python, options.tasks, options.calls)
    except Unmeasurable as error:
        sys.exit(str(error))
    print("\n".join(table(got)))
    if options.json:
        Path(options.json).write_text(json.dumps(got, indent=1) + "\n", encoding="utf-8")
    else:
        print(json.dumps(got))


if __name__ == "__main__":
    main()
