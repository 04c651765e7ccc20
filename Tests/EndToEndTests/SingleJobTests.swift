import Foundation
import ProgramSupport
import Redis
import TestSupport
import Testing

extension EndToEnd {
    /// Jobs that are listed, deleted and enqueued one by one, with no worker alive unless the test starts one.
    @Suite(.serialized) struct SingleJobTests {
        private func withQueue(_ body: (Sandbox, RedisClient) async throws -> Void) async throws {
            let schedule = Schedules.everyQueue(processes: 1)
            try await withRedis(schedule: schedule, environment: Schedules.testJobs) { sandbox, server in
                let redis = server.client()
                try await body(sandbox, redis)
                await redis.close()
            }
        }

        private func enqueue(_ kind: String, _ words: String..., in sandbox: Sandbox) async throws {
            let outcome = try await sandbox.run(["enqueue", "flotilla.test." + kind] + words)
            #expect(outcome.status == 0, "\(outcome)")
        }

        @Test func `jobs that are over are deleted, all that were named or none`() async throws {
            try await withQueue { sandbox, redis in
                let worker = try sandbox.start(["worker", "--queues", "test"])
                try await enqueue("noop", "--id", "good", "--wait", in: sandbox)
                let bad = try await sandbox.run(
                    "enqueue", "flotilla.test.fail", "--id", "bad", "--max-attempts", "1", "--wait")
                #expect(bad.status == 1)
                kill(worker.pid, SIGTERM)
                _ = try await worker.end(within: .seconds(15))
                try await enqueue("noop", "--id", "later", "--in", "1h", in: sandbox)
                try await enqueue("noop", "--id", "ready", in: sandbox)
                try await enqueue("noop", "--id", "never", in: sandbox)
                #expect(try await sandbox.run("jobs", "cancel", "never").status == 0)

                for waiting in ["later", "ready"] {
                    let outcome = try await sandbox.run("jobs", "delete", "good", waiting, "--yes")
                    #expect(outcome.status == 5 && outcome.complaint.contains("flotilla jobs cancel \(waiting)"))
                }
                #expect(try await sandbox.run("jobs", "delete", "good", "nobody", "--yes").status == 3)
                let asked = try await sandbox.run("jobs", "delete", "good", "bad")
                #expect(asked.status == 5 && asked.complaint.contains("2 jobs, such as:"), "\(asked)")
                let shown = try await sandbox.json("jobs", "delete", "good", "bad", "--dry-run")
                #expect(shown.array.map { $0["state"].text } == ["succeeded", "dead"])
                let done = try await sandbox.json("jobs", "delete", "good", "bad", "good", "never", "--yes")
                #expect(done.array.map { $0["id"].text } == ["good", "bad", "never"])
                #expect(done.array.allSatisfy { $0["answer"].text == "deleted" })
                for id in ["good", "bad", "never"] {
                    #expect(try await sandbox.run("jobs", "show", id).status == 3, "\(id)")
                    #expect(try await sandbox.run("jobs", "delete", id).status == 3, "\(id)")
                }
                #expect(try await redis.send(["HGET", "flotilla:1:{test}:meta", "discarded"]).string() == "1")
                #expect(try await redis.send(["LLEN", "flotilla:1:{test}:done"]).int() == 0)
                let audit = try await sandbox.run("doctor", "--audit")
                #expect(audit.output.contains("each in exactly one place"), "\(audit)")
            }
        }

        @Test func `a list is filtered and takes the form that is asked for, with no worker alive`() async throws {
            try await withQueue { sandbox, _ in
                try await enqueue("noop", "--id", "one", in: sandbox)
                try await enqueue("echo", "--id", "two", "--queue", "other", in: sandbox)
                try await enqueue("echo", "--id", "three", "--in", "1h", in: sandbox)
                for (words, ids) in [
                    ([], ["one", "two", "three"]), (["--queue", "other"], ["two"]),
                    (["--kind", "flotilla.test.echo"], ["two", "three"]), (["--state", "scheduled"], ["three"]),
                    (["--kind", "flotilla.test.echo", "--state", "ready"], ["two"]), (["--error", "x"], []),
                    (["--since", "1h", "--queue", "test"], ["one", "three"]), (["--since", "1ms"], []),
                    (["--queue", "nowhere"], []), (["--state", "parked"], []),
                ] as [([String], Set<String>)] {
                    let outcome = try await sandbox.run(["jobs", "list", "-o", "name"] + words)
                    #expect(outcome.status == 0, "\(outcome)")
                    #expect(Set(outcome.output.split(separator: "\n").map(String.init)) == ids, "\(words)")
                }
                let wide = try await sandbox.run("jobs", "ls", "-o", "wide")
                #expect(wide.output.hasPrefix("ID ") && wide.output.contains("GROUP"), "\(wide)")
                let same = try await sandbox.run("jobs", "list", "-o", "json")
                #expect(try JSON(same.output) == (try await sandbox.json("jobs", "list")))
                #expect(try JSON(same.output)[0]["origin"] == .null)
                for words in [["-o", "xml"], ["-o", "name", "--json"], ["--queue", "*"], ["--since", "never"]] {
                    #expect(try await sandbox.run(["jobs", "list"] + words).status == 2, "\(words)")
                }
            }
        }

        @Test func `what ties a job to others is in its record`() async throws {
            try await withQueue { sandbox, redis in
                try await enqueue(
                    "echo", "--id", "tied", "--unique", "bot-7", "--unique-for", "10m", "--coalesce", "--cap",
                    "BTC-USD", "--cap-limit", "2", "--version", "3", "--chain", #"flotilla.test.echo:{"a": ":"}"#,
                    "--chain", #"evaluation:{"bot_id": 7}"#, in: sandbox)
                let record = try await redis.send(["HGET", "flotilla:1:{test}:jobs", "tied"]).string()
                let options = try JSON(String(record.split(separator: "\n", omittingEmptySubsequences: false)[1]))
                #expect(options["unique"].text == "bot-7" && options["coalesce"].isTrue)
                #expect(options["cap"].text == "BTC-USD" && options["cap_limit"].int == 2)
                #expect(options["version"].int == 3)
                let enqueued = Int(record.split(separator: "\t")[4]) ?? 0
                #expect(abs(options["unique_until_ms"].int - enqueued - 600_000) < 5_000)
                let chain = options["chain"]
                #expect(chain[0]["kind"].text == "flotilla.test.echo" && chain[0]["queue"].text == "test")
                #expect(chain[0]["args"].text == #"{"a": ":"}"#)
                #expect(chain[1]["kind"].text == "evaluation" && chain[1]["args"].text == #"{"bot_id": 7}"#)

                let again = try await sandbox.run("enqueue", "flotilla.test.echo", "--id", "tied")
                #expect(again.status == 0 && again.output == "already there: tied\n", "\(again)")
            }
        }

        @Test func `waiting for several jobs tells of all`() async throws {
            try await withQueue { sandbox, _ in
                _ = try sandbox.start(["worker", "--queues", "test"])
                let jobs = try await sandbox.json("enqueue", "flotilla.test.echo", "--count", "3", "--wait")
                #expect(jobs.array.count == 3 && jobs.array.allSatisfy { $0["state"].text == "succeeded" })
            }
        }
    }
}
