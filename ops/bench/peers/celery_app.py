"""Celery as a peer: a job that does nothing, the worker's settings, and the producer.

`python celery_app.py fill N` enqueues N jobs, the last and the hundredth part's last of which leave their time.
`python celery_app.py one N` enqueues N, one a call, and prints jobs a second.
"""
import os
import sys
import time

import redis
from celery import Celery

SOCKET = os.environ["BENCH_SOCKET"]
LATE = os.environ.get("BENCH_LATE_ACK") == "1"

app = Celery("bench", broker=f"redis+socket://{SOCKET}")
app.conf.update(
    task_ignore_result=True,
    task_acks_late=LATE,
    # A worker that takes much at once waits less; with late acknowledgement that is what a crash repeats.
    worker_prefetch_multiplier=4 if LATE else 64,
    worker_send_task_events=False,
    worker_disable_rate_limits=True,
    worker_enable_remote_control=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
)


@app.task(name="noop")
def noop():
    pass


@app.task(name="mark")
def mark(name):
    redis.Redis(unix_socket_path=SOCKET).set(f"bench:{name}", time.time())


def produce(count, marked):
    for number in range(1, count + 1):
        if marked and number == max(1, count // 100):
            mark.delay("begin")
        elif marked and number == count:
            mark.delay("end")
        else:
            noop.delay()


if __name__ == "__main__":
    verb, count = sys.argv[1], int(sys.argv[2])
    noop.delay()  # The first one connects.
    begin = time.monotonic()
    produce(count, marked=verb == "fill")
    print(count / (time.monotonic() - begin))
