"""Events as a monitor receives them: app.events.Receiver and Celery's own State.

    python events.py --broker redis://127.0.0.1:6379/0 --backend redis://127.0.0.1:6379/1 [--watch SECONDS]

With --watch it only prints what arrives, one line an event, for SECONDS.
"""

import collections
import threading
import time

from stage import check, equal, finish, make_app, parser, raises, until

EVERY = {"type", "hostname", "pid", "clock", "timestamp", "utcoffset"}
WORKER = {"freq", "active", "processed", "loadavg", "sw_ident", "sw_ver", "sw_sys"}
RECEIVED = {"uuid", "name", "args", "kwargs", "root_id", "parent_id", "retries", "eta", "expires"}


class Monitor:
    """Receives every event on a thread of its own."""

    def __init__(self, app):
        self.app = app
        self.events = []
        self.state = app.events.State()
        self.ready = threading.Event()
        threading.Thread(target=self.listen, daemon=True).start()
        self.ready.wait(10)

    def listen(self):
        with self.app.connection_for_read() as connection:
            receiver = self.app.events.Receiver(connection, handlers={"*": self.take})
            self.ready.set()
            receiver.capture(limit=None, timeout=None, wakeup=True)

    def take(self, event):
        self.state.event(dict(event))
        self.events.append(dict(event))

    def of(self, uuid):
        """The events of one task. Several nodes may have sent them, and clocks are the same only roughly."""
        found = [event for event in list(self.events) if event.get("uuid") == uuid]
        return sorted(found, key=lambda event: (event["timestamp"], event["clock"]))

    def types(self, uuid):
        """The names of the events of one task, without `task-` and what the producer sent."""
        return [event["type"][5:] for event in self.of(uuid) if event["type"] != "task-sent"]

    def wait(self, uuid, *types):
        """Waits for these events of a task, in this order, and returns them."""
        try:
            until("all events", lambda: self.types(uuid) == list(types), timeout=10)
        except AssertionError:
            raise AssertionError(f"events of the task: got {self.types(uuid)}, wanted {types}") from None
        return {event["type"][5:]: event for event in self.of(uuid)}


def workers(monitor, nodes):
    with check("every node sends heartbeats about every two seconds"):
        def beats(node):
            return [event for event in list(monitor.events)
                    if event["type"] == "worker-heartbeat" and event["hostname"] == node and event["freq"] == 2.0]

        until("three heartbeats of each node", lambda: all(len(beats(node)) >= 3 for node in nodes), timeout=15)
        for node in nodes:
            equal(EVERY | WORKER <= set(beats(node)[0]), True, sorted(beats(node)[0]))
            times = [event["timestamp"] for event in beats(node)]
            gaps = [later - earlier for earlier, later in zip(times, times[1:])]
            equal(all(gap < 4 for gap in gaps), True, gaps)
    with check("Celery's State takes the nodes for alive"):
        alive = {worker.hostname for worker in monitor.state.workers.values() if worker.alive}
        equal(set(nodes) <= alive, True, alive)


