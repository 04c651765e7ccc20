import Foundation
import ProgramSupport
import Redis
import TestSupport
import Testing

extension EndToEnd {
    /// What people do to dead jobs from the command line. The jobs die because a key holds something else than a list,
    /// so that a test can take the cause away.
    @Suite(.serialized) struct DeadLetterCommandTests {
        private static let schedule = Schedules.everyQueue(processes: 1)
        private static let worker = ["worker", "--queues", "test", "--concurrency", "8"]

        /// Runs a body with a worker that lives and jobs that are dead.
        private func withDead(
            _ count: Int, _ body: (Sandbox, RedisClient) async throws -> Void
        ) async throws {
            try await withRedis(schedule: Self.schedule, environment: Schedules.testJobs) { sandbox, server in
                let redis = server.client()
                _ = try await redis.send(["SET", "list", "no list"])
                _ = try sandbox.start(Self.worker)
                let words = ["enqueue", "flotilla.test.record", "--args", #"{"key": "list", "value": "x"}"#]
                #expect(try await sandbox.run(words + ["--count", "\(count)", "--max-attempts", "1"]).status == 0)
                try await eventually("all are dead", within: .seconds(15), every: .milliseconds(50)) {
                    try await dead(redis) == count
                }
                try await body(sandbox, redis)
                await redis.close()
            }
        }

        private func dead(_ redis: RedisClient) async throws -> Int {
            try await redis.send(["ZCARD", "flotilla:1:{test}:dead"]).int()
        }

        @Test func `when the canaries succeed the rest follows`() async throws {
            try await withDead(12) { sandbox, redis in
                _ = try await redis.send(["DEL", "list"])
                let outcome = try await sandbox.run("failed", "retry", "--all", "--canary", "2", "--yes", "--json")
                #expect(outcome.status == 0, "\(outcome)")
                let report = try JSON(outcome.output)
                #expect(report["retry"].int == 12 && report["selected"].int == 12 && report["remaining"].int == 0)
                #expect(Set(report["ids"].array.map(\.text)).count == 12 && report["stopped"] == .null)
                try await eventually("all have run", within: .seconds(10)) { try await redis.list("list").count == 12 }
            }
        }

        @Test func `when a canary fails as before the rest stays dead`() async throws {
            try await withDead(6) { sandbox, redis in
                let group = try await sandbox.json("failed", "groups")[0]["fingerprint"].text
                let words = ["failed", "retry", "--group", group, "--canary", "1", "--yes"]
                let outcome = try await sandbox.run(words)
                #expect(outcome.status == 1 && outcome.output == "made ready: 1\n", "\(outcome)")
                #expect(outcome.complaint.contains("WRONGTYPE"), "\(outcome)")
                #expect(outcome.complaint.contains("1 were made ready, 1 of them died again; 6 of 6 remain dead"))
                let report = try await sandbox.run(words + ["--json"])
                let document = try JSON(report.output)
                #expect(report.status == 1 && document["stopped"]["reason"].text == "failed", "\(report)")
                #expect(document["retry"].int == 1 && document["remaining"].int == 6)
                #expect(document["remaining_ids"].array.count == 6)
                #expect(try await dead(redis) == 6)
            }
        }

        @Test func `canaries that nobody runs end with the patience, and a signal ends them at once`() async throws {
            try await withDead(3) { sandbox, redis in
                try await sandbox.run("queues", "pause", "test")
                let words = ["failed", "retry", "--all", "--canary", "1", "--yes"]
                let outcome = try await sandbox.run(words + ["--patience", "200ms"])
                #expect(outcome.status == 1, "\(outcome)")
                #expect(outcome.complaint.contains("is not over after 0.2 seconds"), "\(outcome)")
                #expect(outcome.complaint.contains("2 of 3 remain dead"), "\(outcome)")
                let waiting = try sandbox.start(words)
                try await eventually("a canary is ready", within: .seconds(10)) { try await dead(redis) == 1 }
                kill(waiting.pid, SIGINT)
                let ended = try await waiting.end(within: .seconds(5))
                #expect(ended.status == 1 && ended.complaint.contains("it was interrupted"), "\(ended)")
                #expect(ended.output == "made ready: 1\n")
                #expect(try await dead(redis) == 1)
            }
        }

        @Test func `a rate spreads them`() async throws {
            try await withDead(4) { sandbox, redis in
                _ = try await redis.send(["DEL", "list"])
                let start = ContinuousClock.now
                let outcome = try await sandbox.run("failed", "retry", "--queue", "test", "--rate", "10/s", "--yes")
                #expect(outcome.status == 0 && outcome.output == "made ready: 4\n", "\(outcome)")
                #expect(ContinuousClock.now - start >= .milliseconds(300))
                try await eventually("all have run", within: .seconds(10)) { try await redis.list("list").count == 4 }
            }
        }

        @Test func `selectors combine with and`() async throws {
            try await withDead(2) { sandbox, _ in
                let id = try await sandbox.json("failed", "list")[0]["id"].text
                for (words, count) in [
                    (["--error", "WRONGTYPE", "--kind", "flotilla.test.record", "--since", "1h"], 2),
                    (["--error", "WRONG*", "--queue", "test"], 0), (["--kind", "evaluation", "--queue", "test"], 0),
                    ([id, "--queue", "test"], 1), ([id, id, "--all"], 1), (["--group", "00000000"], 0),
                    (["--since", "1ms"], 0),
                ] {
                    let shown = try await sandbox.run(["failed", "retry", "--dry-run", "--json"] + words)
                    #expect(shown.status == 0, "\(words): \(shown)")
                    #expect(try JSON(shown.output).array.count == count, "\(words)")
                }
                for (words, status) in [
                    ([id, "--kind", "evaluation"], 3), (["--queue", "nowhere"], 3), (["--queue", "*"], 2),
                    (["--group", "disk full"], 2), (["--error", ""], 2), (["--since", "-1h"], 2), ([], 2),
                    (["--all", "--canary", "0"], 2), (["--all", "--rate", "0/s"], 2), (["--all", "--rate", "fast"], 2),
                    (["--all", "--patience", "0s"], 2),
                ] as [([String], Int32)] {
                    let outcome = try await sandbox.run(["failed", "retry", "--yes"] + words)
                    #expect(outcome.status == status && outcome.output.isEmpty, "\(words): \(outcome)")
                }
                let names = try await sandbox.run("failed", "list", "-o", "name")
                #expect(names.output.split(separator: "\n").count == 2 && names.output.contains(id))
            }
        }

        @Test func `an export is one object a line, complete or not there`() async throws {
            try await withDead(3) { sandbox, _ in
                let first = try await sandbox.run("failed", "export")
                #expect(first.status == 0 && first.complaint == "exported: 3\n", "\(first)")
                let lines = first.output.split(separator: "\n").map(String.init)
                let ids = try lines.map { try JSON($0)["id"].text }
                #expect(Set(ids).count == 3)
                #expect(try JSON(lines[0]) == (try await sandbox.json("jobs", "show", ids[0])))

                let file = try await sandbox.run("failed", "export", "--queue", "test", "--out", "dead.jsonl")
                #expect(file.status == 0 && file.output.isEmpty && file.complaint == "exported: 3\n", "\(file)")
                #expect(sandbox.read("dead.jsonl") == first.output)
                let mode = try FileManager.default.attributesOfItem(atPath: sandbox.path("dead.jsonl"))
                #expect(mode[.posixPermissions] as? Int == 0o600)
                let again = try await sandbox.run("failed", "export", ids[0], "--out", "dead.jsonl")
                #expect(again.status == 5 && again.complaint.contains("dead.jsonl exists"), "\(again)")
                #expect(sandbox.read("dead.jsonl") == first.output)
                let nowhere = try await sandbox.run("failed", "export", "--out", "no/such/folder.jsonl")
                #expect(nowhere.status == 1 && nowhere.complaint.contains("No such file"), "\(nowhere)")
                let left = try FileManager.default.contentsOfDirectory(atPath: sandbox.folder)
                #expect(!left.contains { $0.hasSuffix(".part") }, "\(left)")
            }
        }

        @Test func `a trim writes to the exports before it removes`() async throws {
            try await withDead(5) { sandbox, redis in
                let month = try await sandbox.json("failed", "list")[0]["finished_at"].text.prefix(7)
                let name = ".flotilla/exports/dead-test-\(month).jsonl"
                let words = ["failed", "trim", "--keep", "2"]
                #expect(try await sandbox.run(words).status == 5)
                #expect(try await sandbox.run(words + ["--dry-run"]).output == "would export and discard: 3\n")
                #expect(!sandbox.exists(name))
                #expect(try await sandbox.run(words + ["--yes"]).output == "exported and discarded: 3\n")
                #expect(try await dead(redis) == 2)
                let exported = try sandbox.read(name).split(separator: "\n").map { try JSON(String($0)) }
                #expect(exported.count == 3 && exported.allSatisfy { $0["state"].text == "dead" })
                let mode = try FileManager.default.attributesOfItem(atPath: sandbox.path(name))
                #expect(mode[.posixPermissions] as? Int == 0o600)

                // A process that died in the middle of a line.
                try sandbox.write(sandbox.read(name) + #"{"id":"half"#, to: name)
                #expect(try await sandbox.run("failed", "trim", "--age", "1ms", "--yes").status == 0)
                let lines = sandbox.read(name).split(separator: "\n")
                #expect(lines.count == 6 && lines[3] == #"{"id":"half"#)
                #expect(try lines.dropFirst(4).map { try JSON(String($0))["queue"].text } == ["test", "test"])
                #expect(try await dead(redis) == 0)
            }
        }

        @Test func `an export that cannot be written removes nothing`() async throws {
            try await withDead(2) { sandbox, redis in
                try FileManager.default.createDirectory(
                    atPath: sandbox.path(".flotilla"), withIntermediateDirectories: true)
                try sandbox.write("in the way", to: ".flotilla/exports")
                let outcome = try await sandbox.run("failed", "trim", "--keep", "0", "--yes")
                #expect(outcome.status == 1 && outcome.complaint.contains("were not exported"), "\(outcome)")
                #expect(try await dead(redis) == 2)
            }
        }
    }
}
