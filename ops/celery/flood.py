"""A client that does not wait pushes a million messages: the fleet's memory stays bounded, and all of them run.

Starts a redis-server and a fleet of its own. Prints what the machine held at most.
"""

import argparse
import threading
import time
import uuid

from bad_messages import call, envelope
from fleet import Fleet, RedisServer
from stage import check, end_on_sigterm, equal, finish, make_app, until


def push(server, count, batch=2000):
    """Pushes them without waiting for anything but the socket."""
    message = envelope(call(1), "TASKID", {"ignore_result": True}, {"delivery_tag": "TASKID"})
    head = f"flood-{uuid.uuid4()}-"
    for start in range(0, count, batch):
        pipe = server.client.pipeline(transaction=False)
        for number in range(start, min(start + batch, count)):
            pipe.lpush("celery", message.replace("TASKID", f"{head}{number}"))
        pipe.execute()


class Memory(threading.Thread):
    """The most that one worker process and Redis held, MiB."""

    def __init__(self, fleet, server):
        super().__init__(daemon=True)
        self.fleet, self.server, self.worker, self.redis = fleet, server, 0.0, 0.0
        self.ended = threading.Event()

    def run(self):
        while not self.ended.wait(0.5):
            self.worker = max([self.worker, *self.fleet.memory().values()])
            self.redis = max(self.redis, self.server.client.info("memory")["used_memory"] / 2**20)


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--program", required=True, help="the flotilla to run")
    options.add_argument("--messages", type=int, default=1_000_000)
    options.add_argument("--bound", type=float, default=200, help="MiB that a worker process may hold")
    options.add_argument("--limit", type=float, default=900, help="seconds until all have run")
    chosen = options.parse_args()
    end_on_sigterm()
    server = RedisServer(keeps=False)
    fleet = Fleet(chosen.program, server.url(), server.url(1), processes=2)
    try:
        app = make_app(server.url(), server.url(1))
        app.echo.delay(0).get(timeout=30)
        memory, start = Memory(fleet, server), time.monotonic()
        memory.start()
        push(server, chosen.messages)
        print(f"pushed {chosen.messages} in {time.monotonic() - start:.1f} s, "
              f"{server.client.llen('celery')} wait", flush=True)
        with check("another client is served after the flood"):
            until("the list is drained", lambda: server.client.llen("celery") == 0, chosen.limit, every=0.2)
            equal(app.echo.delay("after").get(timeout=60), "after")
        took = time.monotonic() - start
        memory.ended.set()
        print(f"{chosen.messages / took:.0f} messages/s; a worker held {memory.worker:.0f} MiB at most, Redis "
              f"{memory.redis:.0f} MiB", flush=True)
        with check("every message ran"):
            queues = fleet.json("queues", "list") or []
            done = sum(queue["succeeded"] for queue in queues if queue["name"].startswith("celery."))
            equal(done >= chosen.messages, True, f"{done} jobs succeeded")
        with check(f"no worker held more than {chosen.bound:.0f} MiB"):
            equal(0 < memory.worker < chosen.bound, True, f"{memory.worker:.0f} MiB")
    finally:
        fleet.close()
        server.close()
    finish()


if __name__ == "__main__":
    main()
