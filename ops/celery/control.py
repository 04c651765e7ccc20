"""Every remote control method of Celery, as its own clients call it: app.control, app.control.inspect, the command.

    python control.py --broker redis://127.0.0.1:6379/0 --backend redis://127.0.0.1:6379/1 [--fleet] [--read-only]
"""

import json
import os
import subprocess
import sys
import time
import uuid

from stage import check, equal, finish, make_app, parser, raw_broker, until

REQUEST_FIELDS = {
    "id", "name", "args", "kwargs", "type", "hostname", "time_start", "acknowledged", "delivery_info", "worker_pid"}
HOSTILE = [
    ("(a+)+$", "pcre"), ("(.*)*(.*)*(.*)*(.*)*x", "pcre"), ("((a{999}){999}){999}", "pcre"), ("(" * 900, "pcre"),
    ("(?=x)\\1", "pcre"), ("[", "glob"), ("*" * 50 + "x", "glob"), ("a" * 100_000, "glob"), ("*", "no-such-matcher"),
    ("(" * 20 + "@?" + ")*" * 20, "pcre")]


class Nodes:
    """The nodes that answer, and requests to the first of them."""

    def __init__(self, app):
        self.app = app
        self.names = sorted(name for reply in app.control.ping(timeout=2) for name in reply)
        if not self.names:
            raise SystemExit("no node answers ping: start workers first")
        self.first = self.names[0]

    def inspect(self, method, *words, **options):
        """The answer of the first node."""
        inspect = self.app.control.inspect(destination=[self.first], timeout=5)
        answer = getattr(inspect, method)(*words, **options)
        return (answer or {})[self.first]

    def ask(self, method, everywhere=False, **arguments):
        """The answer of the first node to a control request."""
        destination = self.names if everywhere else [self.first]
        replies = self.app.control.broadcast(
            method, arguments=arguments, destination=destination, reply=True, timeout=5)
        return {name: answer for reply in replies for name, answer in reply.items()}[self.first]


def command(options, *words):
    """Runs the celery command and gives its output."""
    place = [sys.executable, "-m", "celery", "-A", "control:application"]
    environment = dict(
        os.environ, STAGE_BROKER=options.broker, STAGE_BACKEND=options.backend, STAGE_PREFIX=options.prefix or "")
    done = subprocess.run(
        place + list(words), capture_output=True, text=True, timeout=60, env=environment,
        cwd=os.path.dirname(os.path.abspath(__file__)))
    return done.returncode, done.stdout + done.stderr


def reach(app, nodes, options):
    with check("ping is answered by every node"):
        equal(app.control.ping(destination=nodes.names, timeout=5)[0][nodes.names[0]] if len(nodes.names) == 1
              else {"ok": "pong"}, {"ok": "pong"})
        equal(sorted(app.control.inspect(timeout=2).ping()), nodes.names)
    with check("destination reaches only the node that it names"):
        equal(app.control.ping(destination=[nodes.first], timeout=2), [{nodes.first: {"ok": "pong"}}])
        equal(app.control.ping(destination=["nobody@nowhere"], timeout=1), [])
    with check("a glob pattern reaches the nodes that it fits"):
        pattern = "*@" + nodes.first.split("@")[1]
        found = app.control.inspect(pattern=pattern, matcher="glob", timeout=2).ping()
        equal(nodes.first in found, True)
        equal(app.control.inspect(pattern="no-*-such", matcher="glob", timeout=1).ping(), None)
    with check("a regular expression reaches the nodes that it fits"):
        found = app.control.inspect(pattern=r"^[\w.-]+@.+$", matcher="pcre", timeout=2).ping()
        equal(sorted(found), nodes.names)
        equal(app.control.inspect(pattern=r"x{3}nobody", matcher="pcre", timeout=1).ping(), None)
    with check("celery status prints each node as OK"):
        code, text = command(options, "status")
        equal(code, 0, text)
        equal(all(f"{name}: OK" in text for name in nodes.names), True, text)
    with check("celery inspect active_queues prints the queues"):
        code, text = command(options, "inspect", "active_queues", "--json")
        equal((code, nodes.first in text), (0, True), text)


