import ProgramSupport
import Redis
import TestSupport
import Testing

extension EndToEnd {
    /// A changed copy in a dead job's place.
    @Suite(.serialized) struct EditCommandTests {
        private static let order = #"{"bot_id": 2, "side": "SELL"}"#

        private func withDead(
            _ id: String, kind: String, queue: String, _ body: (Sandbox, RedisClient) async throws -> Void
        ) async throws {
            let schedule = Schedules.everyQueue(processes: 1)
            try await withRedis(schedule: schedule, environment: Schedules.testJobs) { sandbox, server in
                let redis = server.client()
                // A job that has died, without a worker that has to run it first.
                let args = kind == "execution" ? #"{"reconcile": true}"# : #"{"n": 1}"#
                let outcome = try await sandbox.run("enqueue", kind, "--queue", queue, "--id", id, "--args", args)
                #expect(outcome.status == 0, "\(outcome)")
                let base = "flotilla:1:{\(queue)}:"
                let record = try await redis.send(["HGET", .text(base + "jobs"), .text(id)]).string()
                _ = try await redis.send(["HSET", .text(base + "jobs"), .text(id), .text("1D" + record.dropFirst(2))])
                _ = try await redis.send(["ZADD", .text(base + "dead"), 1_000, .text(id)])
                _ = try await redis.send(["DEL", .text(base + "ready")])
                try await body(sandbox, redis)
                await redis.close()
            }
        }

        @Test func `what changes is shown, and nothing happens without a yes`() async throws {
            try await withDead("d", kind: "flotilla.test.echo", queue: "test") { sandbox, _ in
                let refused = try await sandbox.run("failed", "edit", "d", "--args", #"{"n": 2}"#)
                #expect(refused.status == 5 && refused.output.isEmpty, "\(refused)")
                #expect(refused.complaint.contains("- {\"n\": 1}\n+ {\"n\": 2}\n"), "\(refused)")
                let shown = try await sandbox.json(
                    "failed", "edit", "d", "--args", #"{"n": 2}"#, "--kind", "flotilla.test.noop", "--dry-run")
                #expect(shown["id"] == .null && shown["origin"].text == "d")
                #expect(shown["changes"]["args"]["new"]["n"].int == 2 && shown["changes"]["args"]["old"]["n"].int == 1)
                #expect(shown["changes"]["kind"]["new"].text == "flotilla.test.noop")
                #expect(shown["changes"].keys == ["args", "kind"])
                #expect(try await sandbox.json("jobs", "show", "d")["state"].text == "dead")
            }
        }

        @Test(
            arguments: [
                ([], 2, "Give --args, --kind or --queue"), (["--args", "{"], 2, "are not JSON"),
                (["--args", #"{"n": 1}"#], 2, "says already"), (["--kind", "evalution"], 2, "No job kind is called"),
                (["--queue", "a:b"], 2, "is not a valid queue name"),
            ] as [([String], Int32, String)])
        func `a change that cannot be is refused`(_ words: [String], _ status: Int32, _ message: String) async throws {
            try await withDead("d", kind: "flotilla.test.echo", queue: "test") { sandbox, _ in
                let outcome = try await sandbox.run(["failed", "edit", "d", "--yes"] + words)
                #expect(outcome.status == status && outcome.complaint.contains(message), "\(outcome)")
                let missing = try await sandbox.run("failed", "edit", "nobody", "--args", "1", "--yes")
                #expect(missing.status == 3, "\(missing)")
            }
        }

        @Test func `arguments come from stdin too`() async throws {
            try await withDead("d", kind: "flotilla.test.echo", queue: "test") { sandbox, _ in
                try sandbox.write("{\"n\":\n3}\n", to: "args.json")
                let script = "exec \"$0\" failed edit d --args - --dry-run --json < args.json"
                let words = ["-c", script, try await BuiltProgram.path()]
                let outcome = try await sandbox.launch("/bin/sh", words, environment: [:]).end(within: .seconds(10))
                #expect(try JSON(outcome.output)["changes"]["args"]["new"]["n"].int == 3, "\(outcome)")
            }
        }

        @Test(arguments: [
            ["--args", Self.order], ["--args", Self.order, "--yes"],
            ["--args", Self.order, "--yes", "--i-mean", "evaluation"],
            ["--args", Self.order, "--i-mean", "execution"], ["--kind", "flotilla.test.noop", "--yes"],
        ])
        func `an execution job is not copied for a yes alone`(_ words: [String]) async throws {
            try await withDead("d", kind: "execution", queue: "execution") { sandbox, _ in
                let outcome = try await sandbox.run(["failed", "edit", "d"] + words)
                #expect(outcome.status == 5, "\(outcome)")
                #expect(outcome.complaint.contains("--yes --i-mean execution"), "\(outcome)")
                #expect(try await sandbox.json("jobs", "show", "d")["state"].text == "dead")
            }
        }

        @Test func `the copy has a new id, and both tell of it`() async throws {
            try await withDead("d", kind: "execution", queue: "execution") { sandbox, _ in
                let done = try await sandbox.json(
                    "failed", "edit", "d", "--args", Self.order, "--yes", "--i-mean", "execution")
                let id = done["id"].text
                #expect(!id.isEmpty && id != "d" && done["origin"].text == "d", "\(done)")
                let copy = try await sandbox.json("jobs", "show", id)
                #expect(copy["origin"].text == "d" && copy["args"]["bot_id"].int == 2 && copy["state"].text == "ready")
                let old = try await sandbox.json("jobs", "show", "d")
                #expect(old["state"].text == "cancelled" && "\(old["history"])".contains(id), "\(old)")
                let again = try await sandbox.run("failed", "edit", "d", "--args", "3", "--yes")
                #expect(again.status == 3, "\(again)")
            }
        }

        @Test func `turning a job into an execution is asked for in the same way`() async throws {
            try await withDead("d", kind: "flotilla.test.echo", queue: "test") { sandbox, _ in
                let words = ["failed", "edit", "d", "--kind", "execution", "--args", Self.order, "--yes"]
                let outcome = try await sandbox.run(words)
                #expect(outcome.status == 5, "\(outcome)")
            }
        }
    }
}
