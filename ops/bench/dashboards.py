#!/usr/bin/env python3
"""Open dashboards against a running API: every request of the page at its interval, and the socket.

    ops/bench/dashboards.py --url http://127.0.0.1:8000 --dashboards 20 --seconds 600 [--pid PID]

Prints one JSON document: requests, answers by status, latencies, and with --pid the share of one core that the process
used. Ends with 1 when an answer is a 5xx, or the socket is lost.
"""
import argparse
import asyncio
import base64
import collections
import json
import os
import time
import urllib.parse

# Path and seconds between requests, as the front end polls (dashboard contract, rank A).
POLLS = [
    ("/api/v1/bots/status/enhanced", 5), ("/api/v1/cache-monitoring/cache/stats", 5),
    ("/api/v1/notifications/unread-count", 5), ("/api/v1/notifications/?limit=10&unread_only=false", 10),
    ("/api/v1/notifications/?limit=20&unread_only=false", 10), ("/api/v1/market/accounts", 10),
    ("/api/v1/market/system/status", 10), ("/api/v1/system-errors/health", 10),
    ("/api/v1/raw-trades/pnl-by-product", 30), ("/api/v1/raw-trades/pnl-by-product", 30),
    ("/api/v1/trends/BTC-USD", 60), ("/api/v1/intelligence/comprehensive", 30),
    ("/api/v1/market-analysis/analysis?limit=50&include_gems=true", 60), ("/api/v1/new-pairs/stats", 300),
    ("/api/v1/new-pairs/recent?days=5", 300), ("/api/v1/raw-trades/stats", 300),
    ("/api/v1/raw-trades/?limit=50", 10),
]


class Tally:
    def __init__(self):
        self.statuses = collections.Counter()
        self.seconds = []
        self.failed = collections.Counter()
        self.sockets_lost = 0


async def request(host, port, path, tally):
    began, answer = time.monotonic(), b""
    try:
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: http://localhost:3000\r\n"
                     "Connection: close\r\n\r\n".encode())
        answer = await asyncio.wait_for(reader.read(), 60)
        writer.close()
        status = int(answer.split(b" ", 2)[1])
    except (OSError, asyncio.TimeoutError, IndexError, ValueError):
        status = 599
    tally.statuses[status] += 1
    tally.seconds.append(time.monotonic() - began)
    if status >= 500:
        tally.failed[f"{path} {status}"] += 1
    return status, answer.split(b"\r\n\r\n", 1)[-1] if status < 599 else b""


async def poll(host, port, path, every, offset, until, tally):
    await asyncio.sleep(offset)
    while time.monotonic() < until:
        await request(host, port, path, tally)
        await asyncio.sleep(max(0, min(every, until - time.monotonic())))


async def tickers(host, port, offset, until, tally):
    """One ticker after another for each account, as the live portfolio asks."""
    await asyncio.sleep(offset)
    while time.monotonic() < until:
        _, body = await request(host, port, "/api/v1/market/accounts", tally)
        try:
            accounts = json.loads(body)
        except ValueError:
            accounts = []
        for account in accounts if isinstance(accounts, list) else []:
            currency = account.get("currency")
            if currency in ("USD", "USDC") or not account.get("available_balance"):
                continue
            await request(host, port, f"/api/v1/market/ticker/{currency}-USD", tally)
        await asyncio.sleep(max(0, min(10, until - time.monotonic())))


async def socket(host, port, until, tally):
    reader, writer = await asyncio.open_connection(host, port)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(f"GET /api/v1/ws/trade-execution HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: http://localhost:3000\r\n"
                 f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
                 "Sec-WebSocket-Version: 13\r\n\r\n".encode())
    while (left := until - time.monotonic()) > 0:
        try:
            if not await asyncio.wait_for(reader.read(65536), left):
                tally.sockets_lost += 1
                return
        except asyncio.TimeoutError:
            break
    writer.close()


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--dashboards", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--pid", type=int)
    options = parser.parse_args()
    place = urllib.parse.urlsplit(options.url)
    host, port = place.hostname, place.port or 80
    tally = Tally()
    began = time.monotonic()
    until = began + options.seconds
    used = cpu_seconds(options.pid) if options.pid else 0
    tasks = []
    for number in range(options.dashboards):
        offset = number * 5 / max(1, options.dashboards)
        tasks += [poll(host, port, path, every, offset, until, tally) for path, every in POLLS]
        tasks += [tickers(host, port, offset, until, tally), socket(host, port, until, tally)]
    await asyncio.gather(*tasks)
    took = time.monotonic() - began
    seconds = sorted(tally.seconds)
    document = {
        "dashboards": options.dashboards, "seconds": round(took, 1), "requests": len(seconds),
        "statuses": {str(status): count for status, count in sorted(tally.statuses.items())},
        "p50_ms": round(seconds[len(seconds) // 2] * 1000, 2) if seconds else None,
        "p99_ms": round(seconds[int(len(seconds) * 0.99)] * 1000, 2) if seconds else None,
        "max_ms": round(seconds[-1] * 1000, 2) if seconds else None,
        "sockets_lost": tally.sockets_lost, "failed": dict(tally.failed),
    }
    if options.pid:
        document["core_percent"] = round((cpu_seconds(options.pid) - used) / took * 100, 2)
    print(json.dumps(document))
    raise SystemExit(1 if tally.failed or tally.sockets_lost else 0)


asyncio.run(main())