def tasks(app, nodes):
    with check("active shows a running task with its arguments"):
        result = app.sleep.delay(3)
        inspect = app.control.inspect(destination=nodes.names, timeout=3)
        request = until("the task is active", lambda: next(
            (task for each in (inspect.active() or {}).values() for task in each if task["id"] == result.id), None))
        equal(set(request), REQUEST_FIELDS, "fields")
        equal((request["name"], request["args"], request["kwargs"]), ("flotilla.test.sleep", [3], {}))
        equal(abs(request["time_start"] - time.time()) < 60, True, "time_start")
        found = inspect.query_task(result.id)
        states = [answer[result.id][0] for answer in found.values() if result.id in answer]
        equal(states, ["active"], "query_task")
        equal(result.get(timeout=10), 3)
    with check("scheduled and query_task show a task that waits for its time, once"):
        result = app.echo.apply_async(["later"], countdown=60)
        inspect = app.control.inspect(destination=nodes.names, timeout=3)

        def waiting():
            answers = (inspect.scheduled() or {}).values()
            return [task for each in answers for task in each if task["request"]["id"] == result.id]

        found = until("the task is scheduled", waiting)
        equal(len(found), 1, "nodes that list it")
        equal(set(found[0]), {"eta", "priority", "request"})
        equal(set(found[0]["request"]), REQUEST_FIELDS)
        states = [each[result.id][0] for each in inspect.query_task(result.id).values() if result.id in each]
        equal(states, ["scheduled"], "query_task")
        result.revoke()
    with check("reserved is a list of requests"):
        equal(isinstance(nodes.inspect("reserved"), list), True)
    with check("query_task of an unknown id has no entry"):
        equal(nodes.inspect("query_task", "no-such-id"), {})


def facts(app, nodes, options):
    with check("registered lists the tasks without Celery's own"):
        names = nodes.inspect("registered")
        equal("flotilla.test.echo" in names, True, names)
        equal([name for name in names if name.startswith("celery.")], [])
        equal(names, sorted(names))
    with check("stats has what Flower needs"):
        stats = nodes.inspect("stats")
        for name in ("total", "pid", "clock", "uptime", "pool", "broker", "prefetch_count", "rusage"):
            equal(name in stats, True, name)
        equal(stats["broker"]["transport"], "redis")
        equal(stats["pool"]["max-concurrency"] >= 1, True)
    with check("conf names broker and results and hides passwords"):
        conf = nodes.inspect("conf")
        equal(conf["broker_url"].startswith("redis://"), True)
        equal("result_backend" in conf, True)
    with check("report tells software and settings"):
        report = nodes.inspect("report")["ok"]
        equal(all(word in report for word in ("software -> ", "platform -> ", "settings -> ", "broker_url")), True)
    with check("active_queues describes the queues"):
        queues = {queue["name"]: queue for queue in nodes.inspect("active_queues")}
        equal("celery" in queues, True, list(queues))
        equal(queues["celery"]["exchange"]["name"], "celery")
        equal(queues["celery"]["routing_key"], "celery")
    with check("clock grows"):
        first = nodes.inspect("clock")["clock"]
        equal(nodes.inspect("clock")["clock"] > first, True)
    with check("hello gives revoked ids and the clock"):
        answer = nodes.ask("hello", from_node="stranger@nowhere", revoked=[])
        equal(isinstance(answer["clock"], int), True)
        equal(isinstance(answer["revoked"], (list, dict)), True)
        equal("clock" in nodes.ask("hello", from_node="stranger@nowhere", revoked={}), True)
    with check("heartbeat is answered with null"):
        equal(nodes.ask("heartbeat"), None)


