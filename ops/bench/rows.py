"""The goals: what is measured, against what, and when it holds."""
from dataclasses import dataclass, field


@dataclass
class Row:
    """One line of the table.

    measured, against: names of measurements; the ratio is measured / against, in the same round. Without `against` the
    figure itself is held to the goal. `least` or `most`: the goal; neither for a line that is only told.
    """

    id: str
    what: str
    unit: str
    measured: str
    against: str = ""
    least: float | None = None
    most: float | None = None
    goal: str = ""
    # The `flotilla bench` words whose profile shows where the time goes.
    profile: list = field(default_factory=list)


DRAIN = "drain: drain"
ONE, BULK = "enqueue: one a call", "enqueue: a thousand a call"
LATENCY, TRIP = "latency: enqueue to start, ", "latency: round trip, p50"

ROWS = [
    Row("drain-ceiling", "drain, against redis-server's own ceiling", "jobs/s", DRAIN,
        "drain: ceiling of redis-server", least=0.6, goal="60 % of the ceiling", profile=["drain"]),
    # What users run: 8 slots is the default of a pool.
    Row("drain-8", "drain with 8 slots, as in the shipped schedule", "jobs/s", "drain, 8 slots: drain", goal="told only"),
    Row("drain-10", "drain with 10 slots", "jobs/s", "drain, 10 slots: drain", goal="told only"),
    Row("drain-celery", "drain, against Celery prefork (the better of late and early ack)", "jobs/s", DRAIN, "Celery",
        least=100, goal="100 x", profile=["drain"]),
    Row("bridge-drain", "drain of Celery's messages with results, against Celery prefork", "tasks/s", "bridge: drain",
        "bridge: Celery drain", least=40, goal="40 x"),
    Row("bridge-p50", "delay().get() on an idle fleet, p50, against a Celery solo worker", "ms", "bridge: p50",
        "bridge: Celery p50", most=1, goal="at most as long"),
    Row("bridge-p99", "the same, p99", "ms", "bridge: p99", "bridge: Celery p99", most=1, goal="at most as long"),
    Row("drain-sidekiq", "drain, against Sidekiq (the better of 10 and 25 threads)", "jobs/s", DRAIN, "Sidekiq",
        least=20, goal="20 x", profile=["drain"]),
    Row("drain-dramatiq", "drain, against Dramatiq", "jobs/s", DRAIN, "Dramatiq", least=20, goal="20 x",
        profile=["drain"]),
    Row("enqueue-one", "enqueue, one a call, against Sidekiq's client", "jobs/s", ONE, "Sidekiq, one a call", least=5,
        goal="5 x", profile=["enqueue"]),
    Row("enqueue-trip", "the same, against bare round trips", "jobs/s", ONE,
        "enqueue: bare round trips, one after the other", goal="told only"),
    Row("enqueue-bulk", "enqueue, a thousand a call, against Sidekiq's client, one a call", "jobs/s", BULK,
        "Sidekiq, one a call", least=20, goal="20 x", profile=["enqueue"]),
    Row("enqueue-bulk-bulk", "the same, against Sidekiq's push_bulk", "jobs/s", BULK, "Sidekiq, bulk", goal="told only"),
    Row("latency-p50", "enqueue to start on an idle worker, p50, in round trips", "ms", LATENCY + "p50", TRIP, most=3,
        goal="under 3 x", profile=["latency"]),
    Row("latency-p99", "the same, p99", "ms", LATENCY + "p99", TRIP, most=6, goal="under 6 x", profile=["latency"]),
    Row("idle-pss", "idle worker, 10 slots, all four kinds loaded", "MiB", "memory: idle worker, 10 slots, alone",
        most=20, goal="at most 20 MiB"),
    Row("idle-cpu", "100 idle workers and their redis-server", "% of a core",
        "memory: 100 idle workers and redis-server", most=2, goal="under 2 %",
        profile=["memory", "--jobs", "1000", "--seconds", "60"]),
    Row("start", "start of a worker to its first job done, median", "ms", "start: start to first job done, median",
        most=150, goal="under 150 ms", profile=["start"]),
    Row("growth-waiting", "drain with 1 000 000 waiting, against 1 000 waiting", "jobs/s",
        "growth: drain with 1000000 waiting", "growth: drain with 1000 waiting", least=0.9, goal="0.9 or better",
        profile=["growth", "--rounds", "1"]),
    Row("growth-leased", "claims with 5 000 leased, against none", "jobs/s", "growth: claims with 5000 leased",
        "growth: claims with none leased", least=0.9, goal="0.9 or better"),
    Row("slowest-script", "slowest script, in redis-server's own time", "ms", "growth: slowest script", most=5,
        goal="at most 5 ms", profile=["growth", "--rounds", "1"]),
    Row("slowest-by-clock", "the same by the clock, waiting for a core included", "ms",
        "growth: slowest script, by the clock", goal="told only"),
    Row("evaluation", "evaluation of the demo's 39 bots", "ms of a core", "evaluation: evaluation of 39 bots", most=40,
        goal="under 40 ms", profile=["evaluation", "--rounds", "100"]),
    Row("plan", "planning one tick of 10 000 schedule entries", "ms", "schedule: planning 10000 entries", most=50,
        goal="under 50 ms"),
    Row("next", "the next run of an expression, the slowest of five", "ms", "schedule: the slowest next", most=1,
        goal="under 1 ms"),
    Row("lateness", "lateness of ticks each second, p99, with the fleet busy", "ms", "schedule: lateness, p99",
        most=250, goal="under 250 ms"),
    Row("waiting-bytes", "memory in Redis of a waiting job, payload of 100 bytes", "bytes",
        "memory: waiting job with a payload of 100 bytes", most=400, goal="at most 400"),
    Row("keys-left", "left after a drain and the retention", "keys", "memory: left after a drain and the retention",
        most=0, goal="none"),
]


def result(row, got):
    """What the table says of a row: its figures, and whether the goal holds (None: not measured, or no goal)."""
    measured, against = got.median(row.measured), got.median(row.against) if row.against else None
    ratio = got.median_ratio(row.measured, row.against) if row.against else None
    figure = ratio if row.against else measured
    holds = None
    if figure is not None and (row.least is not None or row.most is not None):
        holds = (row.least is None or figure >= row.least) and (row.most is None or figure <= row.most)
    return {
        "id": row.id, "what": row.what, "unit": row.unit, "measured": measured, "against": against, "ratio": ratio,
        "goal": row.goal, "holds": holds, "note": got.notes.get(row.measured, ""),
        "problem": "" if figure is not None else problem(row, got),
    }


def problem(row, got):
    for name in (row.measured, row.against):
        if name and got.median(name) is None:
            return got.problems.get(name) or got.problems.get(name.split(":")[0], "not measured")
    return "nothing to compare with"
