"""Calls every task of the existing application as its Python code does, and looks whether the work was done.

    python app_tasks.py --broker URL --backend URL --database FILE --golden DIR

--golden is the folder with the recorded results: one JSON file for each task. A result must have the recorded keys and
kinds of values. --database is the SQLite file of the fleet, which runs with the paper exchange. The driver adds rows to
it and deletes bots: only for a fleet that is thrown away afterwards.
"""

import datetime
import json
import pathlib
import sqlite3

from stage import check, equal, finish, make_app, parser, raises, until

WAIT = 150  # seconds that a get() waits: bots may have to wait a minute for their first candles

TRADING = "app.tasks.trading_tasks."
DATA = "app.tasks.data_tasks."
MARKET = "app.tasks.market_data_tasks."
WEIGHTS = "adaptive_weighting."
DATABASE_TIME = "%Y-%m-%d %H:%M:%S.%f"


class Stage:
    """The client, the recorded results and the database."""

    def __init__(self, options):
        self.app = make_app(options.broker, options.backend, options.prefix)
        self.file = options.database
        self.called = set()
        self.golden = {}
        for path in sorted(pathlib.Path(options.golden).glob("*.json")):
            record = json.loads(path.read_text())
            self.golden[record["task"]] = record["result"]

    def call(self, task, *args, **kwargs):
        """send_task and get; args and kwargs as Python would give them."""
        self.called.add(task)
        return self.app.send_task(task, args=args, kwargs=kwargs).get(timeout=WAIT)

    def recorded(self, task, *args, **kwargs):
        """The same, and the result has the recorded shape."""
        result = self.call(task, *args, **kwargs)
        compare(self.golden[task], result, task)
        return result

    def rows(self, sql, *values):
        """Runs one statement on the database; returns its rows."""
        with sqlite3.connect(self.file, timeout=30) as connection:
            rows = connection.execute(sql, values).fetchall()
        connection.close()
        return rows

    def count(self, table, where="1", *values):
        return self.rows(f"SELECT count(*) FROM {table} WHERE {where}", *values)[0][0]

    def running(self):
        return [row[0] for row in self.rows("SELECT pair FROM bots WHERE status = 'RUNNING' ORDER BY id")]


