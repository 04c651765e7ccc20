"""What the figures were measured on."""
import os
import platform
import re
import subprocess
import time


def _first(command):
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def _field(path, name):
    try:
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                if line.startswith(name):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return ""


def describe():
    memory = _field("/proc/meminfo", "MemTotal").split()
    return {
        "cores": os.cpu_count(),
        "model": _field("/proc/cpuinfo", "model name") or platform.machine(),
        "memory_gib": round(int(memory[0]) / 1048576, 1) if memory else None,
        "kernel": platform.release(),
        "redis_server": (re.search(r"v=(\S+)", _first(["redis-server", "--version"])) or ["", ""])[1],
        "swift": (re.search(r"Swift version (\S+)", _first(["swift", "--version"])) or ["", ""])[1],
        "revision": _first(["git", "describe", "--always", "--dirty"]),
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
    }


def kind(machine):
    """A file's name for machines of this kind, such as `2-core-intel-xeon-processor`."""
    model = re.sub(r"\(R\)|\(TM\)|CPU|@.*", "", machine["model"])
    return re.sub(r"[^a-z0-9]+", "-", f"{machine['cores']} core {model}".lower()).strip("-")
