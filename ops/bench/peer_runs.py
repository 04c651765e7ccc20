"""Runs the peers: a redis-server of its own for each measurement, a producer, a worker."""
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
PYTHON = HERE.parent.parent / ".bench" / "peers" / "bin" / "python"
PATIENCE_SECONDS = 120


class Unmeasurable(Exception):
    """Why a figure could not be had, in one line."""


class Server:
    """A redis-server that saves nothing, on a unix socket, gone with the block."""

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="flotilla-peer-")
        self.path = os.path.join(self.folder, "redis.sock")
        self.process = start(
            ["redis-server", "--port", "0", "--unixsocket", self.path, "--save", "", "--appendonly", "no",
             "--dir", self.folder, "--logfile", os.path.join(self.folder, "redis.log")], {})
        deadline = time.monotonic() + 10
        while True:
            try:
                if self.ask("PING") == b"+PONG":
                    return self
            except OSError:
                pass
            if time.monotonic() > deadline:
                self.__exit__()
                raise Unmeasurable("redis-server did not start within 10 s")
            time.sleep(0.01)

    def __exit__(self, *_):
        stop(self.process, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def ask(self, *words):
        """The first line of the answer, and for a bulk string its text; None when there is none."""
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(5)
            link.connect(self.path)
            link.sendall(b"*%d\r\n" % len(words) + b"".join(
                b"$%d\r\n%s\r\n" % (len(word), word.encode()) for word in words))
            lines = link.recv(4096).split(b"\r\n")
        if lines[0].startswith(b"$"):
            return None if lines[0] == b"$-1" else lines[1]
        return lines[0]


def start(command, environment):
    """Starts a program in a process group of its own, silent."""
    try:
        return subprocess.Popen(
            command, env={**os.environ, **environment}, cwd=HERE / "peers", process_group=0,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except OSError as error:
        raise Unmeasurable(f"{command[0]} cannot be started: {error.strerror}") from error


def stop(process, number=signal.SIGTERM):
    """Ends the process group and waits for its leader."""
    for attempt in (number, signal.SIGKILL):
        try:
            os.killpg(process.pid, attempt)
        except ProcessLookupError:
            pass
        try:
            process.wait(timeout=15)
            break
        except subprocess.TimeoutExpired:
            continue


class Peer:
    def __init__(self, name, producer, worker, environment=None):
        self.name, self.producer, self.worker = name, producer, worker
        self.environment = environment or {}

    def rate(self, server, verb, count):
        """What the producer prints: jobs a second that it enqueued."""
        command = [str(word) for word in self.producer] + [verb, str(count)]
        try:
            run = subprocess.run(
                command, env=self._environment(server), cwd=HERE / "peers", capture_output=True, text=True,
                timeout=PATIENCE_SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unmeasurable(f"{self.name}'s producer: {error}") from error
        if run.returncode != 0:
            last = (run.stderr.strip().splitlines() or ["no message"])[-1]
            raise Unmeasurable(f"{self.name}'s producer ended with {run.returncode}: {last[:160]}")
        return float(run.stdout.split()[-1])

    def enqueue(self, verb, count):
        with Server() as server:
            return self.rate(server, verb, count)

    def drain(self, count):
        """Jobs a second from the first hundredth to the last, as one worker takes and acknowledges them."""
        with Server() as server:
            self.rate(server, "fill", count)
            worker = start([str(word) for word in self.worker], self._environment(server))
            try:
                begin, end = (self._moment(server, worker, name) for name in ("begin", "end"))
            finally:
                stop(worker)
        return (count - max(1, count // 100)) / max(end - begin, 0.001)

    def _moment(self, server, worker, name):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            value = server.ask("GET", f"bench:{name}")
            if value is not None:
                return float(value)
            if worker.poll() is not None:
                raise Unmeasurable(f"{self.name}'s worker ended by itself with {worker.returncode}")
            time.sleep(0.02)
        raise Unmeasurable(f"{self.name}'s worker was not done within {PATIENCE_SECONDS} s")

    def _environment(self, server):
        return {**os.environ, **self.environment, "BENCH_SOCKET": server.path}


def celery(late):
    command = [PYTHON, "-m", "celery", "-A", "celery_app", "worker", "-P", "prefork", "-c", "2", "-l", "ERROR",
               "--without-gossip", "--without-mingle", "--without-heartbeat"]
    return Peer("Celery", [PYTHON, "celery_app.py"], command, {"BENCH_LATE_ACK": "1" if late else "0"})


def sidekiq(threads):
    command = ["sidekiq", "-r", "./sidekiq_app.rb", "-c", str(threads)]
    return Peer("Sidekiq", ["ruby", "sidekiq_app.rb"], command)


def dramatiq():
    command = [PYTHON, "-m", "dramatiq", "dramatiq_app", "--processes", "1", "--threads", "8"]
    return Peer("Dramatiq", [PYTHON, "dramatiq_app.py"], command)
