"""Messages that no client should send, pushed raw: each gets an answer where it names an id, and the worker lives on.

Celery's own worker dies or hangs at many of them, so that they are sent only with --fleet; the others are for both.
"""

import base64
import glob
import json
import lzma
import os
import time
import uuid
import zlib

import redis

from stage import TIMEOUT, by_id, check, equal, finish, key, make_app, parser, raw_broker, until

BOMB = 1_000_000_000  # bytes of the body that is small when it is compressed


def envelope(body, id=None, headers=None, properties=None, **changes):
    """A message of protocol 2 for the echo task; None in headers removes one."""
    head = {"lang": "py", "task": "flotilla.test.echo", "id": id, "root_id": id, "parent_id": None, "group": None,
            "retries": 0, "eta": None, "expires": None, "timelimit": [None, None], "argsrepr": "()",
            "kwargsrepr": "{}", "origin": "bad@messages"}
    head.update(headers or {})
    words = {"correlation_id": id, "reply_to": "", "delivery_mode": 2, "priority": 0, "body_encoding": "base64",
             "delivery_info": {"exchange": "", "routing_key": "celery"}, "delivery_tag": str(uuid.uuid4())}
    words.update(properties or {})
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    whole = {"body": base64.b64encode(body).decode(), "content-encoding": "utf-8",
             "content-type": "application/json", "headers": head, "properties": words}
    whole.update(changes)
    return json.dumps(whole)


def call(*args, **embed):
    return [list(args), {}, embed]


class Stage:
    """Pushes raw messages and looks for what is stored."""

    def __init__(self, app, queue):
        self.app, self.queue, self.client = app, queue, raw_broker(app)
        prefix = app.conf.broker_transport_options.get("global_keyprefix", "")
        self.list = prefix + queue

    def push(self, message):
        self.client.lpush(self.list, message)

    def lives(self):
        """The worker takes the next task, and nothing is left in the list."""
        equal(self.app.echo.apply_async(("lives",), queue=self.queue).get(timeout=TIMEOUT), "lives")
        until("the list is empty", lambda: self.client.llen(self.list) == 0)

    def fails(self, id, message, *words):
        """The message is answered by a FAILURE that says in a sentence what is wrong."""
        result = self.settled(id, message, TIMEOUT)
        equal(result.state, "FAILURE", "state")
        text = f"{result.result} {result.result!r}"  # NotRegistered has its sentence in its repr
        if len(text.split()) < 4:
            raise AssertionError(f"no sentence: {result.result!r}")
        for word in words:
            if word not in text:
                raise AssertionError(f"{word!r} is not in: {text}")
        self.lives()

    def answers(self, id, message, wanted):
        """The message is run."""
        self.app.backend.delete(key(self.app, id))
        self.push(message)
        equal(by_id(self.app, id).get(), wanted)

    def settles(self, id, message, limit=60):
        """Any answer will do: a result, or a FAILURE."""
        self.settled(id, message, limit)
        self.lives()

    def settled(self, id, message, limit):
        self.app.backend.delete(key(self.app, id))
        self.push(message)
        try:
            result = by_id(self.app, id, timeout=limit)
            result.get(propagate=False)
            return result
        except AssertionError:
            self.client.delete(self.list)  # what blocks the worker must not spoil the checks that follow
            raise


def messages(place):
    """Name and raw message of each capture: a file that holds all, or a folder with a file for each."""
    if os.path.isfile(place):
        with open(place, encoding="utf-8") as opened:
            return [(name, capture["messages"][0]) for name, capture in json.load(opened).items()
                    if capture.get("messages")]
    found = []
    for file in glob.glob(os.path.join(place, "*.json")):
        with open(file, encoding="utf-8") as opened:
            message = json.load(opened).get("message")
        if message is not None:
            found.append((os.path.basename(file)[:-5], message))
    return found


def recorded(stage, folder, fleet):
    """The messages of the captures."""
    for name, message in sorted(messages(folder)):
        kind = name.removeprefix("v534-")
        if not kind.startswith(("bad-", "ok-")):
            continue
        if not fleet and (kind.startswith("bad-") or kind == "ok-args-null"):
            continue  # ok-args-null stores no result with Celery's own worker
        with check(name):
            if kind.startswith("ok-"):
                stage.app.backend.delete(key(stage.app, kind))
                stage.push(message)
                result = by_id(stage.app, kind)
                if kind in ("ok-nan", "ok-typed-values"):  # several arguments; the echo of this stage takes one
                    equal(type(result.result), TypeError)
                else:
                    equal(result.state, "SUCCESS", "state")
            elif kind == "bad-envelope-not-json":
                stage.push(message)
                stage.lives()
            elif kind in ("bad-no-delivery-tag", "bad-no-id"):
                stage.settles(kind, message, limit=TIMEOUT)
            else:
                stage.fails(kind, message)


