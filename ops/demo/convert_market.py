#!/usr/bin/env python3
"""Turns the offline market's two candle tables into the small text files that PaperCandleFile reads.

Usage: python3 convert_market.py CSV_FOLDER OUT_FOLDER
CSV_FOLDER holds products.json, manifest.json, candles_5m.csv.gz and candles_1h.csv.gz; the manifest's hashes are checked.
Nothing is lost: prices are whole quote increments, volumes whole units of 10^-volume_decimals, so every decimal text
of the tables can be written again. One file per product and granularity, so that a reader loads only what it asks for.

First line:  <product> <seconds> <start of slot 0> <quote decimals> <volume decimals> <rows>
Other lines: <slot> <open> <high - open> <open - low> <close - open> <volume>; missing slots had no trade.
"""
import csv
import gzip
import hashlib
import io
import json
import os
import shutil
import sys


def decimals(text):
    return len(text.partition(".")[2])


def units(text, places):
    whole, _, fraction = text.partition(".")
    return int(whole + fraction.ljust(places, "0"))


def table(folder, name, wanted):
    raw = gzip.open(os.path.join(folder, name)).read()
    if hashlib.sha256(raw).hexdigest() != wanted:
        sys.exit(f"{name}: hash differs from manifest.json. Use the table that belongs to this manifest.")
    rows = {}
    for row in csv.DictReader(io.StringIO(raw.decode())):
        rows.setdefault(row["product_id"], []).append(row)
    return rows


def lines(product, rows, seconds, places):
    first = int(rows[0]["start"])
    volume_places = max(decimals(row["volume"]) for row in rows)
    yield f"{product} {seconds} {first} {places} {volume_places} {len(rows)}"
    for row in rows:
        o, h, l, c = (units(row[k], places) for k in ("open", "high", "low", "close"))
        slot = (int(row["start"]) - first) // seconds
        yield f"{slot} {o} {h - o} {o - l} {c - o} {units(row['volume'], volume_places)}"


def main(source, target):
    manifest = json.load(open(os.path.join(source, "manifest.json")))
    products = json.load(open(os.path.join(source, "products.json")))["products"]
    places = {p["product_id"]: decimals(p["quote_increment"]) for p in products}
    os.makedirs(target, exist_ok=True)
    for name in ("products.json", "manifest.json"):
        shutil.copyfile(os.path.join(source, name), os.path.join(target, name))
    for label, seconds in (("5m", 300), ("1h", 3600)):
        name = f"candles_{label}.csv.gz"
        os.makedirs(os.path.join(target, f"candles_{label}"), exist_ok=True)
        for product, rows in table(source, name, manifest["files"][name]["sha256_uncompressed"]).items():
            with open(os.path.join(target, f"candles_{label}", product + ".txt"), "w") as out:
                out.write("\n".join(lines(product, rows, seconds, places[product])) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
