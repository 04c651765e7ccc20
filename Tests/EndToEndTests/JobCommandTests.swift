import Fleet
import Foundation
import ProgramSupport
import Redis
import TestSupport
import Testing

extension EndToEnd {
    /// What people do to jobs from the command line.
    @Suite(.serialized) struct JobCommandTests {
        private static let schedule = Schedules.everyQueue(processes: 1)
        private static let jobFields: Set<String> = [
            "id", "kind", "queue", "state", "priority", "args", "attempt", "max_attempts", "enqueued_at", "run_at",
            "started_at", "finished_at", "worker", "error", "result", "parent_id", "schedule", "history",
        ]
        private static let queueFields: Set<String> = [
            "name", "ready", "running", "scheduled", "retrying", "dead", "paused", "oldest_wait_ms", "processed_1m",
            "failed_1m",
        ]
        private static let oneSlot = ["worker", "--queues", "test", "--concurrency", "1"]

        private func withQueue(_ body: (Sandbox, RedisClient) async throws -> Void) async throws {
            try await withRedis(schedule: Self.schedule, environment: Schedules.testJobs) { sandbox, server in
                let redis = server.client()
                try await body(sandbox, redis)
                await redis.close()
            }
        }

        private func enqueue(
            _ kind: String, _ args: String = "{}", _ more: String..., in sandbox: Sandbox
        ) async throws {
            let outcome = try await sandbox.run(["enqueue", "flotilla.test." + kind, "--args", args] + more)
            #expect(outcome.status == 0, "\(outcome)")
        }

        private func reaches(_ state: String, _ id: String, in sandbox: Sandbox) async throws {
            try await eventually("job \(id) is \(state)", within: .seconds(15), every: .milliseconds(50)) {
                try await sandbox.json("jobs", "show", id)["state"].text == state
            }
        }

