"""The metrics of celery-exporter show workers, queues and tasks truly.

    python exporter_check.py --broker redis://127.0.0.1:6379/0 --backend redis://127.0.0.1:6379/1
        --exporter PYTHON [--kill PID]

PYTHON is the interpreter of an environment with prometheus-exporter-celery. The exporter's label of a worker is the
host alone, so that `worker_up` of a host with several workers counts as up while one of them is.
"""

import os
import re
import signal
import subprocess
import tempfile
import time
import urllib.request

from flower_check import free_port
from stage import check, equal, finish, make_app, parser, raises, until


class Exporter:
    """celery-exporter as a child process."""

    def __init__(self, options):
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/metrics"
        self.log = tempfile.TemporaryFile("w+")
        words = ["--broker-url", options.broker, "--host", "127.0.0.1", "--port", str(port)]
        if options.prefix:
            words += ["--broker-transport-option", f"global_keyprefix={options.prefix}"]
        self.process = subprocess.Popen(
            [options.exporter, "-c", "from src.cli import cli; cli()"] + words, stdout=self.log, stderr=self.log)

    def read(self):
        """Every sample as (name, labels) -> value."""
        with urllib.request.urlopen(self.url, timeout=30) as answer:
            text = answer.read().decode()
        samples = {}
        for line in text.splitlines():
            found = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
            if found:
                labels = tuple(sorted(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', found[2] or "")))
                samples[found[1], labels] = float(found[3])
        return samples

    def total(self, metric_name, samples=None, **labels):
        """The sum of a metric's samples that have these labels. Each reading takes the exporter two seconds."""
        wanted = set(labels.items())
        return sum(value for (metric, has), value in (samples or self.read()).items()
                   if metric == metric_name and wanted <= set(has))

    def is_up(self):
        if self.process.poll() is not None:
            self.log.seek(0)
            raise SystemExit("the exporter ended: " + self.log.read()[-2000:])
        try:
            return self.read() is not None
        except OSError:
            return False

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


def workers(exporter, nodes):
    hosts = {node.split("@")[1] for node in nodes}
    with check("each host with a worker is up"):
        until("worker_up", lambda: all(
            exporter.total("celery_worker_up", hostname=host) == 1 for host in hosts), timeout=15)
    with check("the queue has as many workers as answer"):
        until("active_worker_count", lambda: exporter.total(
            "celery_active_worker_count", queue_name="celery") == len(nodes), timeout=15)
        equal(exporter.total("celery_active_process_count", queue_name="celery") >= len(nodes), True)
        equal(exporter.total("celery_queue_length", queue_name="celery"), 0, "queue length")


def tasks(app, exporter):
    with check("successes, failures and retries are counted by task"):
        app.control.enable_events(reply=True, timeout=2)
        time.sleep(0.5)
        samples = exporter.read()
        before = {name: exporter.total(f"celery_task_{name}_total", samples) for name in (
            "received", "started", "succeeded", "failed", "retried", "revoked")}
        good = [app.echo.delay(number) for number in range(20)]
        bad = [app.fail.delay("boom") for _ in range(3)]
        again = app.retry.delay(1, 0)
        for result in good:
            result.get(timeout=10)
        for result in bad:
            raises(result, ValueError)
        equal(again.get(timeout=15), 1)
        stopped = app.sleep.delay(60)
        until("the task has started", lambda: stopped.state == "STARTED")
        stopped.revoke(terminate=True)
        raises(stopped, "TaskRevokedError")
        grown = {}

        def counted():
            samples = exporter.read()
            for name, value in before.items():
                grown[name] = exporter.total(f"celery_task_{name}_total", samples) - value
            return (grown["succeeded"], grown["failed"], grown["retried"], grown["revoked"]) == (21, 3, 1, 1)

        try:
            until("the counts", counted, timeout=15, every=0.5)
        except AssertionError:
            raise AssertionError(f"counts {grown}") from None
        equal(grown["started"] >= 25, True, grown)
        equal(exporter.total("celery_task_failed_total", exception="ValueError") >= 3, True)
        equal(exporter.total("celery_task_runtime_count", name="flotilla.test.echo") >= 20, True)
    with check("running tasks are active"):
        # On every slot: the gauge of a host is that of the worker whose heartbeat came last.
        stats = app.control.inspect(timeout=2).stats()
        results = [app.sleep.delay(10) for _ in range(sum(each["pool"]["max-concurrency"] for each in stats.values()))]
        until("worker_tasks_active", lambda: exporter.total("celery_worker_tasks_active") >= 1, timeout=10)
        for result in results:
            equal(result.get(timeout=30), 10)


def killed(app, exporter, nodes, pid):
    with check("the gauges go down when a worker is killed"):
        stats = app.control.inspect(timeout=2).stats()
        gone = [node for node, each in stats.items() if each["pid"] == pid]
        equal(len(gone), 1, f"workers of process {pid}")
        host = gone[0].split("@")[1]
        alone = not [node for node in nodes if node != gone[0] and node.endswith("@" + host)]
        os.kill(pid, signal.SIGKILL)
        until("active_worker_count", lambda: exporter.total(
            "celery_active_worker_count", queue_name="celery") == len(nodes) - 1, timeout=30)
        if alone and len(nodes) > 1:
            # Another node tells the end of this one.
            until("worker_up", lambda: exporter.total("celery_worker_up", hostname=host) == 0, timeout=30)


def main():
    options = parser(__doc__)
    options.add_argument("--exporter", required=True, metavar="PYTHON")
    options.add_argument("--kill", type=int, metavar="PID", help="kill this worker at the end")
    options = options.parse_args()
    app = make_app(options.broker, options.backend, options.prefix)
    nodes = sorted(name for reply in app.control.ping(timeout=2) for name in reply)
    if not nodes:
        raise SystemExit("no node answers ping: start workers first")
    exporter = Exporter(options)
    try:
        until("the exporter answers", exporter.is_up, timeout=60, every=0.3)
        workers(exporter, nodes)
        tasks(app, exporter)
        if options.kill:
            killed(app, exporter, nodes, options.kill)
    finally:
        exporter.stop()
    finish()


if __name__ == "__main__":
    main()
