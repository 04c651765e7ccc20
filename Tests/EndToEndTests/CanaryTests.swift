import Foundation
import ProgramSupport
import Redis
import TestSupport
import Testing

extension EndToEnd {
    /// Liveness by progress: a queue goes on when its canaries come through.
    @Suite(.serialized) struct CanaryTests {
        private static let schedule = """
            version: 1
            limits: { scarce: { rate: 1/h, burst: 2 } }
            queues:
              test: { canary: 1s, limit: scarce }
              quiet: { timeout: 1m }
            pools: { all: { queues: [test, quiet], processes: 1, concurrency: 2, grace: 1s } }

            """

        private func queue(_ name: String, _ sandbox: Sandbox) async throws -> JSON {
            try await sandbox.json("status")["queues"].named(name)
        }

        @Test(.timeLimit(.minutes(3)))
        func `canaries come through, count as no job, spend no token, and are missed when none does`() async throws {
            try await withRedis(schedule: Self.schedule, environment: Schedules.testJobs) { sandbox, _ in
                _ = try sandbox.start(["scheduler"])
                let worker = try sandbox.start(["worker", "--pool", "all"])
                var first = ""
                try await eventually("a canary came through", within: .seconds(40), every: .milliseconds(200)) {
                    first = try await queue("test", sandbox)["last_canary"].text
                    return !first.isEmpty
                }
                try await eventually("the next ones come", within: .seconds(20), every: .milliseconds(200)) {
                    try await queue("test", sandbox)["last_canary"].text > first
                }
                let test = try await queue("test", sandbox)
                #expect(test["processed_1m"].int == 0 && test["succeeded"].int == 0, "\(test)")
                #expect(try await queue("quiet", sandbox)["last_canary"] == .null)
                #expect(try await sandbox.json("limits", "list")[0]["available"].int == 2)
                let table = try await sandbox.run("status")
                #expect(table.output.contains("CANARY") && table.output.contains(" ago"), "\(table)")
                try await eventually("the audit is clean", within: .seconds(20), every: .milliseconds(500)) {
                    let doctor = try await sandbox.run("doctor", "--audit", "--json")
                    return try JSON(doctor.output)["checks"].named("audit")["level"].text == "ok"
                }

                kill(worker.pid, SIGKILL)
                let missed = "Queue 'test' does not go on"
                try await eventually("its absence is told", within: .seconds(40), every: .milliseconds(500)) {
                    try await sandbox.json("status")["troubles"].array.contains { $0.text.hasPrefix(missed) }
                }
                #expect(try await sandbox.run("status", "--check").status == 8)
                try await sandbox.run("queues", "pause", "test", "--reason", "a look")
                let paused = try await sandbox.json("status")["troubles"].array.map(\.text)
                #expect(!paused.contains { $0.hasPrefix(missed) }, "\(paused)")
            }
        }

        @Test func `a file with an impossible interval is refused`() async throws {
            let text = Self.schedule.replacing("canary: 1s", with: "canary: 10ms")
            try await withSandbox(schedule: text) { sandbox in
                let outcome = try await sandbox.run("schedule", "check")
                #expect(outcome.status == 2 && outcome.complaint.contains("canary takes 1s to 1d"), "\(outcome)")
            }
        }
    }

    /// What status costs, and what it tells of memory.
    @Suite(.serialized) struct StatusMemoryTests {
        @Test func `memory is told by use, with what bounds it, and only when asked for`() async throws {
            try await withRedis(schedule: Schedules.everyQueue(processes: 1)) { sandbox, server in
                let words = ["enqueue", "flotilla.test.noop", "--count", "1000"]
                try await sandbox.run(words, environment: Schedules.testJobs)
                #expect(try await sandbox.json("status")["memory"] == .null)
                let memory = try await sandbox.json("status", "--memory")["memory"].array
                #expect(memory.map { $0["use"].text } == ["jobs", "history", "dead", "schedule", "cache", "other"])
                #expect(memory[0]["bytes"].int > 100_000, "\(memory)")
                #expect(memory.allSatisfy { $0["estimated"].isTrue && !$0["bound"].text.isEmpty }, "\(memory)")
                let table = try await sandbox.run("status", "--memory")
                #expect(table.output.contains("BOUNDED BY") && table.output.contains("~"), "\(table)")
                let redis = server.client()
                let before = try await Self.microseconds(redis)
                for _ in 0..<5 { try await sandbox.run("status") }
                let each = (try await Self.microseconds(redis) - before) / 5
                print("status costs Redis \(each) microseconds")
                #expect(each < 1_000)
                await redis.close()
            }
        }

        /// What Redis has spent in commands; the question itself is among the next ones.
        private static func microseconds(_ redis: RedisClient) async throws -> Int {
            let text = try await redis.send(["INFO", "commandstats"]).string(of: "INFO")
            return text.split(whereSeparator: \.isNewline).reduce(0) { sum, line in
                let field = line.split(separator: ",").first { $0.hasPrefix("usec=") }
                return sum + (field.flatMap { Int($0.dropFirst(5)) } ?? 0)
            }
        }
    }
}
