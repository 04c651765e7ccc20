import Foundation
import JobQueue
import ProgramSupport
import Redis
import TestSupport
import Testing

extension EndToEnd {
    /// Every cause that keeps a bot or an order from trading, planted in a real fleet on the paper exchange.
    @Suite(.serialized) struct WhyBotTests {
        /// Every score of such a bot says BUY.
        private static let buys =
            #"{"rsi": {"enabled": true, "weight": 1}, "trading_thresholds": {"buy_threshold": 2, "sell_threshold": 3}}"#
        /// No score of such a bot says anything but HOLD.
        private static let holds = buys.replacing("\"buy_threshold\": 2", with: "\"buy_threshold\": -3")

        @Test(.timeLimit(.minutes(5))) func `what keeps a bot from trading is named`() async throws {
            var table = CauseTable()
            try await withSandbox(schedule: Schedules.trading) { sandbox in
                let up = try await Up.start(in: sandbox, workers: 2)
                try await plantBots(sandbox)
                try await table.expect("bot stopped", of: "bot", "1", is: "bot-stopped", in: sandbox)
                try await table.expect(
                    "unconfirmed", of: "bot", "2", is: "unconfirmed",
                    saying: ["confirms BUY", "must persist for 60 minutes"], within: .seconds(90), in: sandbox)
                try await table.expect(
                    "cooling", of: "bot", "3", is: "cooling", saying: ["cools down for", "more minutes"],
                    within: .seconds(60), in: sandbox)
                try await table.expect(
                    "below minimum", of: "bot", "4", is: "below-minimum", saying: ["size is 1", "10 are the least"],
                    within: .seconds(60), in: sandbox)
                try await table.expect(
                    "hold by score", of: "bot", "5", is: "hold", saying: ["lies between its thresholds"],
                    within: .seconds(60), in: sandbox)
                try await plantCache(&table, sandbox)
                try await plantOrders(&table, sandbox)
                let redis = try RedisClient.of(sandbox)
                for (name, value) in [("maxmemory", "1gb"), ("maxmemory-policy", "allkeys-lru")] {
                    _ = try await redis.send(["CONFIG", "SET", .text(name), .text(value)])
                }
                await redis.close()
                try await table.expect(
                    "unsafe Redis", of: "execution", is: "unsafe-redis", saying: ["allkeys-lru"], in: sandbox)
                try await plantGate(&table, sandbox)
                _ = try await up.interrupt()
            }
            table.show()
            #expect(table.count == 14)
        }

        private func plantBots(_ sandbox: Sandbox) async throws {
            // A rebalance would trade for the bots that are not to trade.
            try await sandbox.run("schedule", "pause", "rebalance-portfolio")
            // Nor may one do so that was decided before.
            try await sandbox.run("schedule", "pause", "evaluate-bots")
            try await eventually("nothing is under way", within: .seconds(30), every: .milliseconds(200)) {
                let queues = try await sandbox.json("status")["queues"]
                return ["evaluation", "execution", "rebalance"].allSatisfy { name in
                    ["ready", "running", "scheduled"].allSatisfy { queues.named(name)[$0].int == 0 }
                }
            }
            let now = "strftime('%Y-%m-%d %H:%M:%f', 'now')"
            for statement in [
                "DELETE FROM trades WHERE bot_id <= 6",
                "UPDATE bots SET status = 'STOPPED' WHERE id = 1 OR id > 6",
                "UPDATE bots SET status = 'RUNNING', signal_config = '\(Self.buys)', confirmation_minutes = 60 "
                    + "WHERE id BETWEEN 2 AND 4",
                "UPDATE bots SET position_size_usd = 1 WHERE id = 4",
                "UPDATE bots SET status = 'RUNNING', signal_config = '\(Self.holds)' WHERE id IN (5, 6)",
                "INSERT INTO trades (bot_id, product_id, side, size, price, order_id, status, created_at, filled_at) "
                    + "SELECT id, pair, 'BUY', 1, 1, 'planted', 'filled', \(now), \(now) FROM bots WHERE id = 3",
            ] { _ = try await sandbox.sql(statement) }
            try await sandbox.run("schedule", "resume", "evaluate-bots")
        }