        @Test func `a job is cancelled while it is scheduled, ready or running`() async throws {
            try await withQueue { sandbox, _ in
                try await enqueue("sleep", #"{"seconds": 60}"#, "--id", "later", "--in", "1h", in: sandbox)
                #expect(try await sandbox.json("jobs", "show", "later")["state"].text == "scheduled")
                #expect(try await sandbox.json("jobs", "cancel", "later")[0]["answer"].text == "cancelled")

                #expect(try await sandbox.run("queues", "pause", "test", "--reason", "look").status == 0)
                _ = try sandbox.start(Self.oneSlot)
                try await enqueue("sleep", #"{"seconds": 60}"#, "--id", "waits", in: sandbox)
                try await eventually("a worker lives", within: .seconds(15), every: .milliseconds(100)) {
                    try await !sandbox.json("status")["workers"].array.isEmpty
                }
                let paused = try await sandbox.json("queues", "list").named("test")
                #expect(paused["paused"].isTrue && paused["paused_reason"].text == "look" && paused["ready"].int == 1)
                #expect(try await sandbox.json("jobs", "cancel", "waits")[0]["answer"].text == "cancelled")

                #expect(try await sandbox.run("queues", "resume", "test").output == "resumed test\n")
                try await enqueue("sleep", #"{"seconds": 60}"#, "--id", "runs", in: sandbox)
                try await reaches("running", "runs", in: sandbox)
                #expect(try await sandbox.json("jobs", "cancel", "runs")[0]["answer"].text == "requested")
                try await reaches("cancelled", "runs", in: sandbox)

                let cancelled = try await sandbox.json("jobs", "list", "--state", "cancelled")
                #expect(Set(cancelled.array.map { $0["id"].text }) == ["later", "waits", "runs"])
                let again = try await sandbox.run("jobs", "cancel", "runs")
                #expect(again.status == 1 && again.complaint.contains("had finished before"), "\(again)")
            }
        }

        @Test func `a limit is set for the fleet, shown, and put back`() async throws {
            try await withRedis(schedule: Schedules.trading) { sandbox, _ in
                #expect(try await sandbox.json("limits", "list").named("coinbase")["set"] == .bool(false))
                #expect(try await sandbox.run("limits", "set", "coinbase", "2/s").status == 0)
                let set = try await sandbox.json("limits", "list").named("coinbase")
                #expect(set["set"].isTrue && set["rate"].text == "2.0" || set["rate"].int == 2, "\(set)")
                #expect(try await sandbox.run("limits", "set", "nothing", "2/s").status == 3)
                #expect(try await sandbox.run("limits", "set", "coinbase", "often").status == 2)
                #expect(try await sandbox.run("limits", "reset", "coinbase").status == 0)
            }
        }

        @Test func `a purge asks first, and takes only what waits`() async throws {
            try await withQueue { sandbox, _ in
                try await enqueue("noop", "{}", "--count", "30", in: sandbox)
                try await enqueue("noop", "{}", "--in", "1h", in: sandbox)
                let refused = try await sandbox.run("queues", "purge", "test")
                #expect(refused.status == 5 && refused.complaint.contains("--yes"), "\(refused)")
                #expect(try await sandbox.json("queues", "purge", "test", "--dry-run")["waiting"].int == 31)
                #expect(try await sandbox.json("queues", "purge", "test", "--yes")["purged"].int == 31)
                #expect(try await sandbox.json("queues", "list").named("test")["ready"].int == 0)
            }
        }

        @Test func `what is not there ends with 3, what cannot be with 2`() async throws {
            try await withQueue { sandbox, _ in
                try await enqueue("noop", in: sandbox)
                for words in [
                    ["jobs", "show", "nobody"], ["jobs", "cancel", "nobody"], ["failed", "show", "nobody"],
                    ["failed", "retry", "nobody", "--yes"], ["queues", "pause", "nowhere"],
                    ["schedule", "run", "never"],
                ] {
                    let outcome = try await sandbox.run(words)
                    #expect(outcome.status == 3, "\(words): \(outcome)")
                    #expect(!outcome.complaint.isEmpty, "\(words)")
                }
                for words in [
                    ["--at", "9999-01-01T00:00:00Z"], ["--at", "10000-01-01T00:00:00Z"],
                    ["--at", "1969-01-01T00:00:00Z"],
                    ["--in", "400000d"], ["--priority", "101"], ["--priority=-101"],
                ] {
                    let outcome = try await sandbox.run(["enqueue", "evaluation"] + words)
                    #expect(outcome.status == 2, "\(words): \(outcome)")
                }
                for (words, advice) in [
                    ([], "Say which jobs to run: --pool with one of all, or --queues."),
                    (["--pool", "none"], "No pool is called 'none' in schedules.yaml. Use one of: all."),
                    (["--pool", "all", "--concurrency", "0"], "--concurrency is 0. Use 1 to 1024."),
                ] {
                    let outcome = try await sandbox.run(["worker"] + words)
                    #expect(outcome.status == 2 && outcome.complaint == advice + "\n", "\(outcome)")
                }
            }
        }

        @Test func `dead jobs are listed, grouped, tried again and thrown away, each after a yes`() async throws {
            try await withQueue { sandbox, _ in
                _ = try sandbox.start(Self.oneSlot)
                for (id, message) in [("a", "disk 1 is full"), ("b", "disk 1 is full"), ("c", "no such coin")] {
                    let args = #"{"message": ""# + message + #""}"#
                    try await enqueue("fail", args, "--id", id, "--max-attempts", id == "c" ? "2" : "1", in: sandbox)
                }
                try await eventually("three jobs are dead", within: .seconds(20), every: .milliseconds(100)) {
                    try await sandbox.json("failed", "list").array.count == 3
                }
                try await showsFailures(sandbox)
                try await asksFirst(sandbox)
                #expect(try await sandbox.run("failed", "retry", "c").output == "made ready: 1\n")
                try await reaches("dead", "c", in: sandbox)
                #expect(try await sandbox.run("failed", "discard", "--all", "--yes").output == "discarded: 3\n")
                #expect(try await sandbox.json("failed", "list") == .array([]))
            }
        }

        private func showsFailures(_ sandbox: Sandbox) async throws {
            let groups = try await sandbox.json("failed", "groups")
            let fields: Set = ["fingerprint", "kind", "message", "count", "first_at", "last_at", "sample_id"]
            #expect(groups.array.count == 2 && groups.array.allSatisfy { fields.isSubset(of: $0.keys) }, "\(groups)")
            #expect(groups[0]["count"].int == 2 && groups[0]["message"].text.contains("disk 1 is full"))
            let group = groups[0]["fingerprint"].text
            let members = try await sandbox.json("failed", "list", "--group", group)
            #expect(Set(members.array.map { $0["id"].text }) == ["a", "b"])
            #expect(try await sandbox.json("failed", "list", "--error", "coin")[0]["id"].text == "c")
            let dead = try await sandbox.json("failed", "show", "c")
            #expect(Self.jobFields.isSubset(of: dead.keys), "\(dead.keys)")
            #expect(dead["attempt"].int == 2 && dead["max_attempts"].int == 2, "\(dead)")
            #expect(Set(["type", "message", "fingerprint", "at"]).isSubset(of: dead["error"].keys))
            #expect(dead["history"].array.map { $0["event"].text } == ["enqueued", "failed", "dead"], "\(dead)")
            #expect(dead["history"].array.allSatisfy { $0.keys == ["at", "event", "attempt", "worker", "detail"] })
        }

        private func asksFirst(_ sandbox: Sandbox) async throws {
            for verb in ["retry", "discard"] {
                let refused = try await sandbox.run("failed", verb, "--all")
                #expect(refused.status == 5, "\(refused)")
                #expect(refused.complaint.contains("3 dead jobs") && refused.complaint.contains("--yes"), "\(refused)")
                let shown = try await sandbox.json("failed", verb, "--all", "--dry-run")
                #expect(shown.array.count == 3)
            }
            #expect(try await sandbox.json("failed", "list").array.count == 3)
        }

        @Test func `a greater priority goes first, and the same id goes once`() async throws {
            try await withQueue { sandbox, redis in
                try await enqueue("noop", in: sandbox)
                try await sandbox.run("queues", "pause", "test")
                for (value, priority) in [("low", "-5"), ("plain", "0"), ("high", "10"), ("higher", "11")] {
                    let args = #"{"key": "order", "value": ""# + value + #""}"#
                    try await enqueue("record", args, "--priority=\(priority)", "--id", value, in: sandbox)
                }
                let args = #"{"key": "order", "value": "again"}"#
                let again = try await sandbox.json("enqueue", "flotilla.test.record", "--id", "high", "--args", args)
                #expect(again["new"] == .bool(false) && again["id"].text == "high" && again["queue"].text == "test")
                _ = try sandbox.start(Self.oneSlot)
                try await sandbox.run("queues", "resume", "test")
                try await eventually("all have run", within: .seconds(15)) { try await redis.list("order").count == 4 }
                #expect(try await redis.list("order") == ["higher", "high", "plain", "low"])
            }
        }

        @Test func `a thousand jobs are one command, and waiting tells how a job ended`() async throws {
            try await withQueue { sandbox, _ in
                let many = try await sandbox.json("enqueue", "flotilla.test.noop", "--count", "1000")
                #expect(Set(many.array.map { $0["id"].text }).count == 1_000)
                #expect(try await sandbox.json("queues", "list").named("test")["ready"].int == 1_000)
                let worker = try sandbox.start(["worker", "--queues", "*", "--concurrency", "32"])

                let job = try await sandbox.json("enqueue", "flotilla.test.echo", "--args", #"{"a": [1]}"#, "--wait")
                #expect(job["result"] == job["args"] && job["result"]["a"] == .array([.number(1)]), "\(job)")
                #expect(Self.jobFields.isSubset(of: job.keys))

                let words = ["enqueue", "flotilla.test.fail", "--args", #"{"message": "no luck"}"#]
                let failed = try await sandbox.run(words + ["--max-attempts", "1", "--wait"])
                #expect(failed.status == 1 && failed.complaint.contains("no luck"), "\(failed)")

                try await eventually("all have run", within: .seconds(30), every: .milliseconds(100)) {
                    try await sandbox.json("queues", "list").named("test")["succeeded"].int == 1_001
                }
                let status = try await sandbox.json("status")
                let parts: Set = ["redis", "scheduler", "queues", "pools", "workers", "limits", "switched_off"]
                #expect(status.keys.isSuperset(of: parts.union(["circuits", "troubles"])))
                #expect(Self.queueFields.isSubset(of: status["queues"].named("test").keys))
                let fields: Set = ["id", "host", "pid", "pool", "state", "running", "rss_bytes", "heartbeat_age_ms"]
                #expect(fields.isSubset(of: status["workers"][0].keys))
                kill(worker.pid, SIGTERM)
                #expect(try await worker.end(within: .seconds(15)).status == 0)
                #expect(try await sandbox.json("status")["workers"] == .array([]))
            }
        }

        @Test func `a job gives birth to others, and they know their parent`() async throws {
            try await withQueue { sandbox, _ in
                _ = try sandbox.start(Self.oneSlot)
                let args = #"{"kind": "flotilla.test.echo", "args": {"n": 7}, "count": 3}"#
                try await enqueue("spawn", args, "--id", "mother", in: sandbox)
                try await eventually("the children have run", within: .seconds(15), every: .milliseconds(100)) {
                    try await sandbox.json("queues", "list").named("test")["succeeded"].int == 4
                }
                let children = try await sandbox.json("jobs", "list", "--kind", "flotilla.test.echo").array
                #expect(children.count == 3)
                #expect(children.allSatisfy { $0["parent_id"].text == "mother" && $0["args"]["n"].int == 7 })
            }
        }

        @Test func `a second signal gives running jobs back at once, and costs them nothing`() async throws {
            try await withQueue { sandbox, _ in
                let worker = try sandbox.start(Self.oneSlot)
                try await enqueue("sleep", #"{"seconds": 60}"#, "--id", "long", in: sandbox)
                try await reaches("running", "long", in: sandbox)
                kill(worker.pid, SIGTERM)
                try await eventually("it drains", within: .seconds(10)) { worker.log.contains("SIGTERM, draining") }
                kill(worker.pid, SIGTERM)
                #expect(try await worker.end(within: .seconds(10)).status == 0)
                let job = try await sandbox.json("jobs", "show", "long")
                #expect(job["state"].text == "ready" && job["attempt"].int == 0 && job["crashes"].int == 0, "\(job)")
            }
        }

        @Test func `several processes are kept running by one command, and end with it`() async throws {
            try await withQueue { sandbox, _ in
                let workers = try sandbox.start(["worker", "--queues", "*", "--processes", "2", "--with-test-jobs"])
                func live() async throws -> [JSON] { try await sandbox.json("status")["workers"].array }
                try await eventually("two workers live", within: .seconds(20)) { try await live().count == 2 }
                let victim = try #require(try await live().first?["pid"].int)
                kill(pid_t(victim), SIGKILL)
                try await eventually("the dead one is replaced", within: .seconds(20)) {
                    let pids = try await live().compactMap { $0["pid"].int }
                    return pids.count == 2 && !pids.contains(victim)
                }
                kill(workers.pid, SIGTERM)
                #expect(try await workers.end(within: .seconds(20)).status == 0)
                #expect(try await live().isEmpty)
                try await sandbox.isLeft()
            }
        }

        /// A settlement is tried for ever, so a worker that cannot reach Redis would never end by itself.
        @Test func `a second signal ends a worker that cannot write down what its jobs came to`() async throws {
            try await withRedis(schedule: Self.schedule, environment: Schedules.testJobs) { sandbox, server in
                let worker = try sandbox.start(Self.oneSlot)
                try await enqueue("sleep", #"{"seconds": 0.5}"#, "--id", "stuck", in: sandbox)
                try await reaches("running", "stuck", in: sandbox)
                try await server.kill9()
                kill(worker.pid, SIGTERM)
                try await eventually("it drains", within: .seconds(10)) { worker.log.contains("SIGTERM, draining") }
                kill(worker.pid, SIGTERM)
                #expect(try await worker.end(within: .seconds(15)).status != 0)
            }
        }
    }
}
