import Foundation
import ProgramSupport
import Redis
import TestSupport
import Testing

extension EndToEnd {
    /// Every cause that keeps a schedule entry from enqueueing jobs, planted in a real fleet.
    @Suite(.serialized) struct WhyScheduleTests {
        /// - Parameter window: of the entry whose ticks are not to count.
        private static func schedule(window: String, more: String = "") -> String {
            """
            version: 1
            queues: { test: { timeout: 10m } }
            pools: { all: { queues: [test], processes: 1, concurrency: 8, grace: 1s } }
            schedules:
              pulse: { job: flotilla.test.noop, every: 1s }
              nap: { job: flotilla.test.sleep, every: 1s, args: { seconds: 300 } }
              hourly: { job: flotilla.test.noop, every: 1h, misfire: skip }
              closed: { job: flotilla.test.noop, every: 1s, window: "\(window)" }
              each: { job: flotilla.test.noop, every: 1s, for_each: [a, b] }
            \(more)
            """
        }

        /// Half an hour that is far from now.
        private static var window: String {
            let hour = (Int(Date().timeIntervalSince1970) / 3_600 + 6) % 24
            let text = hour < 10 ? "0\(hour)" : "\(hour)"
            return "\(text):00-\(text):30"
        }

        @Test(.timeLimit(.minutes(5))) func `what holds a schedule back is named`() async throws {
            var table = CauseTable()
            let text = Self.schedule(window: Self.window)
            let offset = try await ClockOffset()
            try await withRedis(schedule: text, environment: Schedules.testJobs) { sandbox, server in
                try await table.expect(
                    "no leader", of: "pulse", is: "no-leader", saying: ["no scheduler leads"], in: sandbox)
                offset.set(seconds: 60)
                let environment = sandbox.environment.merging(offset.environment) { $1 }
                _ = try sandbox.start(["scheduler"], environment: environment)
                try await table.expect(
                    "leader's clock refused", of: "pulse", is: "leader-clock",
                    saying: ["its clock is", "ahead of that of Redis"], in: sandbox)
                // The entry was handled three hours ago, and no scheduler has run since.
                let redis = server.client()
                let before = Int(Date().timeIntervalSince1970) / 3_600 * 3_600_000 - 3 * 3_600_000
                _ = try await redis.send(["HSET", "flotilla:1:{test}:meta", "last:hourly", .integer(before)])
                await redis.close()
                offset.set(seconds: 0)
                _ = try sandbox.start(["worker", "--queues", "test"])
                try await plantSkips(&table, sandbox)
                try await plantPauses(&table, sandbox)
                try await plantFiles(&table, sandbox, text)
            }
            table.show()
            #expect(table.count == 10)
        }

        private func plantSkips(_ table: inout CauseTable, _ sandbox: Sandbox) async throws {
            try await table.expect(
                "tick skipped: overlap", of: "nap", is: "tick-overlap",
                saying: ["its previous job had not ended", "runs on"], in: sandbox)
            try await table.expect(
                "tick skipped: misfire", of: "hourly", is: "tick-misfire", saying: ["no scheduler ran in time"],
                in: sandbox)
            try await table.expect(
                "tick skipped: window", of: "closed", is: "tick-window", saying: ["outside of its window"], in: sandbox)
            try await table.expect("runs well", of: "pulse", is: "running", in: sandbox)
        }

        private func plantPauses(_ table: inout CauseTable, _ sandbox: Sandbox) async throws {
            let who = "\(NSUserName())@"
            try await sandbox.run("schedule", "pause", "pulse", "--for", "1h", "--reason", "a release")
            try await table.expect(
                "entry paused", of: "pulse", is: "entry-paused",
                saying: ["entry 'pulse' is paused by \(who)", "59m", "a release"], in: sandbox)
            try await sandbox.run("schedule", "pause", "each#a", "--reason", "a is sick")
            try await table.expect(
                "entity paused", of: "each#a", is: "entity-paused",
                saying: ["entity 'each#a' is paused by \(who)", "until it is resumed", "a is sick"], in: sandbox)
            #expect(try await sandbox.json("why", "each#b")["cause"].text != "entity-paused")
            try await sandbox.run("schedule", "resume", "pulse")
        }

        private func plantFiles(_ table: inout CauseTable, _ sandbox: Sandbox, _ text: String) async throws {
            try sandbox.write(text + "  extra: { job: nonsense, every: 1s }\n", to: "schedules.yaml")
            try await table.expect(
                "schedule file broken", of: "pulse", is: "schedule-broken", saying: ["cannot be read", "nonsense"],
                in: sandbox)
            try sandbox.write(text, to: "schedules.yaml")
            // The file of another host, which a deploy has left behind.
            let other = Self.schedule(window: Self.window, more: "  more: { job: flotilla.test.noop, every: 1h }")
            try sandbox.write(other, to: "old.yaml")
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -3_600)], ofItemAtPath: sandbox.path("old.yaml"))
            _ = try sandbox.start(["scheduler"], environment: ["FLOTILLA_SCHEDULES": "old.yaml"])
            try await table.expect(
                "schedule file in conflict", of: "pulse", is: "schedule-conflict",
                saying: ["old.yaml", "is in conflict with version"], in: sandbox)
        }
    }
}
