"""Dramatiq as a peer: an actor that does nothing, and the producer; verbs as in celery_app.py."""
import os
import sys
import time

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker

SOCKET = os.environ["BENCH_SOCKET"]

dramatiq.set_broker(RedisBroker(url=f"unix://{SOCKET}"))


@dramatiq.actor
def noop():
    pass


@dramatiq.actor
def mark(name):
    redis.Redis(unix_socket_path=SOCKET).set(f"bench:{name}", time.time())


def produce(count, marked):
    for number in range(1, count + 1):
        if marked and number == max(1, count // 100):
            mark.send("begin")
        elif marked and number == count:
            mark.send("end")
        else:
            noop.send()


if __name__ == "__main__":
    verb, count = sys.argv[1], int(sys.argv[2])
    noop.send()  # The first one connects.
    begin = time.monotonic()
    produce(count, marked=verb == "fill")
    print(count / (time.monotonic() - begin))
