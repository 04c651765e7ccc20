"""Where the time of a scenario goes, by `perf` (Debian's linux-perf)."""
import shutil
import subprocess
import tempfile
from pathlib import Path

# Lines of each list.
PLACES, FUNCTIONS = 10, 20


def profile(program, words):
    """Samples by thread and library, then by function: of the command, its workers and redis-server together."""
    if not shutil.which("perf"):
        return "perf is not installed: apt-get install linux-perf, and run this again."
    with tempfile.TemporaryDirectory(prefix="flotilla-perf-") as folder:
        data = str(Path(folder) / "perf.data")
        record = ["perf", "record", "-q", "-e", "cpu-clock", "-F", "499", "-o", data, "--", program, "bench", *words]
        try:
            subprocess.run(record, capture_output=True, timeout=300, check=True)
            return "\n".join(_report(data, "comm,dso", PLACES) + [""] + _report(data, "comm,dso,symbol", FUNCTIONS))
        except (OSError, subprocess.SubprocessError) as error:
            return f"perf did not work here: {error}"


def _report(data, keys, most):
    command = ["perf", "report", "-i", data, "--stdio", "--sort", keys, "--percent-limit", "0.5"]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True).stdout
    lines = [line.rstrip()[:120] for line in shown.splitlines() if line.strip() and not line.startswith("#")]
    return lines[:most]
