"""Celery's own workers and a fleet take the same queue under load while both are killed at random.

Each task has a result in the end, and each that ran twice was held by a process that was killed.
"""

import argparse
import collections
import json
import random
import sys
import time

from fleet import CeleryWorkers, Fleet, RedisServer
from kills import Killer
from stage import MARKS, RUNS, check, end_on_sigterm, equal, finish, make_app, until


def publish(app, tasks, seconds):
    ids, start = [], time.monotonic()
    while len(ids) < tasks:
        id = f"mixed-{len(ids)}"
        app.record.apply_async((id,), task_id=id)
        ids.append(id)
        late = start + seconds * len(ids) / tasks - time.monotonic()
        if late > 0:
            time.sleep(late)
    return ids


def missing(app, ids):
    """Ids without a final result."""
    client, found = app.backend.client, []
    for start in range(0, len(ids), 500):
        part = ids[start:start + 500]
        values = client.mget([app.backend.get_key_for_task(id) for id in part])
        found += [id for id, value in zip(part, values)
                  if value is None or json.loads(value)["status"] not in ("SUCCESS", "FAILURE", "REVOKED")]
    return found


def explained(count, runs, kills, held_by_fleet):
    """Whether kills account for each run of a task but one.

    runs: (process, epoch seconds) of those runs that Celery's workers did; kills: epoch seconds and processes;
    held_by_fleet: how often a worker of the fleet was killed while it ran the task.
    """
    held = sum(1 for pid, at in runs if any(pid in pids and 0 <= when - at < 10 for when, pids in kills))
    return count <= 1 + held + held_by_fleet


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--program", required=True, help="the flotilla that takes part")
    options.add_argument("--python", default=sys.executable, help="the Python whose Celery takes part")
    options.add_argument("--tasks", type=int, default=10_000)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--limit", type=float, default=180, help="seconds until all results have to be there")
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    chosen = options.parse_args()
    print(f"seed {chosen.seed}", flush=True)
    end_on_sigterm()
    server = RedisServer()
    broker, backend = server.url(), server.url(1)
    workers = CeleryWorkers(chosen.python, broker, backend)
    fleet = Fleet(chosen.program, broker, backend, processes=4, concurrency=4, visibility="8s")
    try:
        app = make_app(broker, backend)
        app.echo.delay(0).get(timeout=30)
        killers = [Killer(fleet.kill_one, (2.0, 4.0), chosen.seed),
                   Killer(workers.kill_one, (2.0, 5.0), chosen.seed + 1)]
        for killer in killers:
            killer.start()
        ids = publish(app, chosen.tasks, chosen.seconds)
        for killer in killers:
            killer.stop()
        verdict(app, ids, chosen.limit, killers, server, fleet)
    finally:
        fleet.close()
        workers.close()
        server.close()
    finish()


def verdict(app, ids, limit, killers, server, fleet):
    with check(f"each of {len(ids)} tasks has a result"):
        try:
            until("all results", lambda: not missing(app, ids), timeout=limit, every=1)
        except AssertionError as error:
            raise AssertionError(f"{error}: {missing(app, ids)[:10]}") from error
    counts = collections.Counter(mark.decode() for mark in server.client.lrange(MARKS, 0, -1))
    runs = collections.defaultdict(list)
    for entry in server.client.lrange(RUNS, 0, -1):
        id, pid, at = json.loads(entry)
        runs[id].append((pid, at))
    theirs = sum(len(entry) for entry in runs.values())
    kills = [(when, [victim] if isinstance(victim, int) else victim) for killer in killers for when, victim in
             killer.kills]
    twice = [id for id, count in counts.items() if count > 1]
    print(f"{theirs} runs by Celery, {sum(counts.values()) - theirs} by the fleet; killed: {len(killers[0].kills)} of "
          f"the fleet, {len(killers[1].kills)} of Celery; {len(twice)} tasks ran more than once", flush=True)
    with check("both sides took part"):
        equal(theirs > len(ids) / 20 and sum(counts.values()) - theirs > len(ids) / 20, True)
    with check("each task ran"):
        equal(sorted(set(ids) - set(counts)), [], "tasks that did not run")
    with check("what ran twice is explained by a kill"):
        odd = [id for id in twice if not explained(counts[id], runs[id], kills, fleet.held[id])]
        for id in odd[:5]:
            print(f"{id}: {counts[id]} runs, of Celery {runs[id]}, kills in the fleet {fleet.held[id]}", flush=True)
        equal(odd, [], "tasks that ran again for no reason")


if __name__ == "__main__":
    main()