def errors(app, nodes, options):
    with check("an unknown method is a KeyError"):
        equal(nodes.ask("no_such_command"), {"error": "KeyError('no_such_command')"})
    with check("missing arguments are a TypeError"):
        equal("TypeError" in nodes.ask("rate_limit", bogus=1)["error"], True)
    with check("pool_restart is not enabled"):
        equal(nodes.ask("pool_restart"), {"error": "ValueError('Pool restarts not enabled')"})
    with check("hostile patterns get no answer and hang nobody"):
        for pattern, matcher in HOSTILE if options.fleet else []:
            app.control.broadcast("ping", pattern=pattern, matcher=matcher)
        start = time.monotonic()
        equal(app.control.ping(destination=[nodes.first], timeout=5), [{nodes.first: {"ok": "pong"}}])
        equal(time.monotonic() - start < 2, True, "seconds until the next answer")
    if not options.fleet:
        return
    with check("arguments of wrong types are errors"):
        wrong = [
            ("revoke", {"task_id": 7}), ("revoke", {"task_id": {"a": 1}}), ("rate_limit", {
                "task_name": 5, "rate_limit": "1/s"}), ("pool_grow", {"n": "many"}), ("pool_grow", {"n": -1}),
            ("time_limit", {"task_name": "flotilla.test.echo", "hard": "soon"}), ("add_consumer", {"queue": ""}),
            ("revoke", {"task_id": "x", "terminate": True, "signal": "SIGNOPE"}), ("query_task", {"ids": 5}),
            ("revoke_by_stamped_headers", {"headers": 5}), ("autoscale", {"max": [], "min": 1})]
        for method, arguments in wrong:
            answer = nodes.ask(method, **arguments)
            equal(isinstance(answer, dict) and "error" in answer, True, f"{method} {arguments}: {answer}")
    with check("garbage on the channel is ignored"):
        client = raw_broker(app)
        database = client.connection_pool.connection_kwargs.get("db", 0)
        channel = f"{options.prefix or ''}/{database}.celery.pidbox"
        bodies = [b"", b"\xff\xfe", b"null", b"[]", b"{}", b'{"body": 5}', b'{"body": "!!!", "properties": {'
                  b'"body_encoding": "base64"}}', b'{"body": "[1]"}', b"[" * 5000, b'{"body": "{\\"method\\": 5}"}',
                  b'{"body": "{\\"method\\": \\"ping\\", \\"reply_to\\": 5}", "headers": {"clock": 1e400}}',
                  b'{"body": "x", "content-type": "application/x-python-serialize"}']
        for body in bodies:
            client.publish(channel, body)
        equal(app.control.ping(destination=[nodes.first], timeout=5), [{nodes.first: {"ok": "pong"}}])
    with check("a client that is gone leaves no list behind"):
        oid = str(uuid.uuid4())
        body = {"method": "ping", "arguments": {}, "destination": None, "pattern": None, "matcher": None,
                "ticket": "t", "reply_to": {"exchange": "reply.celery.pidbox", "routing_key": oid}}
        message = {"body": json.dumps(body), "content-type": "application/json", "headers": {}, "properties": {}}
        client.publish(channel, json.dumps(message))
        equal(app.control.ping(destination=[nodes.first], timeout=5), [{nodes.first: {"ok": "pong"}}])
        equal(client.exists(f"{options.prefix or ''}{oid}.reply.celery.pidbox"), 0)


