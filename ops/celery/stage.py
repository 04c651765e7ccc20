"""What the drivers of this folder share: the application, the test tasks, the checks that they print.

The tasks are those that a fleet serves with FLOTILLA_TEST_JOBS=1, written so that Celery's own worker can run them too:

    python stage.py worker --broker redis://127.0.0.1:6379/0 --backend redis://127.0.0.1:6379/1 [-q celery] [-c 8]
"""

import argparse
import contextlib
import json
import os
import signal
import sys
import time
import traceback

import redis
from celery import Celery
from celery.result import AsyncResult

TIMEOUT = 20  # seconds that a get() waits
MARKS = "stage-marks"  # the list of the broker's database that stage.record(value) appends to
RUNS = "stage-runs"  # [task id, process, epoch seconds] of those runs of stage.record that Celery's workers did
QUEUES = "celery,market-data,narrow"


def make_app(broker, backend, prefix=None, **settings):
    """An application with the test tasks: JSON only, UTC, as the existing one is configured."""
    app = Celery("stage", broker=broker, backend=backend)
    options = {"global_keyprefix": prefix} if prefix else {}
    app.conf.update(
        task_serializer="json", result_serializer="json", accept_content=["json"], timezone="UTC", enable_utc=True,
        task_track_started=True, result_extended=True, broker_connection_retry_on_startup=True,
        broker_transport_options=dict(options), result_backend_transport_options=dict(options))
    app.conf.update(settings)

    @app.task(name="flotilla.test.echo")
    def echo(x=None):
        return x

    @app.task(name="flotilla.test.sleep")
    def sleep(seconds):
        time.sleep(seconds)
        return seconds

    @app.task(name="flotilla.test.fail")
    def fail(message):
        raise ValueError(message)

    @app.task(name="flotilla.test.retry", bind=True, max_retries=None)
    def retry(self, times, countdown=0):
        if self.request.retries < times:
            raise self.retry(countdown=countdown)
        return self.request.retries

    @app.task(name="stage.record", bind=True)
    def record(self, value):
        both = raw_broker(app).pipeline(transaction=True)
        both.rpush(MARKS, value)
        both.rpush(RUNS, json.dumps([self.request.id, os.getpid(), time.time()]))
        both.execute()
        time.sleep(0.02)

    app.echo, app.sleep, app.fail, app.retry, app.record = echo, sleep, fail, retry, record
    app.set_current()
    return app


def parser(description):
    """The options that every driver takes."""
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--broker", required=True, help="redis://HOST:PORT/0")
    options.add_argument("--backend", required=True, help="redis://HOST:PORT/1")
    options.add_argument("--prefix", help="global_keyprefix of broker and results")
    options.add_argument("--fleet", action="store_true", help="also check what only Flotilla does")
    return options


CLIENTS = {}


class Count:
    """How many checks passed and failed so far."""

    passed = 0
    failed = 0


@contextlib.contextmanager
def check(name):
    """Prints `ok NAME`, or `FAILED NAME: why` when the body raises; the driver goes on either way."""
    start = time.monotonic()
    try:
        yield
    except BaseException as error:
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        Count.failed += 1
        place = [frame for frame in traceback.extract_tb(error.__traceback__) if "/ops/celery/" in frame.filename
                 or os.path.basename(frame.filename) == os.path.basename(sys.argv[0])]
        line = f" (line {place[-1].lineno})" if place else ""
        words = " ".join(str(error).split())[:600]
        print(f"FAILED {name}: {type(error).__name__}: {words}{line}", flush=True)
    else:
        Count.passed += 1
        print(f"ok {name} ({time.monotonic() - start:.2f} s)", flush=True)


def end_on_sigterm():
    """Has SIGTERM end the driver by way of its finally blocks, so that nothing it started outlives it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def finish():
    """Prints the last line and ends the driver; status 1 when a check failed."""
    print(f"{Count.passed} passed, {Count.failed} failed", flush=True)
    os._exit(1 if Count.failed else 0)  # the results that are left would unsubscribe in a half stopped interpreter


def equal(got, wanted, what="value"):
    """Raises when the two differ."""
    if got != wanted:
        raise AssertionError(f"{what}: got {got!r:.300}, wanted {wanted!r:.300}")


def raises(result, exception, text=None, timeout=TIMEOUT):
    """Waits for a result that has to fail.

    exception is a class or a class's name; returns what get() raised.
    """
    try:
        value = result.get(timeout=timeout)
    except Exception as error:
        name = exception if isinstance(exception, str) else exception.__name__
        if name not in [kind.__name__ for kind in type(error).__mro__]:
            raise AssertionError(f"get() raised {type(error).__name__}({error}), wanted {name}") from error
        if text is not None and text not in str(error):
            raise AssertionError(f"get() raised {name}({error}), wanted a text with {text!r}") from error
        return error
    raise AssertionError(f"get() returned {value!r:.300}, wanted {exception}")


def until(what, condition, timeout=TIMEOUT, every=0.02):
    """Waits until the condition gives something true and returns that."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout} s: {what}")
        time.sleep(every)


def by_id(app, task_id, timeout=TIMEOUT):
    """Waits by polling until a result is there, and returns it, without parents.

    get() on a second object for an id that the client already waits for hangs in Celery 5.3: the first one is told.
    """
    result = AsyncResult(task_id, app=app)
    until(f"a result of {task_id}", result.ready, timeout)
    return result


def key(app, task_id):
    """The key under which a task's result is stored, without the prefix, which the client adds."""
    name = app.backend.get_key_for_task(task_id)
    return name.decode() if isinstance(name, bytes) else name


def raw_broker(app):
    """A plain client of the broker's database, one a process. It adds no prefix."""
    key = (os.getpid(), app.conf.broker_url)
    if key not in CLIENTS:
        CLIENTS[key] = redis.Redis.from_url(app.conf.broker_url)
    return CLIENTS[key]


def worker(words):
    """Runs Celery's own worker with the test tasks."""
    options = argparse.ArgumentParser(description=worker.__doc__)
    options.add_argument("--broker", required=True)
    options.add_argument("--backend", required=True)
    options.add_argument("--prefix")
    options.add_argument("-q", "--queues", default=QUEUES)
    options.add_argument("-p", "--pool", default="prefork")
    options.add_argument("-c", "--concurrency", type=int, default=8)
    options.add_argument("-n", "--name", default="stage@%h")
    options.add_argument("--late", action="store_true", help="acknowledge after the run")
    options.add_argument("--prefetch", type=int, default=4)
    options.add_argument("--visibility", type=float, help="visibility_timeout in seconds")
    options.add_argument("--plain", action="store_true", help="neither STARTED nor result_extended")
    options.add_argument("--loglevel", default="WARNING")
    chosen, rest = options.parse_known_args(words)
    settings = {"worker_prefetch_multiplier": chosen.prefetch, "task_acks_late": chosen.late,
                "worker_send_task_events": False}
    if chosen.plain:
        settings.update(task_track_started=False, result_extended=False)
    app = make_app(chosen.broker, chosen.backend, chosen.prefix, **settings)
    if chosen.visibility:
        app.conf.broker_transport_options = dict(
            app.conf.broker_transport_options, visibility_timeout=chosen.visibility)
    app.worker_main(["worker", "-Q", chosen.queues, "-P", chosen.pool, "-c", str(chosen.concurrency),
                     "-n", chosen.name, "--loglevel", chosen.loglevel] + rest)


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] != "worker":
        sys.exit("usage: python stage.py worker --broker URL --backend URL [-q QUEUES] [-p prefork|solo] [-c N]")
    worker(sys.argv[2:])