        /// The quotes are gone, and nothing brings new ones.
        private func plantCache(_ table: inout CauseTable, _ sandbox: Sandbox) async throws {
            let entries = ["refresh-quotes", "refresh-candles", "reconcile-orders"]
            for entry in entries { try await sandbox.run("schedule", "pause", entry) }
            let pair = try await sandbox.sql("SELECT pair FROM bots WHERE id = 6").first ?? ""
            let redis = try RedisClient.of(sandbox)
            try await eventually("the last refresh is over", within: .seconds(20), every: .milliseconds(200)) {
                try await sandbox.json("status")["queues"].named("cache-refresh")["running"].int == 0
            }
            _ = try await redis.send(["DEL", .text("market_data:ticker:\(pair)")])
            await redis.close()
            try await table.expect(
                "stale cache", of: "bot", "6", is: "stale-cache", saying: ["no quote of \(pair)"], in: sandbox)
            try await sandbox.run("schedule", "pause", "evaluate-bots", "--reason", "we look at it")
            try await table.expect(
                "bot whose evaluations are paused", of: "bot", "2", is: "entry-paused",
                saying: ["was evaluated last", "'evaluate-bots' is paused", "we look at it"], within: .seconds(100),
                in: sandbox)
        }

        private func plantOrders(_ table: inout CauseTable, _ sandbox: Sandbox) async throws {
            let rows = """
                INSERT INTO order_intents (job_id, leg, attempt, client_order_id, bot_id, product_id, side, base_size,
                    limit_price, order_kind, state, reason, created_at, updated_at)
                VALUES ('gone', 'cross', 0, 'planted-order', 5, 'BTC-USD', 'BUY', '0.01', '50000', 'sor_limit_ioc',
                    'FAILED', 'insufficientFund: too poor', strftime('%Y-%m-%d %H:%M:%f', 'now'),
                    strftime('%Y-%m-%d %H:%M:%f', 'now'))
                """
            _ = try await sandbox.sql(rows)
            try await table.expect(
                "order failed", of: "planted-order", is: "order-failed", saying: ["too poor"], in: sandbox)
            _ = try await sandbox.sql(
                "UPDATE order_intents SET state = 'UNKNOWN' WHERE client_order_id = 'planted-order'")
            try await table.expect(
                "order whose fate is unknown", of: "planted-order", is: "order-unknown",
                saying: ["is not known since"], in: sandbox)
        }

        private func plantGate(_ table: inout CauseTable, _ sandbox: Sandbox) async throws {
            let redis = try RedisClient.of(sandbox)
            try await OrderGateStore(broker: Broker(redis: redis)).hold(
                source: "leader", mark: "planted", why: "scheduler s1 did not resign")
            await redis.close()
            try await table.expect(
                "held after an unclean stop", of: "execution", is: "held", saying: ["s1 did not resign"], in: sandbox)
            try await table.expect(
                "held after an unclean stop, of a bot", of: "bot", "2", is: "held", saying: ["s1 did not resign"],
                in: sandbox)
            try await sandbox.run("halt", "all", "--reason", "a storm")
            try await table.expect(
                "halted", of: "execution", is: "halted", saying: ["a storm"], in: sandbox)
            try await table.expect("halted, of a bot", of: "bot", "2", is: "halted", saying: ["a storm"], in: sandbox)
        }

        @Test(.timeLimit(.minutes(3))) func `a job and a bot that a switch holds say so`() async throws {
            var table = CauseTable()
            try await withSandbox(schedule: Schedules.marketOnly) { sandbox in
                let up = try await Up.start(in: sandbox, workers: 2, environment: ["TRADING_ENABLED": "false"])
                let buy = #"{"bot_id": 1, "product": "BTC-USD", "side": "BUY", "base_size": "0.001"}"#
                try await sandbox.run("enqueue", "execution", "--id", "held", "--args", buy)
                try await table.expect(
                    "TRADING_ENABLED", of: "held", is: "trading-disabled", saying: ["TRADING_ENABLED is false"],
                    in: sandbox)
                try await table.expect(
                    "TRADING_ENABLED, of a queue", of: "execution", is: "trading-disabled",
                    saying: ["TRADING_ENABLED is false"], in: sandbox)
                try await table.expect(
                    "TRADING_ENABLED, of a bot", of: "bot", "1", is: "trading-disabled",
                    saying: ["TRADING_ENABLED is false"], in: sandbox)
                _ = try await up.interrupt()
            }
            table.show()
            #expect(table.count == 3)
        }
    }
}
