import Foundation
import ProgramSupport
import Redis
import TestSupport
import Testing

extension EndToEnd {
    /// Halting, resuming and flattening a fleet that trades on the paper exchange.
    @Suite(.serialized) struct HaltTests {
        private static let buy = #"{"product": "BTC-USD", "side": "BUY", "base_size": "0.0005"}"#
        private static let sell = #"{"product": "BTC-USD", "side": "SELL", "base_size": "0.0005"}"#
        private static let timeline = RedisWord.text("flotilla:1:{paper}:timeline")

        /// When the newest order was placed, unix ms, and how many there are.
        private func placed(_ sandbox: Sandbox) async throws -> (newest: Double, count: Int) {
            let redis = try RedisClient.of(sandbox)
            let count = try await redis.send(["ZCARD", Self.timeline]).int(of: "ZCARD")
            let newest = try await redis.send(["ZREVRANGE", Self.timeline, 0, 0, "WITHSCORES"]).pairs(of: "ZREVRANGE")
            await redis.close()
            return (try newest.first?.value.double() ?? 0, count)
        }

        private func now(_ sandbox: Sandbox) async throws -> Double {
            let redis = try RedisClient.of(sandbox)
            let time = try await redis.send(["TIME"]).array(of: "TIME", count: 2)
            await redis.close()
            return Double(try time[0].int(of: "TIME")) * 1_000 + Double(try time[1].int(of: "TIME")) / 1_000
        }

        /// Waits until none of the jobs is ready or runs: they are over, or wait for a time.
        private func settle(_ sandbox: Sandbox, state: String? = nil) async throws {
            try await eventually("no order is on its way", within: .seconds(60), every: .milliseconds(100)) {
                let queue = try await sandbox.json("status")["queues"].array.first { $0["name"].text == "execution" }
                guard let queue, queue["ready"].int == 0, queue["running"].int == 0 else { return false }
                return state == nil || queue[state ?? ""].int == 0
            }
        }

        private func order(_ sandbox: Sandbox, _ id: String, _ args: String) async throws -> JSON {
            try await sandbox.run("enqueue", "execution", "--id", id, "--args", args)
            try await eventually("\(id) is over", within: .seconds(60), every: .milliseconds(200)) {
                try await sandbox.json("jobs", "show", id)["state"].text == "succeeded"
            }
            return try await sandbox.json("jobs", "show", id)["result"]
        }

        @Test(.timeLimit(.minutes(4)))
        func `a halt stops orders within a second, over restarts, and no old decision is traded after it`() async throws
        {
            try await withSandbox(schedule: Schedules.marketOnly) { sandbox in
                let fleet = try await Up.start(in: sandbox, workers: 2)
                #expect(try await sandbox.json("status")["gate"]["hold"] == .null)
                _ = try await order(sandbox, "first", Self.buy)
                try await sandbox.run("enqueue", "execution", "--count", "1000", "--args", Self.buy)
                try await eventually("orders are being placed", within: .seconds(30), every: .milliseconds(20)) {
                    try await placed(sandbox).count > 20
                }
                #expect(try await sandbox.run("halt", "all", "--reason", "a test").status == 0)
                let halted = try await now(sandbox)
                try await settle(sandbox)
                let stopped = try await placed(sandbox)
                #expect(stopped.newest <= halted + 1_000 && stopped.count < 900, "\(stopped), halted at \(halted)")
                try await expectTold(sandbox)
                #expect(try await fleet.interrupt().status == 0)

                let again = try await Up.start(in: sandbox, workers: 2)
                #expect(try await sandbox.json("status")["gate"]["halts"][0]["level"].text == "all")
                try await sandbox.run("enqueue", "execution", "--id", "under", "--args", Self.sell)
                try await eventually("the job is held", within: .seconds(30), every: .milliseconds(200)) {
                    try await sandbox.json("jobs", "show", "under")["held"].text.hasPrefix("all orders are halted by ")
                }
                let resumed = try await sandbox.run("resume", "orders")
                #expect(resumed.status == 0, "\(resumed)")
                #expect(try await sandbox.run("resume", "orders").output == "orders were not halted\n")
                try await settle(sandbox, state: "scheduled")
                #expect(try await placed(sandbox).count == stopped.count)
                let under = try await sandbox.json("jobs", "show", "under")
                #expect(under["result"]["skipped"].text == "DECIDED_BEFORE_RESUME", "\(under)")
                #expect(under["attempt"].int == 1, "\(under)")
                #expect(try await order(sandbox, "after", Self.buy)["status"].text == "FILLED")
                #expect(try await placed(sandbox).count == stopped.count + 1)
                #expect(try await sandbox.run("doctor", "--audit").output.contains("each in exactly one place"))
                #expect(try await again.interrupt().status == 0)
            }
        }

