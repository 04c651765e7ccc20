import Foundation
import ProgramSupport
import Redis
import TestSupport
import Testing

extension EndToEnd {
    /// Somebody at a terminal finds out what failed, mends it, makes a mistake and takes it back.
    @Suite(.serialized) struct MendSessionTests {
        /// How a person asks why a job does not run.
        private static let why = "flotilla why"
        private static let schedule = Schedules.everyQueue(processes: 1)

        /// 120 jobs that find something else than a list, 79 that say that the disk is full, one with a wrong argument.
        private func breakJobs(_ sandbox: Sandbox, _ redis: RedisClient) async throws {
            _ = try await redis.send(["SET", "prices", "no list"])
            for (kind, args, count) in [
                ("record", #"{"key": "prices", "value": "x"}"#, 120),
                ("fail", #"{"message": "disk full"}"#, 79),
                ("fail", #"{"message": "bot 7 is unknown", "times": 99}"#, 1),
            ] {
                let words = ["enqueue", "flotilla.test.\(kind)", "--args", args, "--count", "\(count)"]
                #expect(try await sandbox.run(words + ["--max-attempts", "1"]).status == 0)
            }
            try await eventually("all are dead", within: .seconds(30), every: .milliseconds(100)) {
                try await dead(redis) == 200
            }
        }

        private func dead(_ redis: RedisClient) async throws -> Int {
            try await redis.send(["ZCARD", "flotilla:1:{test}:dead"]).int()
        }

        private func group(_ word: String, _ sandbox: Sandbox) async throws -> (name: String, job: String) {
            let groups = try await sandbox.json("failed", "groups").array
            let group = try #require(groups.first { $0["message"].text.contains(word) })
            return (group["fingerprint"].text, group["sample_id"].text)
        }

        private func newest(_ sandbox: Sandbox) async throws -> String {
            try await sandbox.json("operations", "log", "--limit", "1")[0]["id"].text
        }

        @Test(.timeLimit(.minutes(5)))
        func `200 dead jobs of three failures are mended, and a mistake is undone`() async throws {
            try await withRedis(schedule: Self.schedule, environment: Schedules.testJobs) { sandbox, server in
                let redis = server.client()
                _ = try sandbox.start(["worker", "--queues", "test", "--concurrency", "8"])
                try await breakJobs(sandbox, redis)
                try sandbox.write("#!/bin/sh\nsed -i 's/99/0/' \"$1\"\n", to: "editor")
                let terminal = try await TerminalSession(
                    in: sandbox, columns: 110, environment: ["EDITOR": "sh \(sandbox.path("editor"))"])
                let groups = try await terminal.type("flotilla failed groups")
                #expect(groups.split(separator: "\n").count == 6, "\(groups)")
                try await mend(terminal, sandbox, redis)
                try await mistake(terminal, sandbox, redis)
                let end = try await terminal.type("flotilla failed groups; flotilla doctor --audit | tail -1")
                #expect(end.contains("ok    audit"), "\(end)")
                #expect(try await dead(redis) == 0)
                try await terminal.close()
                try keep(terminal.transcript)
                await redis.close()
            }
        }

        /// One is edited, a group is retried with canaries.
        private func mend(_ terminal: TerminalSession, _ sandbox: Sandbox, _ redis: RedisClient) async throws {
            let unknown = try await group("bot 7", sandbox)
            let shown = try await terminal.type("\(Self.why) \(unknown.job)")
            #expect(shown.contains("dead"), "\(shown)")
            let question = try await terminal.type("flotilla failed edit \(unknown.job)", until: "[y/N] ")
            #expect(question.contains("\"times\":0"), "\(question)")
            let edited = try await terminal.type("y")
            let new = String(edited.split(separator: "\n").dropLast().last ?? "")
            try await eventually("the edited job has succeeded", within: .seconds(20), every: .milliseconds(100)) {
                try await sandbox.json("jobs", "show", new)["state"].text == "succeeded"
            }
            #expect(try await sandbox.json("jobs", "show", new)["origin"].text == unknown.job)
            #expect(try await sandbox.run("jobs", "show", unknown.job).output.contains("by \(new)"))

            _ = try await redis.send(["DEL", "prices"])
            let wrong = try await group("WRONGTYPE", sandbox)
            let canaries = try await terminal.type(
                "flotilla failed retry --group \(wrong.name) --canary 3", until: "[y/N] ")
            #expect(canaries.contains("kinds: flotilla.test.record 120"), "\(canaries)")
            let retried = try await terminal.type("y")
            #expect(retried.contains("made ready: 120"), "\(retried)")
            try await eventually("they have run", within: .seconds(30), every: .milliseconds(100)) {
                try await redis.list("prices").count == 120
            }
        }

        /// A group is discarded, brought back, and discarded again.
        private func mistake(_ terminal: TerminalSession, _ sandbox: Sandbox, _ redis: RedisClient) async throws {
            let full = try await group("disk full", sandbox)
            try await terminal.type("flotilla failed discard --group \(full.name)", until: "[y/N] ")
            #expect(try await terminal.type("y").contains("discarded: 79"))
            #expect(try await dead(redis) == 0)
            let log = try await terminal.type("flotilla operations log --limit 40")
            #expect(log.contains("dead.discard") && log.contains("dead.edit"), "\(log)")
            let discarded = try await newest(sandbox)
            let question = try await terminal.type("flotilla operations undo \(discarded)", until: "[y/N] ")
            #expect(question.contains("79 dead"), "\(question)")
            #expect(try await terminal.type("y").contains("undone: \(discarded)"))
            #expect(try await dead(redis) == 79)
            let again = try await terminal.type("flotilla operations undo \(discarded)")
            #expect(again.contains("is undone already"), "\(again)")
            try await terminal.type("flotilla operations undo \(try await newest(sandbox))", until: "[y/N] ")
            try await terminal.type("y")
        }

        /// For the README, where FLOTILLA_TRANSCRIPT names a file.
        private func keep(_ transcript: String) throws {
            guard let path = ProcessInfo.processInfo.environment["FLOTILLA_TRANSCRIPT"] else { return }
            try transcript.write(toFile: path, atomically: true, encoding: .utf8)
        }

        @Test(.timeLimit(.minutes(3)))
        func `a terminal of 20 columns shows every cell, and an editor that fails changes nothing`() async throws {
            try await withRedis(schedule: Self.schedule, environment: Schedules.testJobs) { sandbox, server in
                let redis = server.client()
                _ = try sandbox.start(["worker", "--queues", "test"])
                let words = ["enqueue", "flotilla.test.fail", "--id", "d", "--max-attempts", "1", "--wait"]
                _ = try await sandbox.run(words + ["--args", #"{"message": "m"}"#])
                let terminal = try await TerminalSession(in: sandbox, columns: 20)
                let narrow = try await terminal.type("flotilla failed list")
                #expect(narrow.contains("ID d\nKIND flotilla.test.fail\n"), "\(narrow)")
                let before = try await sandbox.json("jobs", "show", "d")
                for (editor, sentence) in [
                    ("false", "ended with status 1"), ("true", "says what it said before"),
                    ("cp /dev/null", "The text is empty"), ("echo nonsense >>", "are not JSON"),
                    ("no-such-editor", "ended with status 127"),
                ] {
                    let outcome = try await terminal.type("EDITOR='\(editor)' flotilla failed edit d")
                    #expect(outcome.contains(sentence) && outcome.contains("the text is kept in"), "\(outcome)")
                    #expect(try await sandbox.json("jobs", "show", "d") == before)
                }
                try await terminal.close()
                await redis.close()
            }
        }
    }
}
