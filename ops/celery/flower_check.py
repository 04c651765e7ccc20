"""Flower's HTTP API and pages show the workers and their tasks truly.

    python flower_check.py --broker redis://127.0.0.1:6379/0 --backend redis://127.0.0.1:6379/1
        [--screenshot FILE] [--kill PID] [--url http://127.0.0.1:5555]

Starts Flower from the environment of this interpreter on a free port, unless --url names one that runs.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

from stage import check, equal, finish, make_app, parser, raises, until


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Flower:
    """Flower as a child process, or one that runs already."""

    def __init__(self, options):
        self.url, self.process = options.url, None
        if self.url:
            return
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        environment = dict(
            os.environ, FLOWER_UNAUTHENTICATED_API="true", STAGE_BROKER=options.broker,
            STAGE_BACKEND=options.backend, STAGE_PREFIX=options.prefix or "")
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "control:application", "flower", "--address=127.0.0.1",
             f"--port={port}"],
            env=environment, cwd=os.path.dirname(os.path.abspath(__file__)), stdout=self.log, stderr=self.log)

    def text(self, path):
        with urllib.request.urlopen(self.url + path, timeout=20) as answer:
            return answer.read().decode()

    def json(self, path):
        return json.loads(self.text(path))

    def is_up(self):
        if self.process and self.process.poll() is not None:
            self.log.seek(0)
            raise SystemExit("Flower ended: " + self.log.read()[-2000:])
        try:
            return self.text("/healthcheck") is not None
        except OSError:
            return False

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(10)


def workers(flower, nodes):
    with check("the API lists every worker with its queues, tasks and settings"):
        found = until("all workers", lambda: (lambda answer: answer if set(nodes) <= set(answer) else None)(
            flower.json("/api/workers?refresh=1")), timeout=30)
        for node in nodes:
            worker = found[node]
            equal("celery" in [queue["name"] for queue in worker["active_queues"]], True, node)
            equal(any(name.startswith("flotilla.test.echo") for name in worker["registered"]), True, node)
            equal(worker["stats"]["pool"]["max-concurrency"] >= 1, True, node)
            equal("broker_url" in worker["conf"], True, node)
    with check("the API takes every worker for online"):
        until("status true", lambda: all(flower.json("/api/workers?status=1").get(node) for node in nodes), timeout=15)
    with check("the pages show the workers"):
        until("the page", lambda: all(node in flower.text("/workers") for node in nodes), timeout=15)
        for node in nodes:
            equal(node in flower.text(f"/worker/{node}"), True, node)


def tasks(app, flower):
    # Flower sends enable_events every five seconds.
    with check("Flower has task events enabled"):
        def shows():
            result = app.echo.delay("seen")
            result.get(timeout=10)
            time.sleep(0.5)
            return result.id in flower.json("/api/tasks?limit=1000")

        until("a task in the list", shows, timeout=30, every=0.5)
    with check("the API lists tasks with name, state, arguments and result"):
        good = [app.echo.delay(number) for number in range(10)]
        bad = app.fail.delay("boom")
        equal([result.get(timeout=10) for result in good], list(range(10)))
        raises(bad, ValueError)

        def complete():
            tasks = flower.json("/api/tasks?limit=1000")
            wanted = {result.id: "SUCCESS" for result in good} | {bad.id: "FAILURE"}
            return tasks if all(tasks.get(key, {}).get("state") == state for key, state in wanted.items()) else None

        found = until("the states", complete)
        for number, result in enumerate(good):
            task = found[result.id]
            equal((task["name"], task["args"], task["result"]), ("flotilla.test.echo", f"({number},)", str(number)))
            equal(task["received"] <= task["started"] <= task["succeeded"], True, "times")
        equal(found[bad.id]["exception"], "ValueError('boom')")
    with check("the API shows one task"):
        info = flower.json(f"/api/task/info/{bad.id}")
        equal((info["state"], info["name"]), ("FAILURE", "flotilla.test.fail"))
        equal(bad.id in flower.text(f"/task/{bad.id}"), True)
    with check("the API shows a running task as started, and can end it"):
        result = app.sleep.delay(60)
        until("STARTED", lambda: flower.json("/api/tasks?limit=1000").get(result.id, {}).get("state") == "STARTED")
        request = urllib.request.Request(f"{flower.url}/api/task/revoke/{result.id}?terminate=true", method="POST")
        urllib.request.urlopen(request, timeout=10).close()
        raises(result, "TaskRevokedError")
        until("REVOKED", lambda: flower.json("/api/tasks?limit=1000")[result.id]["state"] == "REVOKED")


def killed(flower, nodes, pid):
    with check("a worker that is killed goes offline"):
        gone = [node for node, each in flower.json("/api/workers?refresh=1").items() if each["stats"]["pid"] == pid]
        equal(len(gone), 1, f"workers of process {pid}")
        os.kill(pid, signal.SIGKILL)
        until("status false", lambda: not flower.json("/api/workers?status=1").get(gone[0]), timeout=30)
        rest = [node for node in nodes if node != gone[0]]
        equal(all(flower.json("/api/workers?status=1").get(node) for node in rest), True, "the others")


def screenshot(flower, path):
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with check("the page opens in a browser"):
        if not browser:
            raise AssertionError("no chromium is installed: apt-get install chromium")
        subprocess.run(
            [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1400,700",
             "--virtual-time-budget=8000", f"--screenshot={os.path.abspath(path)}", flower.url + "/workers"],
            check=True, capture_output=True, timeout=120)
        equal(os.path.getsize(path) > 10_000, True, "bytes of the picture")


def main():
    options = parser(__doc__)
    options.add_argument("--screenshot", metavar="FILE", help="picture of the page of workers, PNG")
    options.add_argument("--kill", type=int, metavar="PID", help="kill this worker at the end and see it go offline")
    options.add_argument("--url", help="a Flower that runs already")
    options = options.parse_args()
    app = make_app(options.broker, options.backend, options.prefix)
    nodes = sorted(name for reply in app.control.ping(timeout=2) for name in reply)
    if not nodes:
        raise SystemExit("no node answers ping: start workers first")
    flower = Flower(options)
    try:
        until("Flower answers", flower.is_up, timeout=60, every=0.3)
        workers(flower, nodes)
        tasks(app, flower)
        if options.screenshot:
            screenshot(flower, options.screenshot)
        if options.kill:
            killed(flower, nodes, options.kill)
    finally:
        flower.stop()
    finish()


if __name__ == "__main__":
    main()