def tasks(app, monitor):
    with check("a success is received, started and succeeded"):
        result = app.echo.delay("é")
        result.get(timeout=10)
        events = monitor.wait(result.id, "received", "started", "succeeded")
        equal(EVERY | RECEIVED <= set(events["received"]), True, sorted(events["received"]))
        equal(events["received"]["name"], "flotilla.test.echo")
        equal(events["received"]["args"], "('é',)")
        equal(events["received"]["root_id"], result.id)
        equal(events["succeeded"]["result"], "'é'")
        equal(events["succeeded"]["runtime"] >= 0, True)
        task = monitor.state.tasks[result.id]
        equal((task.state, task.name), ("SUCCESS", "flotilla.test.echo"))
    with check("a failure tells exception and traceback"):
        result = app.fail.delay("boom")
        raises(result, ValueError, "boom")
        events = monitor.wait(result.id, "received", "started", "failed")
        equal(events["failed"]["exception"], "ValueError('boom')")
        equal("ValueError" in events["failed"]["traceback"], True)
    with check("a retry is told each time"):
        result = app.retry.delay(2, 0)
        equal(result.get(timeout=20), 2)
        until("two retries", lambda: monitor.types(result.id).count("retried") == 2)
        until("the success", lambda: monitor.types(result.id)[-1] == "succeeded")
        equal(monitor.types(result.id).count("started"), 3)
    with check("a terminated task is revoked"):
        result = app.sleep.delay(60)
        until("the task has started", lambda: result.state == "STARTED")
        result.revoke(terminate=True)
        event = monitor.wait(result.id, "received", "started", "revoked")["revoked"]
        equal((event["terminated"], event["signum"], event["expired"]), (True, 15, False))
    with check("an expired task is revoked"):
        result = app.echo.apply_async(["late"], expires=-10)
        raises(result, "TaskRevokedError")
        until("the event", lambda: monitor.types(result.id)[-1:] == ["revoked"])
        equal(monitor.of(result.id)[-1]["expired"], True)
    with check("an unknown task fails"):
        result = app.send_task("no.such.task")
        raises(result, "NotRegistered")
        until("the event", lambda: monitor.types(result.id)[-1:] == ["failed"])
        equal("NotRegistered" in monitor.of(result.id)[-1]["exception"], True)
    with check("a task that waits for its time is received at once and started when due"):
        result = app.echo.apply_async([1], countdown=2)
        result.get(timeout=15)
        events = monitor.wait(result.id, "received", "started", "succeeded")
        equal(events["received"]["eta"] is not None, True)
        equal(events["started"]["timestamp"] - events["received"]["timestamp"] > 1, True)
    with check("each of 200 tasks has its events"):
        results = [app.echo.delay(number) for number in range(200)]
        for result in results:
            result.get(timeout=30)
        for result in results:
            monitor.wait(result.id, "received", "started", "succeeded")


def clocks(monitor):
    with check("the clock of each node grows in the order of its events"):
        times = collections.defaultdict(list)
        for event in list(monitor.events):
            if event["type"].startswith("task-") and event["type"] != "task-sent":
                times[event["hostname"]].append(event["clock"])
        equal(bool(times), True, "nodes that sent task events")
        for node, numbers in times.items():
            equal(numbers, sorted(numbers), node)
            equal(len(numbers), len(set(numbers)), node)


def silence(app, monitor):
    with check("disable_events stops task events and not heartbeats"):
        app.control.disable_events(reply=True, timeout=2)
        result = app.echo.delay(1)
        result.get(timeout=10)
        before = sum(event["type"] == "worker-heartbeat" for event in monitor.events)
        until("another heartbeat", lambda: sum(
            event["type"] == "worker-heartbeat" for event in list(monitor.events)) > before)
        equal(monitor.types(result.id), [])
        app.control.enable_events(reply=True, timeout=2)


def main():
    options = parser(__doc__)
    options.add_argument("--watch", type=float, metavar="SECONDS")
    options = options.parse_args()
    app = make_app(options.broker, options.backend, options.prefix)
    monitor = Monitor(app)
    if options.watch:
        shown, end = 0, time.monotonic() + options.watch
        while time.monotonic() < end:
            for event in monitor.events[shown:]:
                shown += 1
                print(event["type"], event["hostname"], event.get("uuid", ""), flush=True)
            time.sleep(0.1)
        return
    nodes = sorted(name for reply in app.control.enable_events(reply=True, timeout=2) for name in reply)
    if not nodes:
        raise SystemExit("no node answers enable_events: start workers first")
    time.sleep(0.5)
    tasks(app, monitor)
    workers(monitor, nodes)
    clocks(monitor)
    silence(app, monitor)
    finish()


if __name__ == "__main__":
    main()
