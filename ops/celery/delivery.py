"""What becomes of messages that a worker took and never acknowledged, and of those that are delivered again."""

import json
import time
import uuid

from bad_messages import call, envelope
from stage import TIMEOUT, by_id, check, equal, finish, key, make_app, parser, raw_broker, until


class Unacked:
    """The messages that Celery's workers hold, as kombu keeps them in the broker's database."""

    def __init__(self, app):
        self.client = raw_broker(app)
        self.prefix = app.conf.broker_transport_options.get("global_keyprefix", "")

    def add(self, message, seconds_ago, queue="celery"):
        tag = json.loads(message)["properties"]["delivery_tag"]
        entry = json.dumps([json.loads(message), "", queue])
        pipe = self.client.pipeline(transaction=True)
        pipe.zadd(self.prefix + "unacked_index", {tag: time.time() - seconds_ago})
        pipe.hset(self.prefix + "unacked", tag, entry)
        pipe.execute()
        return tag

    def holds(self, tag):
        return bool(self.client.hexists(self.prefix + "unacked", tag)) and (
            self.client.zscore(self.prefix + "unacked_index", tag) is not None)

    def drop(self, tag):
        self.client.hdel(self.prefix + "unacked", tag)
        self.client.zrem(self.prefix + "unacked_index", tag)


def restored(app, visibility, wait):
    held = Unacked(app)
    gone = [f"gone {n} {uuid.uuid4()}" for n in range(20)]
    live = f"live {uuid.uuid4()}"
    old = [held.add(envelope(call(id), id), visibility + 30) for id in gone]
    young = held.add(envelope(call(live), live), 1)
    with check("messages of workers that are gone run"):
        for id in gone:
            equal(by_id(app, id, timeout=wait).get(), id)
        until("they are no longer held", lambda: not any(held.holds(tag) for tag in old))
    with check("messages of live workers stay theirs"):
        equal(held.holds(young), True, "held")
        equal(app.AsyncResult(live).state, "PENDING", "state")
        held.drop(young)


def acknowledged(app):
    """Whether the worker that runs a message keeps it somewhere until it is done."""
    with check("nothing stays behind"):
        for n in range(5):
            app.echo.delay(n).get(timeout=TIMEOUT)
        client = raw_broker(app)
        prefix = app.conf.broker_transport_options.get("global_keyprefix", "")
        until("the list is empty", lambda: client.llen(prefix + "celery") == 0, timeout=5)
        until("nothing is held", lambda: client.hlen(prefix + "unacked") == 0, timeout=5)


def again(app):
    """Delivers a task again whose result is there already: its chain and its callbacks go on, once."""
    first, second, linked = (f"{name} {uuid.uuid4()}" for name in ("again", "next", "linked"))
    embed = {
        "chain": [{"task": "flotilla.test.echo", "args": [], "kwargs": {}, "options": {"task_id": second},
                   "subtask_type": None, "immutable": False}],
        "callbacks": [{"task": "flotilla.test.echo", "args": ["own"], "kwargs": {}, "options": {"task_id": linked},
                       "subtask_type": None, "immutable": True}],
    }
    message = json.loads(envelope(call("value", **embed), first))
    message["properties"]["delivery_info"]["redelivered"] = True
    message["headers"]["redelivered"] = True
    client = raw_broker(app)
    name = app.conf.broker_transport_options.get("global_keyprefix", "") + "celery"
    app.backend.store_result(first, "value", "SUCCESS")
    with check("a redelivered task that had succeeded still publishes its chain"):
        client.lpush(name, json.dumps(message))
        equal(by_id(app, second).get(), "value")
        equal(by_id(app, linked).get(), "own")
        equal(app.AsyncResult(first).result, "value", "its own result")
    with check("but once"):
        for id in (second, linked):
            app.backend.delete(key(app, id))
        client.lpush(name, json.dumps(message))
        until("it is taken", lambda: client.llen(name) == 0)
        for n in range(30):
            app.echo.delay(n).get(timeout=TIMEOUT)
        equal([app.AsyncResult(id).state for id in (second, linked)], ["PENDING"] * 2, "states")


def main():
    options = parser(__doc__)
    options.add_argument("--visibility", type=float, default=3600, help="visibility_timeout of the workers, seconds")
    options.add_argument("--wait", type=float, default=150, help="seconds until messages have to be restored")
    chosen = options.parse_args()
    app = make_app(chosen.broker, chosen.backend, chosen.prefix)
    restored(app, chosen.visibility, chosen.wait)
    acknowledged(app)
    if chosen.fleet:
        again(app)
    finish()


if __name__ == "__main__":
    main()
