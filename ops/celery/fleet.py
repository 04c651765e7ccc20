"""A redis-server and a fleet of a driver's own, for what has to be killed and started again."""

import atexit
import collections
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import redis

HERE = os.path.dirname(os.path.abspath(__file__))
# stage.record(value) appends its value to a list of Redis: what has run, and how often.
SCHEDULE = """
version: 1
celery:
  track_started: true
  visibility_timeout: {visibility}
  tasks:
    stage.record: {{ kind: flotilla.test.record, parameters: [value], args: {{ key: stage-marks, milliseconds: 20 }} }}
pools:
  celery: {{ processes: {processes}, concurrency: {concurrency}, grace: 5s, celery: {{ queues: [celery] }} }}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class RedisServer:
    """A redis-server in a folder of its own. With keeps, it loses nothing when it is killed."""

    def __init__(self, keeps=True):
        self.port, self.folder, self.keeps = free_port(), tempfile.mkdtemp(prefix="flotilla-redis-"), keeps
        self.client = redis.Redis(port=self.port)
        self.process = None
        atexit.register(self.close)
        self.start()

    def url(self, database=0):
        return f"redis://127.0.0.1:{self.port}/{database}"

    def start(self):
        words = ["redis-server", "--port", str(self.port), "--dir", self.folder, "--save", "",
                 "--appendonly", "yes" if self.keeps else "no", "--appendfsync", "always" if self.keeps else "no"]
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(words, stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while True:
            try:
                self.client.ping()
                return
            except redis.RedisError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def restart(self, away=0.0):
        """Kills it and starts it again with the same data, after so many seconds."""
        self.kill()
        time.sleep(away)
        self.start()

    def close(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Fleet:
    """A fleet that `flotilla up` runs in a folder of its own."""

    def __init__(self, program, broker, backend, processes=2, concurrency=8, visibility="1h", schedule=None, env=()):
        self.program, self.processes = os.path.abspath(program), processes
        self.folder = tempfile.mkdtemp(prefix="flotilla-celery-")
        self.env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "REDIS_URL": broker,
                    "CELERY_BROKER_URL": broker, "CELERY_RESULT_BACKEND": backend, "FLOTILLA_TEST_JOBS": "1",
                    "FLOTILLA_LISTEN": "off", "LOG_FORMAT": "text",
                    "FLOTILLA_DEMO": os.path.join(HERE, "..", "demo"), **dict(env)}
        text = schedule or SCHEDULE.format(processes=processes, concurrency=concurrency, visibility=visibility)
        with open(os.path.join(self.folder, "schedules.yaml"), "w", encoding="utf-8") as file:
            file.write(text.lstrip())
        self.log, self.held = os.path.join(self.folder, "up.log"), collections.Counter()
        atexit.register(self.close)
        self.start()

    def start(self):
        with open(self.log, "ab") as log:
            self.up = subprocess.Popen([self.program, "up"], cwd=self.folder, env=self.env, stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while len(self.workers()) < self.processes:
            if self.up.poll() is not None or time.monotonic() > deadline:
                sys.exit("the fleet does not start:\n" + self.tail())
            time.sleep(0.2)

    def json(self, *words):
        """What a command prints with --json; None when it fails."""
        done = subprocess.run([self.program, *words, "--json"], cwd=self.folder, env=self.env, capture_output=True,
                              text=True, timeout=60, check=False)
        try:
            return json.loads(done.stdout)
        except ValueError:
            return None

    def workers(self):
        """Process ids of the workers that live."""
        status = self.json("status") or {}
        return [worker["pid"] for worker in status.get("workers", []) if alive(worker["pid"])]

    def kill_one(self, random):
        """Kills a worker process with -9 and returns its id; None when there is none to kill.

        What it runs at that moment is counted in `held`, by job and by the texts among the arguments.
        Mostly one that has run for over ten seconds: a worker that dies early again and again is started with pauses.
        """
        pids = children(self.up.pid, b"worker")
        if random.random() > 0.1:
            pids = [pid for pid in pids if age(pid) > 10.5]
        if not pids:
            return None
        pid = random.choice(pids)
        os.kill(pid, signal.SIGSTOP)
        for job in self.json("jobs", "list", "--state", "running", "--limit", "1000") or []:
            if f"-{pid}-" in (job["worker"] or ""):
                self.held.update({job["id"], *re.findall(r"'([^']+)'", str(job["args"].get("args", "")))})
        os.kill(pid, signal.SIGKILL)
        return pid

    def memory(self):
        """Resident memory of each worker process, in MiB."""
        return {pid: resident(pid) for pid in children(self.up.pid, b"worker")}

    def tail(self, size=6000):
        with open(self.log, "rb") as file:
            return file.read()[-size:].decode("utf-8", "replace")

    def close(self):
        below = descendants(self.up.pid)
        if self.up.poll() is None:
            self.up.send_signal(signal.SIGTERM)
            try:
                self.up.wait(30)
            except subprocess.TimeoutExpired:
                self.up.kill()
        for pid in below:
            if alive(pid):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)


class CeleryWorkers:
    """Celery's own workers in the place of a fleet, acknowledging late; one that is killed is started again."""

    def __init__(self, python, broker, backend, processes=2, concurrency=4, visibility=8):
        self.words = [python, os.path.join(HERE, "stage.py"), "worker",
                      "--broker", broker, "--backend", backend, "--late", "--visibility", str(visibility),
                      "-q", "celery", "-c", str(concurrency), "--loglevel", "ERROR"]
        self.folder = tempfile.mkdtemp(prefix="flotilla-stage-")
        self.count, self.mains, self.client = 0, [], redis.Redis.from_url(broker)
        atexit.register(self.close)
        for _ in range(processes):
            self.start()

    def start(self):
        self.count += 1
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.mains.append(subprocess.Popen(
                [*self.words, "-n", f"stage{self.count}@%h"], stdout=log, stderr=log, start_new_session=True,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}))

    def kill_one(self, random):
        """Kills a worker with its children by -9, starts another, and returns the ids of the killed.

        Not between a BRPOP and the note in `unacked`: there Celery loses the message, also without a fleet.
        """
        main = random.choice(self.mains)
        if not self.holds_nothing(main.pid):
            return None
        pids = [main.pid, *descendants(main.pid)]
        os.killpg(main.pid, signal.SIGKILL)
        main.wait()
        self.mains.remove(main)
        self.start()
        return pids

    def holds_nothing(self, pid, timeout=5):
        """Stops a process while it waits in BRPOP: then all that it has taken stands in `unacked`.

        False, and the process goes on, when it does not wait in time.
        """
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            ports = local_ports(pid)
            links = [entry["id"] for entry in self.client.client_list()
                     if entry["cmd"] == "brpop" and int(entry["addr"].rpartition(":")[2]) in ports]
            for _ in range(50):
                for link in links:
                    os.kill(pid, signal.SIGSTOP)
                    if self.client.execute_command("CLIENT", "UNBLOCK", link):
                        return True
                    os.kill(pid, signal.SIGCONT)
                time.sleep(0.003)
        return False

    def close(self):
        for main in self.mains:
            os.killpg(main.pid, signal.SIGKILL)
            main.wait()
        self.mains = []
        shutil.rmtree(self.folder, ignore_errors=True)


