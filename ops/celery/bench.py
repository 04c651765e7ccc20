"""A fleet in Celery's place beside Celery's own workers: the same messages, in turn, on servers that save nothing.

Drain: tasks a second from the first hundredth to the last, by the results that are stored. Latency: delay().get() of
one client, one call after the other, on an idle worker. `ops/bench/celery.py` runs this and prints a table.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid

from fleet import HERE, Fleet, RedisServer
from stage import make_app, raw_broker

SCHEDULE = """
version: 1
pools:
  celery: {{ processes: {processes}, concurrency: {slots}, grace: 5s, celery: {{ queues: [celery] }} }}
"""


class Workers:
    """One Celery worker of a pool, with results and without events."""

    def __init__(self, server, pool, children):
        self.folder = tempfile.mkdtemp(prefix="flotilla-bench-")
        with open(os.path.join(self.folder, "log"), "wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, os.path.join(HERE, "stage.py"), "worker", "--broker", server.url(), "--backend",
                 server.url(1), "-q", "celery", "-p", pool, "-c", str(children), "--prefetch", "64", "--plain",
                 "--loglevel", "ERROR", "--without-gossip", "--without-mingle", "--without-heartbeat"],
                stdout=log, stderr=log, start_new_session=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})

    def close(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def fleet(program, server, processes, slots):
    return Fleet(program, server.url(), server.url(1), processes=processes,
                 schedule=SCHEDULE.format(processes=processes, slots=slots))


def fill(app, count, batch=1000):
    """Pushes copies of a message that the client itself has made, each with an id of its own."""
    client = raw_broker(app)
    app.echo.apply_async((1,), task_id="TASKID", queue="bench-template")
    message = client.rpop("bench-template").decode()
    tag = json.loads(message)["properties"]["delivery_tag"]  # a worker counts what it holds by this
    for start in range(0, count, batch):
        pipe = client.pipeline(transaction=False)
        for _ in range(min(batch, count - start)):
            own = message.replace("TASKID", str(uuid.uuid4())).replace(tag, str(uuid.uuid4()))
            pipe.lpush("celery", own)
        pipe.execute()


def stored(server):
    return int(server.client.execute_command("INFO", "keyspace").get("db1", {}).get("keys", 0))


def drain(server, start, count, limit=300):
    """Starts a worker on a full list; tasks a second."""
    fill(make_app(server.url(), server.url(1)), count)
    worker = start()
    try:
        first, deadline = None, time.monotonic() + limit
        while True:
            done, now = stored(server), time.monotonic()
            if first is None and done >= count // 100:
                first = (done, now)
            if done >= count:
                return (done - first[0]) / max(now - first[1], 0.001)
            if now > deadline:
                sys.exit(f"only {done} of {count} tasks had a result after {limit} s")
            time.sleep(0.02)
    finally:
        worker.close()


def trips(app, count):
    """Milliseconds of each delay().get()."""
    took = []
    for number in range(count):
        begin = time.perf_counter()
        app.echo.delay(number).get(timeout=30)
        took.append((time.perf_counter() - begin) * 1000)
    return took


def latency(program, rounds, calls):
    """Both idle workers in turn; milliseconds by worker."""
    ours, theirs = RedisServer(keeps=False), RedisServer(keeps=False)
    workers = [fleet(program, ours, 1, 8), Workers(theirs, "solo", 1)]
    try:
        apps = [make_app(ours.url(), ours.url(1)), make_app(theirs.url(), theirs.url(1))]
        for app in apps:
            trips(app, 50)
        took = [[], []]
        for turn in range(rounds):
            for which in ((0, 1) if turn % 2 == 0 else (1, 0)):
                took[which] += trips(apps[which], calls)
        return took
    finally:
        for part in (*workers, ours, theirs):
            part.close()


def share(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--program", required=True, help="the flotilla to measure, built for release")
    options.add_argument("--tasks", type=int, default=20_000, help="messages of one drain of Celery")
    options.add_argument("--times", type=int, default=5, help="so many times as many for the fleet, which is quicker")
    options.add_argument("--processes", type=int, default=2)
    options.add_argument("--slots", type=int, default=64)
    options.add_argument("--calls", type=int, default=200, help="delay().get() in each of five turns")
    chosen = options.parse_args()
    figures = {}
    server = RedisServer(keeps=False)
    figures["Celery drain"] = drain(server, lambda: Workers(server, "prefork", 2), chosen.tasks)
    server.close()
    server = RedisServer(keeps=False)
    figures["drain"] = drain(server, lambda: fleet(chosen.program, server, chosen.processes, chosen.slots),
                             chosen.tasks * chosen.times)
    server.close()
    ours, theirs = latency(chosen.program, 5, chosen.calls)
    for name, took in (("", ours), ("Celery ", theirs)):
        figures[name + "p50"], figures[name + "p99"] = share(took, 0.5), share(took, 0.99)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
