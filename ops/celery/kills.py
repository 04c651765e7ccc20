"""Kills worker processes with -9 while thousands of tasks run: each get() returns, and each chord's body runs once.

Starts a redis-server and a fleet of its own. Without --program it kills Celery's own workers, for comparison.
"""

import argparse
import collections
import random
import sys
import threading
import time
import uuid

from celery import chord, group

from fleet import CeleryWorkers, Fleet, RedisServer
from stage import MARKS, Count, check, end_on_sigterm, equal, finish, make_app


class Killer(threading.Thread):
    """Kills one process after the other until it is stopped."""

    def __init__(self, kill, pause, seed):
        super().__init__(daemon=True)
        self.kill, self.pause, self.random = kill, pause, random.Random(seed)
        self.ended, self.kills = threading.Event(), []

    def run(self):
        while not self.ended.wait(self.random.uniform(*self.pause)):
            victim = self.kill(self.random)
            if victim is not None:
                self.kills.append((time.time(), victim))

    def stop(self):
        self.ended.set()
        self.join()


def publish(app, tasks, seconds):
    """Sends singles, groups of ten and chords of ten, evenly over some seconds; returns what to wait for."""
    singles, groups, chords, sent, start = [], [], [], 0, time.monotonic()
    while sent < tasks:
        turn = len(groups) + len(chords)
        if sent % 50 == 0 and turn % 2 == 0:
            members = [app.echo.s(f"{sent}/{n}") if n % 3 else app.sleep.s(0.05) for n in range(10)]
            groups.append((group(members).apply_async(), [f"{sent}/{n}" if n % 3 else 0.05 for n in range(10)]))
            sent += 10
        elif sent % 50 == 0:
            body = str(uuid.uuid4())
            members = [app.sleep.s(0.03) if n % 4 == 0 else app.echo.s(n) for n in range(9)]
            chords.append((chord(members)(app.record.si(body).set(task_id=body)), body))
            sent += 10
        else:
            singles.append((app.echo.delay(sent), sent) if sent % 5 else (app.sleep.delay(0.05), 0.05))
            sent += 1
        late = start + seconds * sent / tasks - time.monotonic()
        if late > 0:
            time.sleep(late)
    return singles, groups, chords


def every(results, timeout):
    """Waits for each result; names those that do not come or are not as sent."""
    wrong, deadline = [], time.monotonic() + timeout
    for result, wanted in results:
        try:
            got = result.get(timeout=max(0.1, deadline - time.monotonic()))
        except Exception as error:
            wrong.append(f"{result.id}: {type(error).__name__}: {error}")
            continue
        if got != wanted:
            wrong.append(f"{result.id}: {got!r}, wanted {wanted!r}")
    if wrong:
        print("\n".join(wrong[:20]), flush=True)
        raise AssertionError(f"{len(wrong)} of {len(results)}: {'; '.join(wrong[:5])}")


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--program", help="the flotilla to kill")
    options.add_argument("--tasks", type=int, default=5000)
    options.add_argument("--seconds", type=float, default=35, help="over which the tasks are sent")
    options.add_argument("--limit", type=float, default=120, help="seconds until all results have to be there")
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    chosen = options.parse_args()
    print(f"seed {chosen.seed}", flush=True)
    end_on_sigterm()
    server = RedisServer()
    fleet = (Fleet(chosen.program, server.url(), server.url(1), processes=8, concurrency=4) if chosen.program
             else CeleryWorkers(sys.executable, server.url(), server.url(1)))
    try:
        app = make_app(server.url(), server.url(1))
        app.echo.delay(0).get(timeout=30)
        killer = Killer(fleet.kill_one, (1.0, 2.0), chosen.seed)
        killer.start()
        singles, groups, chords = publish(app, chosen.tasks, chosen.seconds)
        with check(f"{len(singles)} single tasks return"):
            every(singles, chosen.limit)
        killer.stop()
        with check(f"{len(groups)} groups of ten return"):
            every(groups, chosen.limit)
        with check(f"{len(chords)} chords return"):
            every([(result, None) for result, _ in chords], chosen.limit)
        print(f"{len(killer.kills)} processes killed", flush=True)
        with check("workers were killed under load"):
            equal(len(killer.kills) >= chosen.seconds / 3, True)
        with check("each body of a chord ran once"):
            bodies(fleet, server, [body for _, body in chords])
        if Count.failed and isinstance(fleet, Fleet):
            print(fleet.tail(), flush=True)
    finally:
        fleet.close()
        server.close()
    finish()


def bodies(fleet, server, wanted):
    """Each body has run; one that ran again did so because its own worker was killed."""
    runs = collections.Counter(mark.decode() for mark in server.client.lrange(MARKS, 0, -1))
    equal(sorted(set(wanted) - set(runs)), [], "bodies that did not run")
    for body, count in runs.items():
        if count > 1:
            killed = fleet.held[body] if isinstance(fleet, Fleet) else 0
            print(f"body {body} ran {count} times, its worker was killed {killed} times", flush=True)
            equal(count <= 1 + killed, True, "explained by kills")


if __name__ == "__main__":
    main()