def kind(value):
    """What JSON calls a value; whole and broken numbers are one kind."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    return {str: "text", list: "list", dict: "object"}[type(value)]


def compare(recorded, got, place):
    """Raises where the two differ in keys or kinds. A null, list or object without members says nothing more."""
    if recorded is None and not place.endswith("_task") and not place.endswith("_data"):
        return
    if kind(recorded) != kind(got):
        raise AssertionError(f"{place}: got {kind(got)} {got!r:.200}, recorded is {kind(recorded)}")
    if isinstance(recorded, dict) and recorded:
        if by_name(place):
            for name in got:
                compare(next(iter(recorded.values())), got[name], f"{place}.{name}")
            return
        equal(sorted(got), sorted(recorded), f"keys of {place}")
        for name in recorded:
            compare(recorded[name], got[name], f"{place}.{name}")
    if isinstance(recorded, list) and recorded and not place.endswith(".results"):
        for index, element in enumerate(got):
            compare(recorded[0], element, f"{place}[{index}]")


def by_name(place):
    """Whether the keys of an object are names: signals of the bot, or databases of Redis."""
    return place.rsplit(".", 1)[-1] in ("old_weights", "new_weights", "performance_metrics", "keyspace")


def market_data(stage):
    with check("refresh_products_list"):
        result = stage.recorded(MARKET + "refresh_products_list")
        if not result["success"] or result["products_count"] < 1:
            raise AssertionError(f"got {result}")
    with check("refresh_all_market_data: the pairs of the running bots"):
        result = stage.recorded(MARKET + "refresh_all_market_data")
        equal(sorted(result["cached_products"]), sorted(set(stage.running())), "cached products")
        equal(result["error_count"], 0, "errors")
    with check("refresh_all_market_data: named pairs, by position and by keyword"):
        equal(stage.call(MARKET + "refresh_all_market_data", ["BTC-USD"])["cached_products"], ["BTC-USD"])
        result = stage.call(MARKET + "refresh_all_market_data", product_ids=["ETH-USD", "NOPE-USD"])
        equal([result["success_count"], result["error_count"]], [1, 1], "one of two pairs")
    with check("cache_stats_logger"):
        result = stage.recorded(MARKET + "cache_stats_logger")
        equal(result["task_name"], "cache_stats_logger")
        if result["cache_hits"] + result["cache_misses"] < 1:
            raise AssertionError(f"nothing was counted: {result}")
    with check("health_check"):
        result = stage.recorded(MARKET + "health_check")
        equal([result["service"], result["redis"], result["coinbase"]], ["healthy"] * 3)


def data(stage):
    for name in ["fetch_market_data", "fetch_data"]:
        with check(f"{name}: default, position, keyword"):
            for result in [stage.call(name), stage.call(name, "ETH-USD"), stage.call(name, product_id="SOL-USD")]:
                equal(sorted(result), ["candles", "status"], "keys")
                equal(result["status"], "success")
                if not isinstance(result["candles"], int) or result["candles"] < 1:
                    raise AssertionError(f"got {result}")
        with check(f"{name}: a pair that the exchange does not list"):
            compare(stage.golden[name], stage.call(name, "NOPE-USD"), name)
    with check("fetch_market_data_task: rows of market_data, once"):
        task = DATA + "fetch_market_data_task"
        where = "product_id = 'XRP-USD' AND timeframe = '1h'"
        stage.rows("DELETE FROM market_data WHERE product_id = 'XRP-USD'")
        stage.recorded(task, ["XRP-USD"], ["1h"])
        first = stage.count("market_data", where)
        if first < 20:
            raise AssertionError(f"{first} rows")
        stage.recorded(task, product_ids=["XRP-USD"], timeframes=["1h"])
        if stage.count("market_data", where) > first + 1:
            raise AssertionError("candles are there twice")
    with check("fetch_market_data_task: defaults, and every timeframe"):
        equal(stage.call(DATA + "fetch_market_data_task"), None)
        for pair in ["BTC-USD", "ETH-USD"]:
            if not stage.count("market_data", "product_id = ? AND timeframe = '1h'", pair):
                raise AssertionError(f"no candles of {pair}")
        frames = ["5m", "15m", "1h", "4h", "1d"]  # the paper exchange has no shorter candles
        equal(stage.call(DATA + "fetch_market_data_task", ["BTC-USD"], frames), None)
        found = stage.rows("SELECT DISTINCT timeframe FROM market_data WHERE product_id = 'BTC-USD'")
        equal({row[0] for row in found} & set(frames), set(frames), "timeframes")
    with check("cleanup_old_data: rows of 400 days go, rows of 20 days stay"):
        task = DATA + "cleanup_old_data"
        now = datetime.datetime.now(datetime.timezone.utc)
        for days in [400, 20]:
            time = (now - datetime.timedelta(days=days)).strftime(DATABASE_TIME)
            stage.rows("INSERT INTO market_data (product_id, timestamp, timeframe, close_price)"
                       " VALUES ('OLD-USD', ?, '1h', 1)", time)
        stage.recorded(task)
        equal(stage.count("market_data", "product_id = 'OLD-USD'"), 1, "rows left")
        stage.recorded(task, days_to_keep=10)
        equal(stage.count("market_data", "product_id = 'OLD-USD'"), 0, "rows left")


def evaluations(stage):
    bots = len(stage.running())
    with check("candles of every running pair"):
        stage.call(DATA + "fetch_market_data_task", stage.running(), ["1h"])
    for task, kwargs in [(TRADING + "evaluate_bot_signals", {"enable_automatic_trading": True}),
                         (TRADING + "evaluate_bot_signals", {}), ("evaluate_signals", {})]:
        with check(f"{task.split('.')[-1]} {kwargs or ''}: a score of every running bot is stored"):
            stage.call(MARKET + "refresh_all_market_data")
            before = stage.count("bot_signal_history")
            result = stage.recorded(task, **kwargs)
            equal([result["running_bots"], result["evaluated_bots"], len(result["results"])], [bots] * 3, "bots")
            equal(result["automatic_trading"], bool(kwargs), "automatic_trading")
            for one in result["results"]:
                equal(sorted(one), ["action", "automatic_trade", "bot_id", "bot_name", "score"], "keys of a result")
                kinds = [kind(one[name]) for name in ["bot_id", "bot_name", "action", "score"]]
                equal(kinds, ["number", "text", "text", "number"], "kinds of a result")
            equal(stage.count("bot_signal_history"), before + bots, "rows of bot_signal_history")
            scores = {one["bot_id"]: one["score"] for one in result["results"]}
            history = stage.rows("SELECT bot_id, combined_score FROM bot_signal_history ORDER BY id DESC LIMIT ?", bots)
            equal(dict(history), scores, "scores of bot_signal_history")
            # The score of a market without news is not the bot's new score.
            stored = dict(stage.rows("SELECT id, current_combined_score FROM bots"))
            same = sum(abs(stored[bot] - score) < 1e-9 for bot, score in scores.items())
            if same < bots / 2:
                raise AssertionError(f"{same} of {bots} scores are stored at the bots")
    with check("fast_trading_evaluation"):
        before = stage.count("bot_signal_history")
        result = stage.recorded(TRADING + "fast_trading_evaluation")
        equal(result["status"], "fast_evaluation_complete")
        equal(stage.count("bot_signal_history"), before + bots, "rows of bot_signal_history")


def orders(stage):
    """A bot that buys whatever the market does brings an order; the exchange's answer is reconciled."""
    with check("evaluate_bot_signals: an order follows as a job of its own, and is filled"):
        config = {"rsi": {"enabled": True, "weight": 1.0, "period": 14, "buy_threshold": 95, "sell_threshold": 99}}
        stage.rows("UPDATE bots SET signal_config = ?, confirmation_minutes = 1 WHERE id = 1", json.dumps(config))
        before = stage.count("raw_trades")

        def traded():
            stage.call(MARKET + "refresh_all_market_data")
            stage.call(TRADING + "evaluate_bot_signals")
            # The signal is confirmed as if it had stood for ten minutes.
            start = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=10)
            stage.rows("UPDATE bots SET signal_confirmation_start = ? WHERE id = 1", start.strftime(DATABASE_TIME))
            return stage.count("raw_trades") > before

        until("a fill of bot 1 is in raw_trades", traded, timeout=60, every=1)
    trade, order = 0, ""
    with check("update_trade_statuses"):
        result = stage.recorded(TRADING + "update_trade_statuses")
        equal(result["status"], "success")
    with check("update_trade_statuses: an order that was filled elsewhere is reconciled"):
        trade, order = stage.rows(
            "SELECT id, order_id FROM trades WHERE status = 'completed' AND order_id IS NOT NULL LIMIT 1")[0]
        stage.rows("UPDATE trades SET status = 'open', filled_at = NULL WHERE id = ?", trade)
        details = stage.recorded(TRADING + "update_trade_statuses")["details"]
        equal([details["updated_count"], details["completed_count"]], [1, 1], "updated trades")
        equal(stage.rows("SELECT status FROM trades WHERE id = ?", trade), [("completed",)])
    with check("monitor_order_status: position and keyword"):
        wanted = {"status": "completed", "order_id": order, "trade_id": trade}
        equal(stage.call(TRADING + "monitor_order_status", order, trade), wanted)
        stage.rows("UPDATE trades SET status = 'pending', filled_at = NULL WHERE id = ?", trade)
        equal(stage.call(TRADING + "monitor_order_status", order_id=order, trade_id=trade), wanted)
    with check("monitor_order_status: a trade that is not there"):
        result = stage.call(TRADING + "monitor_order_status", "nowhere", 999999)
        equal(sorted(result), ["error", "order_id", "status", "trade_id"], "keys")
        equal(result["status"], "error")


