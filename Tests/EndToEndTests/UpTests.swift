import Foundation
import ProgramSupport
import Redis
import TestSupport
import Testing

extension EndToEnd {
    @Suite(.serialized) struct UpTests {
        @Test(.timeLimit(.minutes(4)))
        func `a fresh folder trades within two minutes, stops without a trace, and goes on`() async throws {
            try await withSandbox(schedule: Schedules.trading) { sandbox in
                let first = try await Up.start(in: sandbox, workers: 2)
                try await refusesASecondFleet(sandbox)
                try await trades(sandbox)
                try await isWell(sandbox)
                listensNowhere(sandbox)
                try await leavesNothing(first, sandbox)
                try await goesOn(sandbox)
            }
        }

        private func refusesASecondFleet(_ sandbox: Sandbox) async throws {
            let second = try await sandbox.run("up")
            #expect(second.status == 1)
            #expect(second.output.isEmpty)
            #expect(second.complaint.contains("A fleet runs in"), "\(second)")
            #expect(second.complaint.split(separator: "\n").count == 1)
        }

        private func trades(_ sandbox: Sandbox) async throws {
            let fact = "39 bots are evaluated and one trade is filled"
            try await eventually(fact, within: .seconds(120), every: .milliseconds(250)) {
                let facts = try await sandbox.sql(
                    """
                    SELECT COUNT(*) FROM bots WHERE last_evaluation > datetime('now', '-1 day');
                    SELECT COUNT(DISTINCT bot_id) FROM bot_signal_history;
                    SELECT MIN(COUNT(*), 1) FROM trades WHERE order_id IS NOT NULL;
                    SELECT MIN(COUNT(*), 1) FROM raw_trades;
                    """)
                return facts == ["39", "39", "1", "1"]
            }
        }

        private func isWell(_ sandbox: Sandbox) async throws {
            let status = try await sandbox.json("status")
            let names = status["queues"].array.map { $0["name"].text }
            #expect(names == ["cache-refresh", "evaluation", "execution", "rebalance"])
            #expect(status["queues"].array.allSatisfy { $0["dead"].int == 0 })
            #expect(Set(status["workers"].array.map { $0["pool"].text }) == ["trading", "market"])
            #expect(status["pools"].named("trading")["running"].int == 1)
            #expect(status["limits"].named("coinbase")["burst"].int == 100)
            #expect(status["scheduler"]["lag_ms"].int < 5_000)
            let check = try await sandbox.run("status", "--check")
            #expect(check.status == 0, "\(check)")
        }

        /// Without an API a fleet has no open door: no process of it listens on a port, redis-server included.
        private func listensNowhere(_ sandbox: Sandbox) {
            let tables = ["/proc/net/tcp", "/proc/net/tcp6"].compactMap { FileManager.default.contents(atPath: $0) }
            let listening = tables.flatMap { String(decoding: $0, as: UTF8.self).split(separator: "\n") }.compactMap {
                line -> String? in
                let fields = line.split(separator: " ")
                // 0A is LISTEN; the tenth field is the socket's inode.
                return fields.count > 9 && fields[3] == "0A" ? "socket:[\(fields[9])]" : nil
            }
            #expect(tables.count >= 1)
            let files = FileManager.default
            let ours = sandbox.processes.flatMap { pid in
                ((try? files.contentsOfDirectory(atPath: "/proc/\(pid)/fd")) ?? []).compactMap {
                    try? files.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\($0)")
                }
            }
            #expect(ours.contains { $0.hasPrefix("socket:") })
            #expect(Set(ours).isDisjoint(with: listening))
        }

        private func leavesNothing(_ up: Up, _ sandbox: Sandbox) async throws {
            let before = sandbox.processes
            // The program itself, scheduler, two workers, redis-server and its guard.
            #expect(before.count >= 6)
            let end = try await up.interrupt()
            #expect(end.status == 0, "\(end)")
            #expect(end.output.contains("stopped; everything is kept"))
            #expect(!sandbox.exists(".flotilla/redis.url"))
            try await sandbox.isLeft()
            let alive = before.filter(Sandbox.isAlive)
            #expect(alive.isEmpty, "still there: \(alive)")
        }

        private func goesOn(_ sandbox: Sandbox) async throws {
            let history = try await sandbox.count("SELECT COUNT(*) FROM bot_signal_history")
            let trades = try await sandbox.count("SELECT COUNT(*) FROM trades")
            let up = try await Up.start(in: sandbox, workers: 2)
            #expect(!up.program.log.contains("demo bots"))
            try await eventually("bots are evaluated again", within: .seconds(30), every: .milliseconds(250)) {
                try await sandbox.count("SELECT COUNT(*) FROM bot_signal_history") > history
            }
            #expect(try await sandbox.count("SELECT COUNT(*) FROM bots") == 39)
            #expect(try await sandbox.count("SELECT COUNT(*) FROM trades") >= trades)
            // One order under one client id, however often the fleet was started.
            let twice = "SELECT COUNT(*) FROM (SELECT order_id FROM trades GROUP BY order_id HAVING COUNT(*) > 1)"
            #expect(try await sandbox.count(twice) == 0)
            #expect(try await up.interrupt().status == 0)
        }

        @Test(.timeLimit(.minutes(3)))
        func `a killed fleet takes its processes with it, and the next one loses nothing`() async throws {
            let schedule = Schedules.everyQueue(processes: 2) + """
                schedules:
                  pulse: { job: flotilla.test.record, every: 1s, args: { key: pulse, value: tick } }

                """
            try await withSandbox(schedule: schedule, environment: Schedules.testJobs) { sandbox in
                let first = try await Up.start(in: sandbox, workers: 2)
                let args = #"{"key": "marks", "value": "VALUE", "milliseconds": 150}"#
                for value in 0..<40 {
                    let own = args.replacing("VALUE", with: "v\(value)")
                    try await sandbox.run("enqueue", "flotilla.test.record", "--args", own, "--id", "mark-\(value)")
                }
                kill(first.program.pid, SIGKILL)
                // The workers' grace of 5 s and what ends those that cannot drain.
                try await sandbox.isLeft(within: .seconds(20))
                let orphaned = try await sandbox.run("status")
                #expect(orphaned.status == 4, "\(orphaned)")

                let second = try await Up.start(in: sandbox, workers: 2)
                let redis = try RedisClient.of(sandbox)
                try await eventually("every value is there", within: .seconds(30), every: .milliseconds(100)) {
                    try await Set(redis.list("marks")).count == 40
                }
                try await ticksGoOn(redis)
                await redis.close()
                #expect(try await second.interrupt().status == 0)
                try await sandbox.isLeft()
            }
        }

        private func ticksGoOn(_ redis: RedisClient) async throws {
            let before = try await redis.ticks(of: "pulse", in: "test").count
            try await eventually("the schedule goes on", within: .seconds(15), every: .milliseconds(100)) {
                try await redis.ticks(of: "pulse", in: "test").count >= before + 2
            }
            let ticks = try await redis.ticks(of: "pulse", in: "test")
            #expect(Set(ticks).count == ticks.count)
        }
    }
}
