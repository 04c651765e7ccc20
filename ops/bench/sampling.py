"""Where the time of a scenario goes, by `perf` (Debian's linux-perf)."""
import shutil
import subprocess
import tempfile
from pathlib import Path

LINES = 24


def profile(program, words):
    """The functions with the most samples of their own, of this program, its workers and redis-server together."""
    if not shutil.which("perf"):
        return "perf is not installed: apt-get install linux-perf, and run this again."
    with tempfile.TemporaryDirectory(prefix="flotilla-perf-") as folder:
        data = str(Path(folder) / "perf.data")
        record = ["perf", "record", "-q", "-e", "cpu-clock", "-F", "499", "-o", data, "--", program, "bench", *words]
        report = ["perf", "report", "-i", data, "--stdio", "--sort", "comm,dso,symbol", "--percent-limit", "0.5"]
        try:
            subprocess.run(record, capture_output=True, timeout=300, check=True)
            shown = subprocess.run(report, capture_output=True, text=True, timeout=300, check=True).stdout
        except (OSError, subprocess.SubprocessError) as error:
            return f"perf did not work here: {error}"
    lines = [line.rstrip()[:150] for line in shown.splitlines() if line.strip() and not line.startswith("#")]
    return "\n".join(lines[:LINES])
