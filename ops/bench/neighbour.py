#!/usr/bin/env python3
"""The Python application as a neighbour in the same SQLite file, while a fleet evaluates and trades.

    ops/bench/neighbour.py --database trader.db --processes 4 --transactions 20000 [--fleet-log FILE]

Four processes make ORM transactions as the application does: it reads bots with their newest history, edits bots,
writes notifications and market data, and reads trades and fills. SQLAlchemy is installed into a virtual environment
beside this script's build folder when it is missing. Prints one JSON document; ends with 1 when a transaction failed
(such as "database is locked"). Of a fleet that logs with LOG_LEVEL=trace it also says how long its own writes took,
and how often it met a locked database.
"""
import argparse
import collections
import datetime
import json
import multiprocessing
import os
import random
import re
import subprocess
import sys
import time

ENVIRONMENT = os.environ.get("FLOTILLA_PYTHON") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "..", ".build", "python")
REQUIREMENT = "SQLAlchemy==2.0.23"  # what the application pins


def in_environment():
    """Goes on in a Python that has SQLAlchemy."""
    try:
        import sqlalchemy  # noqa: F401
        return
    except ImportError:
        pass
    python = os.path.join(ENVIRONMENT, "bin", "python3")
    if not os.path.exists(python):
        subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True, stdout=sys.stderr)
        subprocess.run([python, "-m", "pip", "install", "--quiet", REQUIREMENT], check=True, stdout=sys.stderr)
    if os.path.realpath(sys.prefix) == os.path.realpath(ENVIRONMENT):
        raise SystemExit("SQLAlchemy cannot be imported from " + ENVIRONMENT)
    os.execv(python, [python, os.path.abspath(__file__)] + sys.argv[1:])


def models():
    """The application's tables, by the names of their columns."""
    from sqlalchemy import Boolean, Column, DateTime, Float, ForeignKey, Integer, String, Text, func
    from sqlalchemy.orm import declarative_base, relationship

    base = declarative_base()

    class Bot(base):
        __tablename__ = "bots"
        id = Column(Integer, primary_key=True, index=True)
        name = Column(String(100), unique=True, index=True)
        description = Column(Text)
        pair = Column(String(20), index=True)
        status = Column(String(20), default="STOPPED")
        position_size_usd = Column(Float)
        signal_config = Column(Text)
        current_position_size = Column(Float, default=0.0)
        current_combined_score = Column(Float, default=0.0)
        signal_confirmation_start = Column(DateTime)
        created_at = Column(DateTime, server_default=func.now())
        updated_at = Column(DateTime, onupdate=datetime.datetime.utcnow)
        history = relationship("BotSignalHistory")

    class BotSignalHistory(base):
        __tablename__ = "bot_signal_history"
        id = Column(Integer, primary_key=True)
        bot_id = Column(Integer, ForeignKey("bots.id"))
        timestamp = Column(DateTime)
        combined_score = Column(Float)
        action = Column(String(10))

    class Trade(base):
        __tablename__ = "trades"
        id = Column(Integer, primary_key=True)
        bot_id = Column(Integer, ForeignKey("bots.id"))
        product_id = Column(String(20))
        side = Column(String(10))
        size = Column(Float)
        price = Column(Float)
        status = Column(String(20))
        created_at = Column(DateTime)
        filled_at = Column(DateTime)

    class RawTrade(base):
        __tablename__ = "raw_trades"
        id = Column(Integer, primary_key=True)
        product_id = Column(String(20), nullable=False)
        side = Column(String(10), nullable=False)
        size = Column(Float, nullable=False)
        price = Column(Float, nullable=False)
        commission = Column(Float)

    class Notification(base):
        __tablename__ = "notifications"
        id = Column(Integer, primary_key=True)
        type = Column(String(50), nullable=False)
        title = Column(String(200), nullable=False)
        message = Column(Text, nullable=False)
        priority = Column(String(20))
        read = Column(Boolean, default=False)
        created_at = Column(DateTime, server_default=func.now())

    class MarketData(base):
        __tablename__ = "market_data"
        id = Column(Integer, primary_key=True)
        product_id = Column(String(20))
        timestamp = Column(DateTime)
        timeframe = Column(String(10))
        close_price = Column(Float)

    return Bot, BotSignalHistory, Trade, RawTrade, Notification, MarketData