        private func expectTold(_ sandbox: Sandbox) async throws {
            let status = try await sandbox.run("status")
            #expect(status.output.hasPrefix("HALTED ") && status.output.contains("a test. Orders go on"), "\(status)")
            let queue = try await sandbox.run("queues", "list")
            #expect(queue.output.contains("all orders are halted by "), "\(queue)")
            let log = try await sandbox.json("operations", "log")
            #expect(log[0]["action"].text == "orders.halt" && log[0]["why"].text == "a test", "\(log)")
        }

        @Test(.timeLimit(.minutes(2)))
        func `a resumption is refused while nothing reconciles, and a halt of buys lets what is held be sold`()
            async throws
        {
            try await withSandbox(schedule: Schedules.marketOnly) { sandbox in
                let fleet = try await Up.start(in: sandbox, workers: 2)
                _ = try await order(sandbox, "buy", Self.buy)
                #expect(try await sandbox.run("flatten").status == 5)
                #expect(try await sandbox.run("flatten", "--yes").status == 5)
                let dry = try await sandbox.json("flatten", "--dry-run")
                #expect(dry["sales"][0]["product"].text == "BTC-USD" && dry["dry_run"] == .bool(true), "\(dry)")
                #expect(try await sandbox.json("status")["gate"]["halts"].array.isEmpty)
                let flat = try await sandbox.json("flatten", "--yes", "--i-mean", "flatten")
                let job = flat["sales"][0]["job"].text
                // Twice is once.
                let same = try await sandbox.json("flatten", "--yes", "--i-mean", "flatten", "--product", "ETH-USD")
                #expect(same["sales"].array.isEmpty)
                try await eventually("all is sold", within: .seconds(60), every: .milliseconds(200)) {
                    try await sandbox.json("jobs", "show", job)["state"].text == "succeeded"
                }
                let sold = try await sandbox.json("jobs", "show", job)
                #expect(sold["result"]["status"].text == "FILLED", "\(sold)")
                #expect(try await sandbox.json("status")["gate"]["halts"][0]["level"].text == "buys")
                #expect(try await sandbox.run("queues", "pause", "execution").status == 0)
                #expect(try await sandbox.run("halt", "all", "--reason", "r", "--for", "1h").status == 0)
                #expect(try await sandbox.run("flatten", "--yes", "--i-mean", "flatten").status == 5)
                let refused = try await sandbox.run("resume", "orders")
                #expect(refused.status == 5 && refused.complaint.contains("no reconciliation has come back clean"))
                #expect(try await sandbox.run("queues", "resume", "execution").status == 0)
                #expect(try await sandbox.run("resume", "orders").status == 0)
                #expect(try await fleet.interrupt().status == 0)
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `after a kill orders are held until they are reconciled, after Ctrl-C they are not`() async throws {
            try await withSandbox(schedule: Schedules.marketOnly) { sandbox in
                let first = try await Up.start(in: sandbox, workers: 2)
                _ = try await order(sandbox, "first", Self.buy)
                #expect(try await first.interrupt().status == 0)
                #expect(!sandbox.exists(".flotilla/up.running"))
                let second = try await Up.start(in: sandbox, workers: 2)
                #expect(try await sandbox.json("operations", "log").array.isEmpty)
                #expect(!second.program.log.contains("orders are held"), "\(second.program.log)")
                _ = try await order(sandbox, "second", Self.buy)
                kill(second.program.pid, SIGKILL)
                try await sandbox.isLeft(within: .seconds(20))

                let third = try await Up.start(in: sandbox, workers: 2)
                let held = "orders are held until a reconciliation has come back clean: "
                #expect(third.program.log.contains(held + "the supervisor of host"), "\(third.program.log)")
                try await eventually("the hold is released", within: .seconds(30), every: .milliseconds(100)) {
                    try await sandbox.json("status")["gate"]["hold"] == .null
                }
                #expect(try await sandbox.json("status")["gate"]["reconciled_at"].text != "")
                #expect(try await order(sandbox, "third", Self.buy)["status"].text == "FILLED")
                #expect(try await third.interrupt().status == 0)
            }
        }
    }
}
