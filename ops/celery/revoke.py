"""Revoking tasks by id and by stamped headers: before they run, while they wait, while they run.

    python revoke.py --broker redis://127.0.0.1:6379/0 --backend redis://127.0.0.1:6379/1 [--fleet]
"""

import time
import uuid

from celery import group
from celery.canvas import StampingVisitor
from celery.result import AsyncResult
from stage import check, equal, finish, make_app, parser, raises, until


class Stamp(StampingVisitor):
    """Stamps each task of a workflow with one value."""

    def __init__(self, value):
        self.value = value

    def on_signature(self, sig, **headers):
        return {"stamp": self.value, "stamped_headers": ["stamp"]}


def is_revoked(result, text=None, timeout=20):
    raises(result, "TaskRevokedError", text, timeout=timeout)
    equal(result.state, "REVOKED")


def started(result):
    until("the task has started", lambda: result.state == "STARTED")


def waiting(app, options):
    with check("a task that was revoked before it was sent does not run"):
        task_id = str(uuid.uuid4())
        app.control.revoke(task_id, reply=True, timeout=2)
        is_revoked(app.echo.apply_async([1], task_id=task_id), "revoked")
    with check("a list of ids is revoked at once"):
        ids = [str(uuid.uuid4()) for _ in range(5)]
        app.control.revoke(ids, reply=True, timeout=2)
        for result in [app.echo.apply_async([1], task_id=task_id) for task_id in ids]:
            is_revoked(result, "revoked")
        equal(app.echo.delay("other").get(timeout=10), "other")
    with check("a task that waits for its time is revoked at once"):
        result = app.echo.apply_async(["never"], countdown=120)
        inspect = app.control.inspect(timeout=2)
        until("the task is scheduled", lambda: [
            1 for each in (inspect.scheduled() or {}).values() for task in each if task["request"]["id"] == result.id])
        start = time.monotonic()
        result.revoke()
        is_revoked(result, "revoked", timeout=10)
        equal(time.monotonic() - start < 10, True, "seconds")
    with check("revoking a task that has succeeded changes nothing"):
        result = app.echo.delay("kept")
        equal(result.get(timeout=10), "kept")
        result.revoke(wait=True, timeout=2)
        equal(AsyncResult(result.id, app=app).state, "SUCCESS")
    if options.fleet:
        with check("REVOKED is stored at once for a task that has no state"):
            task_id = str(uuid.uuid4())
            app.control.revoke(task_id, reply=True, timeout=2)
            until("the result", lambda: AsyncResult(task_id, app=app).state == "REVOKED", timeout=3)


def running(app, options):
    with check("terminate ends a running task"):
        result = app.sleep.delay(60)
        started(result)
        start = time.monotonic()
        result.revoke(terminate=True, signal="SIGTERM")
        is_revoked(result, "terminated", timeout=15)
        equal(time.monotonic() - start < 10, True, "seconds")
    with check("revoke without terminate lets a running task end"):
        result = app.sleep.delay(2)
        started(result)
        result.revoke()
        equal(result.get(timeout=10), 2)
    with check("terminate names the tasks that it found"):
        result = app.sleep.delay(60)
        started(result)
        replies = app.control.revoke(result.id, terminate=True, reply=True, timeout=2)
        answers = [answer for reply in replies for answer in reply.values()]
        equal({"ok": f"terminate: {result.id}"} in answers, True, answers)
        is_revoked(result, timeout=15)
    with check("terminate ends a group of running tasks"):
        results = group(app.sleep.s(60) for _ in range(2)).apply_async()
        for child in results.children:
            started(child)
        results.revoke(terminate=True)
        for child in results.children:
            is_revoked(child, "terminated", timeout=15)
    with check("a worker goes on after a terminate"):
        equal([app.echo.delay(number).get(timeout=10) for number in range(8)], list(range(8)))


def stamped(app, options):
    with check("tasks with a revoked stamp do not run"):
        value = f"stamp-{uuid.uuid4().hex}"
        app.control.revoke_by_stamped_headers({"stamp": [value]}, reply=True, timeout=2)
        signature = app.echo.s("never")
        signature.stamp(visitor=Stamp(value))
        is_revoked(signature.apply_async(), timeout=15)
        other = app.echo.s("other")
        other.stamp(visitor=Stamp(f"other-{uuid.uuid4().hex}"))
        equal(other.apply_async().get(timeout=10), "other")
    with check("terminate by stamp ends a running task"):
        value = f"stamp-{uuid.uuid4().hex}"
        signature = app.sleep.s(60)
        signature.stamp(visitor=Stamp(value))
        result = signature.apply_async()
        started(result)
        app.control.revoke_by_stamped_headers({"stamp": [value]}, terminate=True, reply=True, timeout=2)
        is_revoked(result, timeout=15)


def main():
    options = parser(__doc__).parse_args()
    app = make_app(options.broker, options.backend, options.prefix)
    waiting(app, options)
    running(app, options)
    stamped(app, options)
    finish()


if __name__ == "__main__":
    main()
