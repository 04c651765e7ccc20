"""The rounds: ours and the peers in turn, so that a busy moment of the machine meets both."""
import statistics
import sys
import time

import celery as bridge  # celery.py of this folder; Celery itself is only in the peers' environment
import peer_runs
from flotilla import bench
from peer_runs import Unmeasurable

# Jobs of one drain; quick or not, a drain of a peer takes seconds.
CELERY_JOBS, SIDEKIQ_JOBS, DRAMATIQ_JOBS = 1_500, 20_000, 5_000


class Measurements:
    """Values by name and round, and why one could not be had."""

    def __init__(self):
        self.values, self.problems, self.notes = {}, {}, {}
        self.round, self.begun = 0, time.monotonic()
        # What a loop that only counts gets of a core before each measurement, and how fast it counts meanwhile.
        self.shares, self.paces = [], []

    def take(self, name, measure):
        """Runs `measure`, which gives a number or several by name."""
        seconds = int(time.monotonic() - self.begun)
        print(f"  {seconds // 60}:{seconds % 60:02} {name}", file=sys.stderr, flush=True)
        share, pace = counting()
        self.shares.append(share)
        self.paces.append(pace)
        try:
            got = measure()
        except (Unmeasurable, OSError, ValueError) as error:
            self.problems[name] = str(error)
            return
        for key, value in (got if isinstance(got, dict) else {name: got}).items():
            self.values.setdefault(key, {})[self.round] = value
        for key, note in getattr(got, "notes", {}).items():
            if note:
                self.notes[key] = note

    def median(self, name):
        return statistics.median(self.values[name].values()) if self.values.get(name) else None

    def median_ratio(self, above, below):
        """Of the quotients within each round in which both were had; None without any."""
        one, other = self.values.get(above, {}), self.values.get(below, {})
        quotients = [one[number] / other[number] for number in one if other.get(number)]
        return statistics.median(quotients) if quotients else None

    def best(self, name, *parts):
        """In each round the best of several settings."""
        for part in parts:
            for number, value in self.values.get(part, {}).items():
                rounds = self.values.setdefault(name, {})
                rounds[number] = max(value, rounds.get(number, value))
        if name not in self.values:
            self.problems[name] = next((self.problems[part] for part in parts if part in self.problems), "not run")


def counting():
    """The share of a core that a loop gets which only counts, and millions of rounds that it does in a second of that.

    A share of less than 1 says how much other work of this machine keeps from running what is measured; a slower pace,
    how much the machine itself is held up, as a virtual one is by its neighbours.
    """
    wall, used, rounds = time.monotonic(), time.process_time(), 0
    while time.monotonic() - wall < 0.1:
        for _ in range(1_000):
            rounds += 1
    used = time.process_time() - used
    return used / (time.monotonic() - wall), rounds / max(used, 0.001) / 1e6


def run(program, quick):
    got = Measurements()
    for got.round in range(1 if quick else 3):
        speeds(got, program, quick)
    got.best("Celery", "Celery, early", "Celery, late")
    got.best("Sidekiq", "Sidekiq, 10", "Sidekiq, 25")
    got.take("start", lambda: prefixed("start", bench(program, "start", "--starts", 5 if quick else 15)))
    got.take("memory", lambda: prefixed("memory", bench(program, "memory", "--seconds", 5 if quick else 10)))
    got.take("schedule", lambda: prefixed("schedule", bench(program, "schedule", "--seconds", 20 if quick else 60)))
    growth = ["--seconds", 1, "--rounds", 1] if quick else ["--seconds", 3, "--rounds", 3]
    got.take("growth", lambda: prefixed("growth", bench(program, "growth", *growth)))
    return got


def speeds(got, program, quick):
    """What is set against peers or against the server, one round."""
    got.take("drain", lambda: prefixed("drain", bench(program, "drain", "--jobs", 200_000)))
    for slots in (8, 10):
        scenario = f"drain, {slots} slots"
        got.take(scenario, lambda: prefixed(
            scenario, bench(program, "drain", "--jobs", 50_000, "--concurrency", slots)))
    got.take("Celery, early", lambda: peer_runs.celery(late=False).drain(CELERY_JOBS))
    got.take("Celery, late", lambda: peer_runs.celery(late=True).drain(CELERY_JOBS))
    got.take("bridge", lambda: bridge.measured(
        program, tasks=3_000 if quick else 10_000, calls=100 if quick else 200))
    got.take("Sidekiq, 10", lambda: peer_runs.sidekiq(10).drain(SIDEKIQ_JOBS))
    got.take("Sidekiq, 25", lambda: peer_runs.sidekiq(25).drain(SIDEKIQ_JOBS))
    got.take("Dramatiq", lambda: peer_runs.dramatiq().drain(DRAMATIQ_JOBS))
    got.take("enqueue", lambda: prefixed("enqueue", bench(program, "enqueue", "--jobs", 10_000)))
    got.take("Sidekiq, one a call", lambda: peer_runs.sidekiq(10).enqueue("one", 10_000))
    got.take("Sidekiq, bulk", lambda: peer_runs.sidekiq(10).enqueue("bulk", 100_000))
    got.take("latency", lambda: prefixed("latency", bench(program, "latency", "--jobs", 1_000 if quick else 2_000)))
    got.take("evaluation", lambda: prefixed("evaluation", bench(program, "evaluation", "--rounds", 20)))


class Named(dict):
    notes = {}


def prefixed(scenario, figures):
    """The figures of one scenario under `<scenario>: <name>`."""
    named = Named((f"{scenario}: {name}", value) for name, value in figures.items())
    named.notes = {f"{scenario}: {name}": note for name, note in figures.notes.items()}
    return named
