import Foundation
import ProgramSupport
import Redis
import TestSupport
import Testing

extension EndToEnd {
    /// Settings that switch a part of the work off, obeyed by real workers.
    @Suite(.serialized) struct TradingSwitchTests {
        private static let buy = #"{"bot_id": 1, "product": "BTC-USD", "side": "BUY", "base_size": "0.001"}"#
        private static let reason = "TRADING_ENABLED is false: no order is placed"

        @Test(.timeLimit(.minutes(3)))
        func `without trading orders are held and say why, and are placed once trading is on`() async throws {
            try await withSandbox(schedule: Schedules.marketOnly) { sandbox in
                let off = ["TRADING_ENABLED": "false"]
                let fleet = try await Up.start(in: sandbox, workers: 2, environment: off)
                #expect(fleet.program.output.contains("TRADING_ENABLED is false"))
                try await sandbox.run("enqueue", "execution", "--id", "held", "--args", Self.buy)
                try await sandbox.run("enqueue", "execution", "--id", "late", "--fresh-for", "2s", "--args", Self.buy)
                try await eventually("the job is held", within: .seconds(60), every: .milliseconds(200)) {
                    try await sandbox.json("jobs", "show", "held")["held"].text == Self.reason
                }
                let shown = try await sandbox.run("jobs", "show", "held")
                #expect(shown.output.contains("held      \(Self.reason)"), "\(shown)")
                let wait = ["enqueue", "execution", "--args", #"{"reconcile": true}"#, "--wait"]
                #expect(try await sandbox.run(wait).status == 0)
                try await eventually("the late one expires", within: .seconds(60), every: .milliseconds(200)) {
                    try await sandbox.json("jobs", "show", "late")["state"].text == "expired"
                }
                try await expectTold(sandbox)
                #expect(try await sandbox.json("jobs", "show", "held")["attempt"].int == 0)
                #expect(try await fleet.interrupt().status == 0)
                #expect(try await sandbox.count("SELECT COUNT(*) FROM trades WHERE order_id IS NOT NULL") == 0)

                let again = try await Up.start(in: sandbox, workers: 2)
                try await eventually("the order is placed", within: .seconds(60), every: .milliseconds(200)) {
                    try await sandbox.json("jobs", "show", "held")["state"].text == "succeeded"
                }
                #expect(try await sandbox.count("SELECT COUNT(*) FROM trades WHERE order_id IS NOT NULL") == 1)
                #expect(try await sandbox.json("status")["switched_off"].array.isEmpty)
                #expect(try await again.interrupt().status == 0)
            }
        }

        private func expectTold(_ sandbox: Sandbox) async throws {
            let status = try await sandbox.json("status")
            #expect(status["switched_off"][0]["setting"].text == "TRADING_ENABLED", "\(status)")
            #expect(status["switched_off"][0]["workers"].int == 2, "\(status)")
            let table = try await sandbox.run("status")
            #expect(table.output.contains("jobs that would place one are held (every worker)"), "\(table)")
            let doctor = try await sandbox.run("doctor")
            #expect(doctor.output.contains("warn  trading       TRADING_ENABLED is false"), "\(doctor)")
        }

        @Test(.timeLimit(.minutes(3)))
        func `without the cache nothing is refreshed and every decision holds`() async throws {
            let off = ["CACHE_ENABLED": "false"]
            try await withSandbox(schedule: Schedules.trading, environment: off) { sandbox in
                let up = try await Up.start(in: sandbox, workers: 2)
                let refresh = ["enqueue", "cache-refresh", "--args", #"{"what": "quotes"}"#, "--wait", "--json"]
                let refreshed = try await sandbox.run(refresh)
                #expect(refreshed.output.contains("CACHE_DISABLED"), "\(refreshed)")
                let decide = ["enqueue", "evaluation", "--args", #"{"bot_id": 1}"#, "--wait", "--json"]
                let decided = try await sandbox.run(decide)
                #expect(decided.output.contains("CACHE_DISABLED") && decided.output.contains("HOLD"), "\(decided)")
                let redis = try RedisClient.of(sandbox)
                #expect(try await redis.send(["KEYS", "*market_data*"]) == .array([]))
                await redis.close()
                #expect(try await sandbox.run("status").output.contains("CACHE_ENABLED is false"))
                #expect(try await up.interrupt().status == 0)
            }
        }
    }
}
