import Foundation
import ProgramSupport
import Redis
import TestSupport
import Testing

extension EndToEnd {
    /// What is left of jobs that people remove, and what commands say of those that they could not help.
    @Suite(.serialized) struct RemovedJobTests {
        private static let schedule = """
            version: 1
            queues: { test: { timeout: 1m, retry: { attempts: 1 } } }
            pools: { all: { queues: ["test"], processes: 1, concurrency: 4, grace: 2s } }

            """

        private static let bot = #"{"bot_id": 1}"#
        private static let unique = [
            "enqueue", "flotilla.test.fail", "--args", #"{"message": "no"}"#, "--unique", "one", "--unique-for", "10m",
        ]

        /// A worker runs the job, which dies.
        private func kill(_ id: String, _ sandbox: Sandbox) async throws {
            let worker = try sandbox.start(["worker", "--pool", "all"])
            try await eventually("job \(id) is dead", within: .seconds(30), every: .milliseconds(100)) {
                try await sandbox.json("jobs", "show", id)["state"].text == "dead"
            }
            Foundation.kill(worker.pid, SIGTERM)
            #expect(try await worker.end(within: .seconds(20)).status == 0)
        }

        @Test(.timeLimit(.minutes(2)), arguments: ["cancel and delete", "discard", "delete", "trim", "purge"])
        func `a removed job holds no unique key`(_ way: String) async throws {
            try await withRedis(schedule: Self.schedule, environment: Schedules.testJobs) { sandbox, _ in
                try await sandbox.run(Self.unique + ["--id", "first"])
                switch way {
                case "cancel and delete":
                    #expect(try await sandbox.run("jobs", "cancel", "first").status == 0)
                    #expect(try await sandbox.run("jobs", "delete", "first").status == 0)
                case "purge": #expect(try await sandbox.run("queues", "purge", "test", "--yes").status == 0)
                case "trim":
                    try await kill("first", sandbox)
                    #expect(try await sandbox.run("failed", "trim", "--keep", "0", "--yes").status == 0)
                case "delete":
                    try await kill("first", sandbox)
                    #expect(try await sandbox.run("jobs", "delete", "first").status == 0)
                default:
                    try await kill("first", sandbox)
                    #expect(try await sandbox.run("failed", "discard", "first").status == 0)
                }
                let again = try await sandbox.run(Self.unique + ["--id", "second"])
                #expect(again.status == 0 && again.output.contains("second"), "\(again)")
                #expect(try await sandbox.json("jobs", "show", "second")["state"].text == "ready")
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `a retry says which jobs stayed dead, and why`() async throws {
            try await withRedis(schedule: Self.schedule, environment: Schedules.testJobs) { sandbox, _ in
                let unique = ["enqueue", "flotilla.test.fail", "--args", #"{"message": "no"}"#, "--unique", "one"]
                try await sandbox.run(unique + ["--id", "first"])
                try await sandbox.run("enqueue", "flotilla.test.fail", "--id", "free", "--args", #"{"message": "no"}"#)
                try await kill("first", sandbox)
                try await sandbox.run(unique + ["--id", "second"])
                let retry = try await sandbox.run("failed", "retry", "first")
                #expect(retry.status == 1, "\(retry)")
                #expect(retry.output.contains("made ready: 0"), "\(retry)")
                #expect(retry.complaint.contains("job second holds its unique key"), "\(retry)")
                let both = try await sandbox.run("failed", "retry", "first", "free", "--yes", "--json")
                #expect(both.status == 1, "\(both)")
                let document = try JSON(both.output)
                #expect(document["retry"].int == 1 && document["ids"].array.map(\.text) == ["free"])
                #expect(document["kept"].array.map { $0["id"].text } == ["first"])
                #expect(document["kept"].array.map { $0["holder"].text } == ["second"])
                try await sandbox.run("jobs", "cancel", "second")
                #expect(try await sandbox.run("failed", "retry", "first").status == 0)
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `the oldest of more than 100 000 dead jobs is found by its id`() async throws {
            try await withRedis(schedule: Self.schedule) { sandbox, redis in
                try await sandbox.run("enqueue", "evaluation", "--queue", "test", "--in", "1h", "--args", Self.bot)
                let keys = try await redis.client().send(["KEYS", "*{test}:jobs"]).strings()
                let base = try #require(keys.first).dropLast(4)
                let fill = """
                    for i = 1, 100001 do
                      redis.call('HSET', KEYS[1], 'd' .. i, '1D0\\tevaluation\\t1\\t0\\t5\\t6\\t7\\tw\\n\\n\\n\\n{}')
                      redis.call('ZADD', KEYS[2], i, 'd' .. i)
                    end
                    """
                _ = try await redis.client().send(["EVAL", .text(fill), 2, "\(base)jobs", "\(base)dead"])
                #expect(try await sandbox.run("failed", "retry", "d1").status == 0)
                #expect(try await sandbox.run("failed", "discard", "d2").status == 0)
                #expect(try await sandbox.json("jobs", "show", "d1")["state"].text == "ready")
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `a list that is cut says of how many`() async throws {
            try await withRedis(schedule: Self.schedule) { sandbox, _ in
                try await sandbox.run("enqueue", "evaluation", "--queue", "test", "--count", "7", "--args", Self.bot)
                let list = try await sandbox.run("jobs", "list", "--limit", "3")
                #expect(list.status == 0 && list.complaint.contains("Showing 3 of 7 ready jobs of 'test'"), "\(list)")
                let all = try await sandbox.run("jobs", "list", "--limit", "7")
                #expect(all.complaint.isEmpty, "\(all)")
            }
        }
    }
}
