import Foundation
import ProgramSupport
import Redis
import TestSupport
import Testing

extension EndToEnd {
    @Suite(.serialized) struct ExecutionTests {
        private static let args = """
            {"bot_id": 1, "product": "BTC-USD", "side": "BUY", "base_size": "0.001"}
            """

        @Test(.timeLimit(.minutes(2)))
        func `a worker that dies after placing an order has placed one order`() async throws {
            try await withSandbox(schedule: Schedules.marketOnly, environment: Schedules.testJobs) { sandbox in
                let up = try await Up.start(in: sandbox, workers: 2)
                // The worker that places the order dies before it can record it.
                try sandbox.write("", to: ".flotilla/kill-after-order")
                try await sandbox.run("enqueue", "execution", "--id", "buy-1", "--args", Self.args)
                try await eventually("the order is recorded", within: .seconds(60), every: .milliseconds(200)) {
                    try await sandbox.json("jobs", "show", "buy-1")["state"].text == "succeeded"
                }
                let job = try await sandbox.json("jobs", "show", "buy-1")
                #expect(job["crashes"].int == 1, "\(job)")
                #expect(job["result"]["order"].text != "", "\(job)")
                let redis = try RedisClient.of(sandbox)
                let once = try await trace(sandbox, redis)
                #expect(once.orders == 1 && once.trades == 1 && once.fills >= 1, "\(once)")
                #expect(once.fills == once.distinctFills, "\(once)")

                let again = try await sandbox.json("enqueue", "execution", "--id", "buy-1", "--args", Self.args)
                #expect(again["new"] == .bool(false))
                let retried = try await sandbox.run("failed", "retry", "buy-1", "--yes")
                #expect(retried.status == 3, "\(retried)")
                // A job of another queue behind it shows that nothing of buy-1 is left to run.
                let wait = ["enqueue", "execution", "--args", #"{"reconcile": true}"#, "--wait"]
                #expect(try await sandbox.run(wait).status == 0)
                #expect(try await trace(sandbox, redis) == once)
                await redis.close()
                #expect(try await up.interrupt().status == 0)
            }
        }

        private struct Trace: Equatable {
            /// Of the paper exchange.
            var orders: Int
            /// Of the ledger.
            var trades, fills, distinctFills: Int
        }

        private func trace(_ sandbox: Sandbox, _ redis: RedisClient) async throws -> Trace {
            let orders = try await redis.send(["ZCARD", "flotilla:1:{paper}:timeline"]).int(of: "ZCARD")
            return Trace(
                orders: orders,
                trades: try await sandbox.count("SELECT COUNT(*) FROM trades WHERE order_id IS NOT NULL"),
                fills: try await sandbox.count("SELECT COUNT(*) FROM raw_trades"),
                distinctFills: try await sandbox.count("SELECT COUNT(DISTINCT fill_id) FROM raw_trades"))
        }
    }
}