def analysis(stage):
    with check("scan_for_new_pairs_task: a pair that was not there"):
        stage.call("scan_for_new_pairs_task")
        stage.rows("DELETE FROM trading_pairs WHERE product_id = 'BTC-USD'")
        stage.rows("DELETE FROM notifications WHERE event_key = 'new-pair:BTC-USD'")
        result = stage.recorded("scan_for_new_pairs_task")
        equal([result["new_pairs_found"], result["notifications_created"]], [1, 1], "new pairs")
        equal(stage.count("trading_pairs", "product_id = 'BTC-USD'"), 1, "rows of trading_pairs")
        equal(stage.count("notifications", "event_key = 'new-pair:BTC-USD'"), 1, "notifications")
    with check("analyze_new_pair_task: position and keyword"):
        wanted = ["analysis", "notification_created", "product_id", "promising", "success"]
        result = stage.call("analyze_new_pair_task", "BTC-USD")
        equal(sorted(result), wanted, "keys")
        equal([result["success"], result["promising"]], [True, True])
        shape = stage.golden["market_opportunity_alert"]["opportunities"][0]
        compare(shape, stage.call("analyze_new_pair_task", product_id="BTC-USD")["analysis"], "analysis")
        equal(stage.count("notifications", "event_key = 'promising-pair:BTC-USD'"), 1, "notifications")
    with check("analyze_new_pair_task: a pair that is not tracked"):
        compare(stage.golden["analyze_new_pair_task"], stage.call("analyze_new_pair_task", "NOPE-USD"), "result")
    with check("periodic_market_scan: pairs without a bot, and one notification"):
        stage.rows("DELETE FROM bots WHERE pair IN ('BTC-USD', 'ETH-USD', 'XRP-USD', 'SOL-USD')")
        before = stage.count("notifications", "type = 'market_opportunity'")
        result = stage.recorded("periodic_market_scan")
        if not result["success"] or result["total_analyzed"] < 4:
            raise AssertionError(f"got {result!r:.300}")
        equal(stage.count("notifications", "type = 'market_opportunity'"), before + 1, "notifications")
    with check("market_opportunity_alert: default, position, keyword"):
        least = 12.0
        for result in [stage.recorded("market_opportunity_alert"), stage.call("market_opportunity_alert", 16),
                       stage.call("market_opportunity_alert", min_score=20.5)]:
            equal(result["exceptional_count"], len(result["opportunities"]), "count")
            if any(one["total_score"] < least for one in result["opportunities"]):
                raise AssertionError(f"a score below {least}: {result!r:.300}")
            least = 16 if least == 12.0 else 20.5


