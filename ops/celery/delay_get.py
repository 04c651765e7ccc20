"""What a client does with single tasks: delay(), get(), options of apply_async, states and the stored result."""

import datetime
import decimal
import json
import math
import time
import uuid
import warnings

from celery.result import AsyncResult, ResultSet
from kombu import compression

from bad_messages import envelope
from stage import (
    TIMEOUT, by_id, check, equal, finish, key, make_app, parser, raises, raw_broker, until)

UTC = datetime.timezone.utc


def values(app):
    with check("delay and get"):
        equal(app.echo.delay(41).get(timeout=TIMEOUT), 41)
    with check("kwargs and unicode"):
        text = "Grüße, 世界, \U0001f680, \"quoted\" \\ \u0001 \x7f"
        equal(app.echo.delay(x=text).get(timeout=TIMEOUT), text)
        equal(app.echo.delay({text: [text]}).get(timeout=TIMEOUT), {text: [text]})
    with check("nan and infinity"):
        got = app.echo.delay([float("nan"), float("inf"), float("-inf")]).get(timeout=TIMEOUT)
        if not (math.isnan(got[0]) and got[1] == math.inf and got[2] == -math.inf):
            raise AssertionError(f"got {got}")
    with check("numbers of any size"):
        numbers = [0, -1, 2**63, 2**200, -(2**64), 0.1, 1e300, 5e-324, 1.0, True, None]
        got = app.echo.delay(numbers).get(timeout=TIMEOUT)
        equal(got, numbers)
        equal([type(x) for x in got], [type(x) for x in numbers], "types")
    with check("typed values"):
        typed = [datetime.datetime(2026, 3, 29, 1, 2, 3, 456000, tzinfo=UTC), datetime.date(2026, 3, 29),
                 datetime.time(1, 2, 3), decimal.Decimal("12.3400"), uuid.UUID(int=7), b"text", b"\xff\x00"]
        equal(app.echo.delay(typed).get(timeout=TIMEOUT), typed)
    with check("nothing, no argument and deep nesting"):
        equal(app.echo.delay(None).get(timeout=TIMEOUT), None)
        equal(app.echo.delay().get(timeout=TIMEOUT), None)
        deep = []
        for _ in range(100):
            deep = [deep]
        equal(app.echo.delay(deep).get(timeout=TIMEOUT), deep)
    with check("a megabyte"):
        text = "x" * 1_000_000
        equal(app.echo.delay(text).get(timeout=TIMEOUT), text)
    with check("two hundred at once"):
        results = [app.echo.delay(n) for n in range(200)]
        equal([result.get(timeout=TIMEOUT) for result in results], list(range(200)))


def times(app):
    now = datetime.datetime.now(UTC)
    soon = now + datetime.timedelta(seconds=2)
    other = datetime.timezone(datetime.timedelta(hours=5, minutes=30))
    sent = {
        "countdown": app.echo.apply_async(("countdown",), countdown=2),
        "eta aware": app.echo.apply_async(("eta aware",), eta=soon),
        "eta with an offset": app.echo.apply_async(("eta with an offset",), eta=soon.astimezone(other)),
        "eta naive": app.echo.apply_async(("eta naive",), eta=soon.replace(tzinfo=None)),
    }
    past = {
        "eta in the past": app.echo.apply_async(("eta in the past",), eta=now - datetime.timedelta(days=1)),
        "negative countdown": app.echo.apply_async(("negative countdown",), countdown=-3600),
        "expires in a minute": app.echo.apply_async(("expires in a minute",), expires=60),
        "expires at a time": app.echo.apply_async(
            ("expires at a time",), expires=now + datetime.timedelta(minutes=1)),
    }
    late = {
        "expires in the past": app.echo.apply_async((1,), expires=now - datetime.timedelta(seconds=30)),
        "expires before its eta": app.echo.apply_async((1,), countdown=3, expires=1),
    }
    for name, result in past.items():
        with check(name):
            equal(result.get(timeout=TIMEOUT), name)
    for name, result in sent.items():
        with check(name):
            equal(result.get(timeout=TIMEOUT), name)
            done = moment(result)
            if not soon - datetime.timedelta(milliseconds=50) <= done <= soon + datetime.timedelta(seconds=3):
                raise AssertionError(f"ran at {done}, wanted {soon}")
    for name, result in late.items():
        with check(name):
            raises(result, "TaskRevokedError", "expired")
            equal(result.state, "REVOKED", "state")