def limits(app, nodes, options):
    echo, done = "flotilla.test.echo", {"ok": "new rate limit set successfully"}
    with check("rate_limit is set, shown and taken away"):
        equal(nodes.ask("rate_limit", True, task_name=echo, rate_limit="10/m"), done)
        equal(f"{echo} [rate_limit=10/m]" in nodes.inspect("registered"), True)
        equal(nodes.ask("rate_limit", True, task_name=echo, rate_limit=0), {"ok": "rate limit disabled successfully"})
        equal(any("rate_limit=10/m" in name for name in nodes.inspect("registered")), False)
    with check("rate_limit refuses unknown tasks and bad rates"):
        equal(nodes.ask("rate_limit", task_name="nope", rate_limit="10/m"), {"error": "unknown task"})
        if options.fleet:
            answer = nodes.ask("rate_limit", task_name=echo, rate_limit="often")
            equal("Invalid rate limit" in answer["error"], True, answer)
    with check("a rate limit holds tasks up"):
        equal(nodes.ask("rate_limit", True, task_name=echo, rate_limit="2/s"), done)
        try:
            start = time.monotonic()
            results = [app.echo.delay(number) for number in range(2 * len(nodes.names) + 3)]
            equal([result.get(timeout=30) for result in results], list(range(len(results))))
            equal(time.monotonic() - start > 0.9, True, f"seconds {time.monotonic() - start:.2f}")
        finally:
            nodes.ask("rate_limit", True, task_name=echo, rate_limit=0)
    with check("time_limit is set"):
        answer = {"ok": "time limits set successfully"}
        equal(nodes.ask("time_limit", True, task_name=echo, hard=50, soft=40), answer)
        equal(nodes.ask("time_limit", True, task_name=echo, hard=None, soft=None), answer)
        equal(nodes.ask("time_limit", task_name="nope", hard=5), {"error": "unknown task"})
    if options.fleet:
        with check("a time limit that was set ends a task"):
            name = "flotilla.test.sleep"
            nodes.ask("time_limit", True, task_name=name, hard=1, soft=None)
            try:
                try:
                    app.sleep.delay(20).get(timeout=15)
                    raise AssertionError("the task returned")
                except Exception as error:
                    equal(type(error).__name__, "TimeLimitExceeded", str(error))
            finally:
                nodes.ask("time_limit", True, task_name=name, hard=None, soft=None)


def changes(app, nodes, options):
    with check("pool_grow and pool_shrink are obeyed"):
        equal(nodes.ask("pool_grow", n=1), {"ok": "pool will grow"})
        equal(nodes.ask("pool_shrink", n=1), {"ok": "pool will shrink"})
    with check("autoscale sets the bounds, or says that it cannot"):
        answer = nodes.ask("autoscale", max=len(nodes.names), min=len(nodes.names))
        equal("ok" in answer or "error" in answer, True)
        if options.fleet:
            equal(answer["ok"].startswith("autoscale now max="), True, answer)
    with check("add_consumer takes tasks from a new queue"):
        queue = f"extra-{uuid.uuid4().hex[:8]}"
        equal(nodes.ask("add_consumer", True, queue=queue, exchange=None, exchange_type="direct", routing_key=None),
              {"ok": f"add consumer {queue}"})
        until("the queue is listed", lambda: queue in [each["name"] for each in nodes.inspect("active_queues")])
        equal(app.echo.apply_async(["extra"], queue=queue).get(timeout=10), "extra")
    with check("cancel_consumer leaves the tasks of a queue alone"):
        equal(nodes.ask("cancel_consumer", True, queue=queue), {"ok": f"no longer consuming from {queue}"})
        until("the queue is gone", lambda: queue not in [each["name"] for each in nodes.inspect("active_queues")])
        time.sleep(1.5)
        result = app.echo.apply_async(["left"], queue=queue)
        time.sleep(1.5)
        equal(result.state, "PENDING")
        raw_broker(app).delete((options.prefix or "") + queue)
    with check("events are enabled and disabled"):
        nodes.ask("enable_events")
        equal(nodes.ask("enable_events"), {"ok": "task events already enabled"})
        equal(nodes.ask("disable_events"), {"ok": "task events disabled"})
        equal(nodes.ask("disable_events"), {"ok": "task events already disabled"})
        equal(nodes.ask("enable_events"), {"ok": "task events enabled"})


