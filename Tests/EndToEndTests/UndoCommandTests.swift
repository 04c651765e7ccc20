import Foundation
import ProgramSupport
import Redis
import TestSupport
import Testing

extension EndToEnd {
    /// Taking back from the command line what was changed from it.
    @Suite(.serialized) struct UndoCommandTests {
        private static let schedule = Schedules.everyQueue(processes: 1)

        private func newest(_ sandbox: Sandbox) async throws -> JSON {
            try await sandbox.json("operations", "log", "--limit", "1")[0]
        }

        private func withQueue(_ body: (Sandbox, RedisClient) async throws -> Void) async throws {
            try await withRedis(schedule: Self.schedule, environment: Schedules.testJobs) { sandbox, server in
                let redis = server.client()
                let enqueued = ["enqueue", "flotilla.test.noop", "--queue", "test", "--count", "3"]
                #expect(try await sandbox.run(enqueued).status == 0)
                try await body(sandbox, redis)
                await redis.close()
            }
        }

        @Test func `a pause is shown, undone once, and done again by an undo of the undo`() async throws {
            try await withQueue { sandbox, _ in
                try await sandbox.run("queues", "pause", "test", "--reason", "r")
                let pause = try await newest(sandbox)
                #expect(pause["undoable"] == .bool(true) && pause["undone_by"] == .null, "\(pause)")
                let id = pause["id"].text
                let shown = try await sandbox.run("operations", "undo", id, "--dry-run")
                #expect(shown.status == 0 && shown.complaint.contains("paused_reason r → not set"), "\(shown)")
                #expect(try await sandbox.run("operations", "undo", id).status == 5)
                // Its beginning is left out, and a few characters at its end.
                let undone = try await sandbox.run("operations", "undo", String(id.dropFirst(3).dropLast(1)), "--yes")
                #expect(undone.status == 0 && undone.output.hasPrefix("undone: \(id)"), "\(undone)")
                #expect(try await sandbox.json("queues", "list")[0]["paused"] == .bool(false))
                let again = try await sandbox.run("operations", "undo", id, "--yes")
                let undo = try await newest(sandbox)
                #expect(again.status == 6 && again.complaint.contains(undo["id"].text), "\(again)")
                #expect(undo["action"].text == "undo queue.pause" && undo["undoes"].text == id, "\(undo)")
                try await sandbox.run("operations", "undo", undo["id"].text, "--yes")
                #expect(try await sandbox.json("queues", "list")[0]["paused"] == .bool(true))
            }
        }

        @Test func `what has moved on is refused with what moved`() async throws {
            try await withQueue { sandbox, redis in
                try await sandbox.run("queues", "pause", "test", "--reason", "one")
                let id = try await newest(sandbox)["id"].text
                try await sandbox.run("queues", "pause", "test", "--reason", "two")
                let moved = try await sandbox.run("operations", "undo", id, "--yes")
                #expect(moved.status == 6 && moved.complaint.contains("paused_reason: two"), "\(moved)")
                #expect(try await sandbox.run("operations", "undo", "op-nothing", "--yes").status == 3)
                #expect(try await sandbox.run("operations", "undo", "op-", "--yes").status == 2)
                // As a version without ids wrote it.
                let entry = #"{"at":1,"who":"w","action":"a","target":"t","why":"","before":"null","after":"1"}"#
                _ = try await redis.send(["LPUSH", "flotilla:1:operations:{test}", .text(entry)])
                let old = try await sandbox.json("operations", "log", "--limit", "10").array.last
                #expect(old?["id"].text == "" && old?["undoable"] == .bool(false))
            }
        }

        @Test func `jobs that were purged come back, and the audit is clean`() async throws {
            try await withQueue { sandbox, redis in
                let before = try await redis.list("flotilla:1:{test}:ready")
                #expect(try await sandbox.run("queues", "purge", "test", "--yes").output == "purged: 3\n")
                #expect(try await sandbox.json("failed", "bin").array.count == 3)
                let audit = try await sandbox.run("doctor", "--audit")
                #expect(audit.output.contains("ok    audit"), "\(audit)")
                let id = try await newest(sandbox)["id"].text
                #expect(try await sandbox.run("operations", "undo", id, "--yes").status == 0)
                #expect(try await redis.list("flotilla:1:{test}:ready") == before)
                #expect(try await sandbox.run("queues", "purge", "test", "--for-good", "--yes").status == 0)
                let gone = try await newest(sandbox)
                #expect(gone["undoable"] == .bool(false) && gone["reason"].text.contains("bin"), "\(gone)")
                #expect(try await sandbox.run("operations", "undo", gone["id"].text, "--yes").status == 5)
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `a discard of many jobs is watched and aborted from elsewhere, and goes on when it is repeated`()
            async throws
        {
            try await withQueue { sandbox, redis in
                // Dead jobs without a worker that has to run them first.
                let count = 20_000
                for start in stride(from: 0, to: count, by: 1_000) {
                    let ids = (start..<start + 1_000).map { "d\($0)" }
                    let record = "1D0\tflotilla.test.noop\t1\t0\t500\t600\t700\tw\n\n\n\n{}"
                    _ = try await redis.send(
                        RedisCommand(
                            ["HSET", "flotilla:1:{test}:jobs"] + ids.flatMap { [RedisWord.text($0), .text(record)] }))
                    _ = try await redis.send(
                        RedisCommand(
                            ["ZADD", "flotilla:1:{test}:dead"] + ids.flatMap { [RedisWord.text("700"), .text($0)] }))
                }
                let words = ["failed", "discard", "--queue", "test", "--yes"]
                let discard = try sandbox.start(words)
                try await eventually("it has a handle", within: .seconds(30)) {
                    discard.log.contains("operations watch")
                }
                let handle = try #require(discard.log.split(separator: ":").first.map(String.init))
                #expect(handle.hasPrefix("bulk-"))
                let now = try await sandbox.json("operations", "watch", handle)
                #expect(now["state"].text == "running" && now["total"].int == count, "\(now)")
                let aborted = try await sandbox.run("operations", "abort", handle)
                #expect(aborted.status == 0, "\(aborted)")
                let outcome = try await discard.end(within: .seconds(30))
                #expect(outcome.status == 1 && outcome.complaint.contains("are still dead"), "\(outcome)")
                let watched = try await sandbox.run("operations", "watch", handle)
                #expect(watched.status == 1 && watched.output.contains("aborted by"), "\(watched)")
                let left = try await redis.send(["ZCARD", "flotilla:1:{test}:dead"]).int()
                #expect(left > 0 && left < count)
                let rest = try await sandbox.run(words + ["--for-good"], within: .seconds(60))
                #expect(rest.output == "discarded: \(left)\n", "\(rest)")
                #expect(try await sandbox.run("operations", "abort", handle).status == 6)
            }
        }
    }
}