def moment(result):
    """When a result was stored. 5.3.4 writes it without an offset."""
    done = result.date_done
    if isinstance(done, str):
        done = datetime.datetime.fromisoformat(done)
    return done if done.tzinfo else done.replace(tzinfo=UTC)


def routes(app):
    with check("queue="):
        equal(app.echo.apply_async(("there",), queue="market-data").get(timeout=TIMEOUT), "there")
    with check("send_task by name"):
        equal(app.send_task("flotilla.test.echo", kwargs={"x": "by name"}).get(timeout=TIMEOUT), "by name")
    with check("priority 0 before 3, 6 and 9"):
        app.sleep.apply_async((1.5,), queue="narrow")
        app.sleep.apply_async((0.05,), queue="narrow", priority=0)
        time.sleep(0.5)  # Celery's own worker holds the second one by now; a fleet leaves it in the list
        sent = [(p, app.sleep.apply_async((0.05,), queue="narrow", priority=p)) for p in (9, 6, 3, 0)]
        done = {p: result.get(timeout=TIMEOUT) and moment(result) for p, result in sent}
        equal(sorted(done, key=done.get), [0, 3, 6, 9], "order")
    with check("ignore_result stores nothing"):
        quiet = app.echo.apply_async((1,), queue="narrow", ignore_result=True)
        app.echo.apply_async((2,), queue="narrow").get(timeout=TIMEOUT)
        equal(app.backend.get(key(app, quiet.id)), None, "the key")
        equal(AsyncResult(quiet.id, app=app).state, "PENDING", "state")


def shapes(app):
    with check("shadow, task_id and reply_to"):
        result = app.echo.apply_async(
            (1,), shadow="shown.as", task_id=str(uuid.uuid4()), reply_to="nobody", headers={"mine": {"a": 1}})
        equal(result.get(timeout=TIMEOUT), 1)
    with check("ids that are not UUIDs"):
        for name in ("order-17", "ein Auftrag / mit: Zeichen*?[]", "世界", "x" * 300):
            own = f"{name} {uuid.uuid4()}"
            result = app.echo.apply_async((name,), task_id=own)
            equal(result.get(timeout=TIMEOUT), name)
            equal(AsyncResult(own, app=app).result, name, "by id")
    with check("protocol 1"):
        old = make_app(app.conf.broker_url, app.conf.result_backend, task_protocol=1,
                       broker_transport_options=app.conf.broker_transport_options,
                       result_backend_transport_options=app.conf.result_backend_transport_options)
        equal(old.amqp.as_task_v2 is old.amqp.create_task_message, False, "protocol 2 in use")
        equal(old.echo.delay("old").get(timeout=TIMEOUT), "old")
        equal(old.echo.delay(x="old").get(timeout=TIMEOUT), "old")
        app.set_current()
    names = set(compression.encoders())
    for name, kind in (("zlib", "application/x-gzip"), ("gzip", "application/x-gzip"),
                       ("lzma", "application/x-lzma"), ("zstd", "application/zstd")):
        if kind not in names:
            continue
        with check(f"compression {name}"):
            text = "compressed " * 1000
            equal(app.echo.apply_async((text,), compression=name).get(timeout=TIMEOUT), text)


def ends(app, fleet):
    with check("a failure is raised"):
        error = raises(app.fail.delay("no funds"), ValueError, "no funds")
        equal(type(error), ValueError, "class")
        result = app.fail.delay("again")
        raises(result, ValueError)
        equal((result.state, result.failed(), result.successful()), ("FAILURE", True, False))
        if "ValueError: again" not in (result.traceback or ""):
            raise AssertionError(f"traceback: {result.traceback}")
    with check("wrong arguments are a TypeError"):
        raises(app.send_task("flotilla.test.echo", args=[1, 2, 3]), TypeError)
        raises(app.send_task("flotilla.test.sleep", kwargs={"no": 1}), TypeError)
    with check("retry, then success"):
        result = app.retry.delay(2, 1)
        until("state RETRY", lambda: result.state == "RETRY")
        equal(result.get(timeout=TIMEOUT), 2)
        equal(result.state, "SUCCESS", "state")
        equal(app.retry.delay(3).get(timeout=TIMEOUT), 3)
    with check("unknown task"):
        raises(app.send_task("no.such.task"), "NotRegistered", "no.such.task")
    with check("hard time limit"):
        raises(app.sleep.apply_async((30,), time_limit=1), "TimeLimitExceeded", "1")
    with check("soft time limit"):
        raises(app.sleep.apply_async((30,), soft_time_limit=1), "SoftTimeLimitExceeded")
    if fleet:
        with check("compression zstd, for clients that have it"):
            own, body = f"zstd {uuid.uuid4()}", b'[["squeezed"], {}, {}]'
            # A frame with one block that is stored as it is: this Python may have no zstandard.
            frame = b"\x28\xb5\x2f\xfd\x20" + bytes([len(body)])
            frame += (len(body) << 3 | 1).to_bytes(3, "little") + body
            name = app.conf.broker_transport_options.get("global_keyprefix", "") + "celery"
            raw_broker(app).lpush(name, envelope(frame, own, {"compression": "application/zstd"}))
            equal(by_id(app, own).get(), "squeezed")
        with check("a compression that is refused is a failure"):
            raises(app.echo.apply_async(("x",), compression="bzip2"), "DecodeError", "not supported")