def revoking(app, nodes):
    with check("revoke flags one id and many"):
        first, second = str(uuid.uuid4()), str(uuid.uuid4())
        equal(nodes.ask("revoke", task_id=first), {"ok": f"tasks {{'{first}'}} flagged as revoked"})
        answer = nodes.ask("revoke", task_id=[first, second], terminate=False, signal="SIGTERM")["ok"]
        equal(first in answer and second in answer, True, answer)
        revoked = nodes.inspect("revoked")
        equal(first in revoked and second in revoked, True)
    with check("terminate of unknown tasks says so"):
        unknown = str(uuid.uuid4())
        equal(nodes.ask("revoke", task_id=unknown, terminate=True), {"ok": "terminate: tasks unknown"})
        equal(nodes.ask("terminate", task_id=unknown, signal="SIGTERM"), {"ok": "terminate: tasks unknown"})
    with check("revoke_by_stamped_headers flags stamps"):
        stamp = uuid.uuid4().hex
        equal(nodes.ask("revoke_by_stamped_headers", headers={"stamp": stamp}, terminate=False, signal="SIGTERM"),
              {"ok": f"headers {{'stamp': '{stamp}'}} flagged as revoked, but not terminated"})
        answer = nodes.ask("revoke_by_stamped_headers", headers={"stamp": [stamp]}, terminate=True)
        equal("were not terminated" in answer["ok"], True, answer)


def read_only(app, nodes):
    reads = ["ping", "active", "reserved", "scheduled", "registered", "stats", "conf", "report", "active_queues",
             "revoked", "clock", "heartbeat"]
    with check("reads are answered"):
        for method in reads:
            answer = nodes.ask(method)
            equal(isinstance(answer, dict) and "error" in answer, False, f"{method}: {answer}")
    changing = [
        ("revoke", {"task_id": "x"}), ("terminate", {"task_id": "x", "signal": "SIGTERM"}),
        ("revoke_by_stamped_headers", {"headers": {"a": "b"}}), ("pool_grow", {"n": 1}), ("pool_shrink", {"n": 1}),
        ("rate_limit", {"task_name": "flotilla.test.echo", "rate_limit": "1/s"}), ("autoscale", {"max": 2, "min": 1}),
        ("time_limit", {"task_name": "flotilla.test.echo", "hard": 1}), ("add_consumer", {"queue": "q"}),
        ("cancel_consumer", {"queue": "celery"}), ("pool_restart", {}), ("disable_events", {}), ("shutdown", {})]
    with check("changes are refused with a sentence"):
        for method, arguments in changing:
            answer = nodes.ask(method, **arguments)
            equal("read-only" in (answer or {}).get("error", ""), True, f"{method}: {answer}")
        equal(nodes.ask("ping"), {"ok": "pong"})
        equal(app.echo.delay(1).get(timeout=10), 1)


def shutdown(app, nodes):
    with check("shutdown drains one node: its running tasks end"):
        results = [app.sleep.delay(2) for _ in range(2)]
        time.sleep(0.5)
        app.control.shutdown(destination=[nodes.first])
        equal([result.get(timeout=20) for result in results], [2, 2])
        until("the node is gone or new", lambda: nodes.first not in [
            name for reply in app.control.ping(timeout=1) for name in reply], timeout=20)


def main():
    options = parser(__doc__)
    options.add_argument("--read-only", action="store_true", help="the pool has control: read-only")
    options.add_argument("--shutdown", action="store_true", help="shut the first node down at the end")
    options = options.parse_args()
    app = make_app(options.broker, options.backend, options.prefix)
    nodes = Nodes(app)
    if options.read_only:
        read_only(app, nodes)
        return finish()
    reach(app, nodes, options)
    tasks(app, nodes)
    facts(app, nodes, options)
    errors(app, nodes, options)
    limits(app, nodes, options)
    revoking(app, nodes)
    changes(app, nodes, options)
    if options.shutdown:
        shutdown(app, nodes)
    finish()


if "STAGE_BROKER" in os.environ:
    # What the celery command loads.
    application = make_app(os.environ["STAGE_BROKER"], os.environ["STAGE_BACKEND"], os.environ["STAGE_PREFIX"] or None)

if __name__ == "__main__":
    main()