def weights(stage):
    bot, pair = stage.rows("SELECT id, pair FROM bots WHERE status = 'RUNNING' ORDER BY id LIMIT 1")[0]
    now = datetime.datetime.now(datetime.timezone.utc)
    for index in range(60):
        time = (now - datetime.timedelta(days=2, minutes=index)).strftime(DATABASE_TIME)
        for signal, share in [("rsi", 1), ("moving_average", 2), ("macd", 6)]:
            outcome = "true_positive" if index % share == 0 else "false_positive"
            stage.rows("INSERT INTO signal_predictions (timestamp, pair, regime, signal_type, signal_score, prediction,"
                       " confidence, outcome, evaluation_timestamp, evaluation_period_minutes)"
                       " VALUES (?, ?, 'TRENDING', ?, 0.5, 'buy', 0.7, ?, ?, 60)", time, pair, signal, outcome, time)
    with check("update_bot_weights: new weights are stored"):
        result = stage.recorded(WEIGHTS + "update_bot_weights", bot)
        equal([result["bot_id"], result["success"]], [bot, True], f"result {result}")
        equal(stage.count("adaptive_signal_weights", "bot_id = ?", bot), 1, "rows of adaptive_signal_weights")
    with check("update_bot_weights: too early for another, and a bot that is not there"):
        result = stage.recorded(WEIGHTS + "update_bot_weights", bot_id=bot)
        equal([result["success"], result["message"][:14]], [False, "Update skipped"])
        equal(stage.recorded(WEIGHTS + "update_bot_weights", 99999)["success"], False)
    with check("update_all_eligible_bots"):
        result = stage.recorded(WEIGHTS + "update_all_eligible_bots")
        equal(result["total_bots_checked"], len(stage.running()), "bots")
    with check("calculate_performance_metrics: default, position, keyword"):
        task = WEIGHTS + "calculate_performance_metrics"
        stage.rows("DELETE FROM signal_performance_metrics")
        if stage.recorded(task)["metrics_calculated"] < 3:
            raise AssertionError("nothing was calculated")
        equal(stage.count("signal_performance_metrics", "pair = ?", pair), 3, "rows of signal_performance_metrics")
        equal(stage.call(task, pair)["pair_filter"], pair)
        equal(stage.call(task, pair=pair, regime="TRENDING")["regime_filter"], "TRENDING")


def mistakes(stage):
    """Arguments that do not fit raise what Python raises."""
    cases = [
        (WEIGHTS + "update_bot_weights", [], {}, "missing 1 required positional argument: 'bot_id'"),
        (WEIGHTS + "update_bot_weights", [1], {"bot_id": 1}, "got multiple values for argument 'bot_id'"),
        (TRADING + "monitor_order_status", [], {},
         "missing 2 required positional arguments: 'order_id' and 'trade_id'"),
        (TRADING + "evaluate_bot_signals", [], {"x": 1}, "got an unexpected keyword argument 'x'"),
        ("fetch_market_data", ["A-B", "C-D"], {}, "takes from 0 to 1 positional arguments but 2 were given"),
        ("periodic_market_scan", [1], {}, "takes 0 positional arguments but 1 was given"),
        (WEIGHTS + "update_bot_weights", ["one"], {}, "argument 'bot_id' is not a whole number"),
    ]
    for task, args, kwargs, text in cases:
        with check(f"{task.split('.')[-1]}: {text}"):
            raises(stage.app.send_task(task, args=args, kwargs=kwargs), TypeError, text, timeout=WAIT)
    with check("a task that nobody has registered"):
        raises(stage.app.send_task(TRADING + "nobody"), "NotRegistered", timeout=WAIT)


def main():
    options = parser(__doc__)
    options.add_argument("--database", required=True, help="the SQLite file of the fleet")
    options.add_argument("--golden", required=True, help="the folder with the recorded results")
    stage = Stage(options.parse_args())
    for part in [market_data, data, evaluations, orders, analysis, weights, mistakes]:
        part(stage)
    with check("every recorded task was called"):
        equal(sorted(set(stage.golden) - stage.called), [], "tasks that were not called")
    finish()


if __name__ == "__main__":
    main()