def stat(pid):
    """Parent and state of a process; nothing for one that is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
        return int(fields[1]), fields[0]
    except OSError:
        return None, None


def local_ports(pid):
    """Ports of the TCP connections that a process has opened."""
    links = []
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            links.append(os.readlink(f"/proc/{pid}/fd/{name}"))
        except OSError:
            continue
    with open(f"/proc/{pid}/net/tcp", encoding="ascii") as file:
        lines = [line.split() for line in file][1:]
    return {int(line[1].rpartition(":")[2], 16) for line in lines if f"socket:[{line[9]}]" in links}


def age(pid):
    """Seconds since a process was started."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            ticks = int(file.read().rpartition(b")")[2].split()[19])
        with open("/proc/uptime", encoding="ascii") as file:
            return float(file.read().split()[0]) - ticks / os.sysconf("SC_CLK_TCK")
    except OSError:
        return 0


def alive(pid):
    return stat(pid)[1] not in (None, b"Z")


def descendants(pid):
    """Process ids below a process, zombies left out."""
    parents = {int(name): stat(name)[0] for name in os.listdir("/proc") if name.isdigit()}
    found, layer = [], [pid]
    while layer:
        layer = [child for child, parent in parents.items() if parent in layer]
        found += layer
    return [child for child in found if alive(child)]


def children(pid, word):
    """Processes below a process whose command line has the word."""
    found = []
    for child in descendants(pid):
        try:
            with open(f"/proc/{child}/cmdline", "rb") as file:
                if word in file.read().split(b"\0"):
                    found.append(child)
        except OSError:
            continue
    return found


def resident(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            lines = [line.split() for line in file if line.startswith("VmRSS:")]
        return int(lines[0][1]) / 1024 if lines else 0
    except OSError:
        return 0