def stored(app, fleet):
    with check("STARTED while it runs"):
        result = app.sleep.delay(1)
        until("STARTED", lambda: result.state == "STARTED")
        equal(sorted(result.info), ["hostname", "pid"], "info")
        equal(result.get(timeout=TIMEOUT), 1)
    with check("the result lives for a day"):
        result = app.echo.delay(1)
        result.get(timeout=TIMEOUT)
        life = app.backend.client.ttl(key(app, result.id))
        if not 86_300 <= life <= 86_400:
            raise AssertionError(f"expires in {life} s")
    with check("fields of the result"):
        result = app.echo.apply_async((1,), task_id=f"fields {uuid.uuid4()}")
        result.get(timeout=TIMEOUT)
        meta = json.loads(app.backend.get(key(app, result.id)))
        for name, wanted in (("status", "SUCCESS"), ("result", 1), ("traceback", None), ("task_id", result.id)):
            equal(meta[name], wanted, name)
        if meta["children"]:
            raise AssertionError(f"children: {meta['children']}")
        datetime.datetime.fromisoformat(meta["date_done"])
    with check("result_extended"):
        result = app.echo.apply_async((1,), {}, queue="market-data")
        result.get(timeout=TIMEOUT)
        equal((result.name, list(result.args), result.kwargs), ("flotilla.test.echo", [1], {}))
        equal((result.queue, result.retries), ("market-data", 0))
        if "@" not in (result.worker or ""):
            raise AssertionError(f"worker: {result.worker}")
    with check("a result by its id, forget"):
        result = app.echo.delay("kept")
        result.get(timeout=TIMEOUT)
        again = AsyncResult(result.id, app=app)
        equal((again.state, again.result, again.ready()), ("SUCCESS", "kept", True))
        again.forget()
        equal(app.backend.client.exists(key(app, result.id)), 0, "the key")
        equal(AsyncResult(result.id, app=app).state, "PENDING", "state")
    with check("iter_native and join_native"):
        results = ResultSet([app.echo.delay(n) for n in range(20)], app=app)
        found = {id: meta["result"] for id, meta in results.iter_native(timeout=TIMEOUT)}
        equal(found, {result.id: n for n, result in enumerate(results)})
        equal(results.join_native(timeout=TIMEOUT), list(range(20)))
    with check("children, parent and collect"):
        last = (app.echo.s("a") | app.echo.s()).apply_async()
        equal(last.get(timeout=TIMEOUT), "a")
        equal([child.id for child in last.parent.children], [last.id], "children")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            equal([value for _, value in last.parent.collect(timeout=TIMEOUT)], ["a", "a"], "collect")
        equal(json.loads(app.backend.get(key(app, last.id)))["parent_id"], last.parent.id, "parent_id")
    with check("group_id"):
        from celery import group
        results = group(app.echo.s(n) for n in range(3)).apply_async()
        equal(results.get(timeout=TIMEOUT), [0, 1, 2])
        meta = json.loads(app.backend.get(key(app, results.results[0].id)))
        equal(meta.get("group_id"), results.id, "group_id")


def main():
    chosen = parser(__doc__).parse_args()
    app = make_app(chosen.broker, chosen.backend, chosen.prefix)
    values(app)
    times(app)
    routes(app)
    shapes(app)
    ends(app, chosen.fleet)
    stored(app, chosen.fleet)
    finish()


if __name__ == "__main__":
    main()
