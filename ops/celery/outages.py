"""Redis goes away in the middle of a chord; the server of the results goes away while tasks run.

Starts two redis-servers and fleets of its own.
"""

import argparse
import time
import uuid

import redis
from celery import chain, chord

from fleet import Fleet, RedisServer
from stage import MARKS, check, end_on_sigterm, equal, finish, make_app, until


def later(app, id, timeout=60):
    """The value of a result, asked for again and again: a server may be away meanwhile."""
    def ready():
        try:
            return app.AsyncResult(id).ready()
        except (redis.RedisError, OSError, RuntimeError):
            return False
    until(f"a result of {id}", ready, timeout, every=0.2)
    return app.AsyncResult(id).get()


def restarts(program):
    """One server that keeps its data, killed with -9 while a chord is under way."""
    server = RedisServer()
    fleet = Fleet(program, server.url(), server.url(1), processes=2)
    app = make_app(server.url(), server.url(1))
    try:
        with check("Redis restarts while the header of a chord runs"):
            body = chord([app.sleep.s(0.5 + n / 5) for n in range(6)])(app.echo.s())
            time.sleep(0.9)
            server.restart(away=1)
            equal(later(app, body.id), [0.5 + n / 5 for n in range(6)])
        with check("Redis restarts between header and body"):
            mark = str(uuid.uuid4())
            body = chord([app.echo.s(n) for n in range(5)])(app.record.si(mark).set(countdown=3))
            until("the header is done", lambda: all(result.ready() for result in body.parent.results))
            server.restart(away=1)
            later(app, body.id)
            equal(server.client.lrange(MARKS, 0, -1).count(mark.encode()), 1, "runs of the body")
        with check("Redis restarts in the middle of a chain"):
            last = chain(app.sleep.s(1), app.sleep.si(1), app.echo.s()).apply_async()
            time.sleep(1.5)
            server.restart(away=0.5)
            equal(later(app, last.id), 1)
        with check("the fleet serves on after it"):
            equal(later(app, app.echo.delay("on").id), "on")
    finally:
        fleet.close()
        server.close()


def results_away(program):
    """Results on a server of their own that is down for a while."""
    broker, results = RedisServer(), RedisServer()
    fleet = Fleet(program, broker.url(), results.url(), processes=1)
    app = make_app(broker.url(), results.url())
    silent = make_app(broker.url(), None)  # a client that does not look at the results when it publishes
    try:
        with check("results on a server of their own"):
            equal(later(app, app.echo.delay("there").id), "there")
            body = chord([app.echo.s(n) for n in range(5)])(app.echo.s())
            equal(later(app, body.id), list(range(5)))
        with check("tasks run while it is down, and their results come when it is back"):
            results.kill()
            ids = [str(uuid.uuid4()) for _ in range(20)]
            for id in ids:
                silent.record.apply_async((id,), task_id=id)
            until("all have run", lambda: len(set(broker.client.lrange(MARKS, 0, -1))) == 20, timeout=30)
            results.start()
            for id in ids:
                later(app, id)
            equal(len(broker.client.lrange(MARKS, 0, -1)), 20, "runs")
        with check("a chain goes on while it is down"):
            results.kill()
            last = chain(silent.echo.s("far"), silent.echo.s(), silent.record.si("end")).apply_async()
            time.sleep(2)
            results.start()
            later(app, last.id)
            equal(later(app, last.parent.id), "far")
        with check("nobody waits in vain afterwards"):
            app = make_app(broker.url(), results.url())
            equal(app.echo.delay("after").get(timeout=20), "after")
    finally:
        fleet.close()
        results.close()
        broker.close()


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--program", required=True, help="the flotilla to run")
    chosen = options.parse_args()
    end_on_sigterm()
    restarts(chosen.program)
    results_away(chosen.program)
    finish()


if __name__ == "__main__":
    main()