def sizes(stage):
    """Bodies near and beyond the bounds."""
    with check("body of 20 MB"):
        own = "20 MB " + str(uuid.uuid4())
        stage.settles(own, envelope(call("x" * 20_000_000), own))
        stage.app.backend.delete(key(stage.app, own))
    for name, kind, squeeze in (("zlib", "application/x-gzip", zlib.compressobj(9)),
                                ("lzma", "application/x-lzma", lzma.LZMACompressor(preset=0))):
        with check(f"body that inflates to a gigabyte, {name}"):
            parts = [squeeze.compress(b'[["')]
            parts += [squeeze.compress(b"0" * 10_000_000) for _ in range(BOMB // 10_000_000)]
            parts += [squeeze.compress(b'"], {}, {}]'), squeeze.flush()]
            own = "bomb " + str(uuid.uuid4())
            stage.fails(own, envelope(b"".join(parts), own, headers={"compression": kind}))
    with check("deep nesting"):
        own = "deep " + str(uuid.uuid4())
        stage.fails(own, envelope(b"[[" + b"[" * 200_000 + b"]" * 200_000 + b"], {}, {}]", own))
        stage.push("[" * 200_000)
        stage.push('{"headers": ' * 50_000)
        stage.lives()
    for size in (40, 60):
        with check(f"body of {size} MB is refused"):
            own = f"{size} MB " + str(uuid.uuid4())
            stage.fails(own, envelope(call("x" * size * 1_000_000), own))


def ids(stage):
    with check("id of a megabyte"):
        own = "i" * 1_000_000
        stage.settles(own, envelope(call(1), own))
        stage.app.backend.delete(key(stage.app, own))
    with check("ids that are no text"):
        for odd in (17, 1.5, True, ["a"], {"a": 1}, None):
            stage.push(envelope(call(1), odd))
        stage.push(envelope(call(1), ""))
        stage.lives()
    with check("ids with odd characters"):
        for odd in ("a b", "\n", "\x00", "%s %d", "{a}", "'; --", "..", "*", "\u202e", "\U0001f680", "a:b"):
            own = odd + str(uuid.uuid4())
            stage.answers(own, envelope(call(odd), own), odd)
        stage.lives()
    with check("the same message twice"):
        own = "twice " + str(uuid.uuid4())
        message = envelope(call(1), own)
        stage.answers(own, message, 1)
        stage.answers(own, message, 1)


def moments(stage):
    own = "moment " + str(uuid.uuid4())
    with check("eta in 1970 runs now"):
        stage.answers(own, envelope(call(1), own, {"eta": "1970-01-01T00:00:00"}), 1)
    with check("eta in the year 10000 is refused"):
        stage.fails(own, envelope(call(1), own, {"eta": "10000-01-01T00:00:00+00:00"}))
    with check("expires in the year 10000 is refused"):
        stage.fails(own, envelope(call(1), own, {"expires": "10000-01-01T00:00:00"}))
    with check("expires in 1970"):
        stage.app.backend.delete(key(stage.app, own))
        stage.push(envelope(call(1), own, {"expires": "1970-01-01T00:00:00"}))
        equal(by_id(stage.app, own).state, "REVOKED", "state")
    with check("eta in the year 9999 is held"):
        last = "held " + str(uuid.uuid4())
        stage.push(envelope(call(1), last, {"eta": "9999-12-31T23:59:59+00:00"}))
        stage.lives()
        equal(stage.app.AsyncResult(last).state, "PENDING", "state")
        stage.app.control.revoke(last)
    with check("times that are none"):
        for odd in ("soon", "", 17, [], {"a": 1}, "2026-02-30T00:00:00", "2026-01-01T25:00:00", 
                    "2026-01-01T00:00:00+99:99"):
            name = "time " + str(uuid.uuid4())
            stage.settles(name, envelope(call(1), name, {"eta": odd}))


def forms(stage):
    """Members of a wrong type, everywhere."""
    with check("elements that are no envelope"):
        for odd in (b"", b" ", b"null", b"[]", b"17", b'"text"', b"{}", b"\xff\xfe\x00", b"{", b'{"body": 1}',
                    b'{"headers": null, "properties": null, "body": null}', b'{"body": "", "headers": []}'):
            stage.push(odd)
        stage.lives()
    with check("bodies of a wrong form"):
        for body in (b"", b"null", b"17", b"[]", b"[1]", b"[1, 2, 3]", b'["ab", {}, {}]', b"[[], [], {}]",
                     b"[[], {}, 5]", b"[[], {}, {}, {}]", b'[[1], {"x": 1}, {}]', b"\xff", b"[[NaN], {}, {}",
                     b'[[{"__type__": 5, "__value__": "no"}], {}, {}]', b"[[1e999], {}, {}]"):
            own = "form " + str(uuid.uuid4())
            stage.settles(own, envelope(body, own))
    with check("typed values of a wrong form"):
        for kind, value in (("datetime", "no"), ("decimal", "x"), ("uuid", {"hex": "5"}), ("base64", "%%"),
                            ("bytes", 5), ("date", None)):
            own = "typed " + str(uuid.uuid4())
            body = [[{"__type__": kind, "__value__": value}], {}, {}]
            stage.fails(own, envelope(body, own))
    with check("workflows of a wrong form"):
        for embed in ({"chain": 5}, {"chain": [1]}, {"chain": "abc"}, {"callbacks": [None]}, {"callbacks": {"a": 1}},
                      {"chord": "x"}, {"chord": {}}, {"errbacks": 1}, {"chain": [{"task": 5}]},
                      {"callbacks": [{"task": "flotilla.test.echo", "args": 5, "kwargs": [], "options": 7}]}):
            own = "embed " + str(uuid.uuid4())
            stage.settles(own, envelope(call(1, **embed), own))
    with check("headers of a wrong form"):
        for head in ({"retries": -1}, {"retries": "many"}, {"retries": 10**30}, {"timelimit": 5}, {"timelimit": ["a"]},
                     {"timelimit": [-1, -1]}, {"group": 5}, {"group_index": "x", "group": "g"}, {"root_id": []},
                     {"argsrepr": 5}, {"ignore_result": "no"}, {"shadow": {}}, {"stamps": 5}, {"compression": 9},
                     {"task": 17}, {"task": ""}, {"task": "x" * 100_000}, {"task": "\n\x00"}):
            own = "head " + str(uuid.uuid4())
            if "ignore_result" in head:
                stage.push(envelope(call(1), own, head))
            else:
                stage.settles(own, envelope(call(1), own, head))
        stage.lives()
    with check("properties of a wrong form"):
        for words in ({"priority": "high"}, {"priority": -5}, {"priority": 10**30}, {"delivery_info": 5},
                      {"delivery_info": None}, {"body_encoding": "rot13"}, {"delivery_tag": 5}, {"reply_to": []}):
            own = "property " + str(uuid.uuid4())
            stage.settles(own, envelope(call(1), own, properties=words))
    with check("content types that are not read"):
        for kind in ("application/x-python-serialize", "application/x-yaml", "text/plain", "", None, 5):
            own = "kind " + str(uuid.uuid4())
            stage.settles(own, envelope(call(1), own, **{"content-type": kind}))


def processes(app):
    """Node and process id of each worker."""
    return {node: stats["pid"] for node, stats in (app.control.inspect(timeout=3).stats() or {}).items()}


def main():
    options = parser(__doc__)
    options.add_argument("--captures", required=True, help="the recorded messages, a file or a folder")
    options.add_argument("--queue", default="celery")
    chosen = options.parse_args()
    app = make_app(chosen.broker, chosen.backend, chosen.prefix)
    stage = Stage(app, chosen.queue)
    before = processes(app)
    recorded(stage, chosen.captures, chosen.fleet)
    if chosen.fleet:
        for part in (ids, moments, forms, sizes):
            try:
                part(stage)
            except redis.RedisError as error:
                with check(part.__name__):
                    raise error
        time.sleep(1)
        with check("no worker process was replaced"):
            equal(processes(app), before, "processes")
            equal(bool(before), True, "a worker answers stats")
    finish()


if __name__ == "__main__":
    main()