def work(number, options, results):
    from sqlalchemy import create_engine, select
    from sqlalchemy.orm import Session

    Bot, History, Trade, RawTrade, Notification, MarketData = models()
    # As the application opens it: the driver's own time-out of 5 s, nothing else.
    engine = create_engine(f"sqlite:///{options.database}", connect_args={"check_same_thread": False})
    chance = random.Random(number)
    writes, errors, done = [], collections.Counter(), 0

    def read_bots(session):
        for bot in session.scalars(select(Bot).order_by(Bot.id)):
            session.scalars(select(History).where(History.bot_id == bot.id).order_by(History.timestamp.desc())
                            .limit(1)).first()

    def read_trades(session):
        session.scalars(select(Trade).order_by(Trade.created_at.desc()).limit(50)).all()
        session.scalars(select(RawTrade).limit(200)).all()

    def edit_bot(session):
        bot = session.scalars(select(Bot).where(Bot.id == chance.randint(1, 39))).first()
        if bot is not None:
            bot.description = f"edited {chance.random()}"

    def notify(session):
        session.add(Notification(type="system_alert", title="neighbour", message="a note", priority="low",
                                 read=False, created_at=datetime.datetime.utcnow()))

    def keep_candle(session):
        session.add(MarketData(product_id="BTC-USD", timestamp=datetime.datetime.utcnow(), timeframe="1h",
                               close_price=chance.random()))

    kinds = [(read_bots, False), (read_trades, False), (edit_bot, True), (notify, True), (keep_candle, True)]
    share = options.transactions // options.processes + (number < options.transactions % options.processes)
    while done < share:
        kind, is_write = chance.choice(kinds)
        began = time.monotonic()
        try:
            with Session(engine) as session:
                kind(session)
                session.commit()
        except Exception as error:  # counted by its words, whatever it is
            errors[str(getattr(error, "orig", error))[:120]] += 1
        if is_write:
            writes.append(time.monotonic() - began)
        done += 1
    results.put((done, writes, dict(errors)))


def percentile(ordered, share):
    return round(ordered[int(len(ordered) * share)], 2) if ordered else None


def fleet_side(path, offset):
    """What the fleet logged from a place of its log on."""
    times, locked = [], 0
    with open(path, errors="replace") as log:
        log.seek(offset)
        for line in log:
            found = re.search(r"ledger write.*?microseconds\D+([0-9.]+)", line)
            if found:
                times.append(float(found.group(1)) / 1000)
            locked += "database is locked" in line or "held the database" in line
    times.sort()
    return {"fleet_writes": len(times), "fleet_write_p50_ms": percentile(times, 0.5),
            "fleet_write_p99_ms": percentile(times, 0.99), "fleet_locked": locked}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", required=True)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--transactions", type=int, default=20_000)
    parser.add_argument("--fleet-log")
    options = parser.parse_args()
    in_environment()
    offset = os.path.getsize(options.fleet_log) if options.fleet_log else 0
    results = multiprocessing.Queue()
    began = time.monotonic()
    processes = [multiprocessing.Process(target=work, args=(number, options, results))
                 for number in range(options.processes)]
    for process in processes:
        process.start()
    answers = [results.get() for _ in processes]
    for process in processes:
        process.join()
    writes = sorted(second * 1000 for _, seconds, _ in answers for second in seconds)
    errors = collections.Counter()
    for _, _, found in answers:
        errors.update(found)
    fleet = fleet_side(options.fleet_log, offset) if options.fleet_log else {}
    print(json.dumps({
        "transactions": sum(done for done, _, _ in answers), "writes": len(writes),
        "seconds": round(time.monotonic() - began, 1),
        "write_p50_ms": percentile(writes, 0.5), "write_p99_ms": percentile(writes, 0.99),
        "errors": dict(errors)} | fleet))
    raise SystemExit(1 if errors or fleet.get("fleet_locked") else 0)


if __name__ == "__main__":
    main()
