import Foundation
import JobQueue
import ProgramSupport
import Redis
import TestSupport
import Testing

/// Causes that were planted, and the sentences that named them.
struct CauseTable {
    private var rows: [(planted: String, sentence: String)] = []

    /// Asks until the right cause is named: what was planted takes a moment to be seen.
    mutating func expect(
        _ planted: String, of words: String..., is cause: String, saying parts: [String] = [],
        within limit: Duration = .seconds(30), in sandbox: Sandbox
    ) async throws {
        var last = ""
        do {
            try await eventually("\(planted) is named", within: limit, every: .milliseconds(150)) {
                let outcome = try await sandbox.run(["why"] + words + ["--json"])
                last = "\(outcome)"
                guard outcome.status == 0, let answer = try? JSON(outcome.output) else { return false }
                let sentence = answer["sentence"].text
                guard answer["cause"].text == cause, parts.allSatisfy(sentence.contains) else { return false }
                last = sentence
                return true
            }
        } catch let error as NeverHappened {
            Issue.record("\(error): \(last)")
            return
        }
        rows.append((planted, last))
    }

    /// The table, for whoever reads the log of the tests.
    func show() {
        for row in rows { print("why | \(row.planted) | \(row.sentence)") }
    }

    var count: Int { rows.count }
}

extension EndToEnd {
    /// Every cause that keeps jobs from running, planted in a real fleet: the first sentence names the right one.
    @Suite(.serialized) struct WhyTests {
        private static let queues = """
            version: 1
            limits:
              scarce: { rate: 1/h, burst: 1 }
              kept: { rate: 1/h, burst: 4, reserve: { counted: 3 } }
            circuits: { bank: { failures: 5 } }
            queues:
              test: { timeout: 5m, retry: { attempts: 3, base: 1h } }
              held: { timeout: 1m }
              lonely: { timeout: 1m }
              strange: { timeout: 1m }
              banked: { circuit: bank }
              counted: { limit: scarce }
              reserved: { limit: kept }
              full: { timeout: 5m }
              ending: { timeout: 5m }
            pools: { all: { queues: ["*"], processes: 1, concurrency: 8, grace: 1s } }

            """
        private static let nap = ["--args", #"{"seconds": 120}"#]

        private func enqueue(_ kind: String, _ words: [String], in sandbox: Sandbox) async throws {
            let outcome = try await sandbox.run(["enqueue", "flotilla.test.\(kind)"] + words)
            #expect(outcome.status == 0, "\(outcome)")
        }

        private func reaches(_ state: String, _ id: String, in sandbox: Sandbox) async throws {
            try await eventually("job \(id) is \(state)", within: .seconds(30), every: .milliseconds(100)) {
                try await sandbox.json("jobs", "show", id)["state"].text == state
            }
        }

        @Test(.timeLimit(.minutes(4))) func `what holds jobs back is named`() async throws {
            var table = CauseTable()
            try await withRedis(schedule: Self.queues, environment: Schedules.testJobs) { sandbox, server in
                _ = try sandbox.start(
                    ["worker", "--queues", "test,held,banked,counted,reserved", "--concurrency", "8"])
                _ = try sandbox.start(["worker", "--queues", "strange"], environment: ["FLOTILLA_TEST_JOBS": "0"])
                _ = try sandbox.start(["worker", "--queues", "full", "--concurrency", "1"])
                let ending = try sandbox.start(["worker", "--queues", "ending", "--concurrency", "2"])
                try await plantLimits(&table, sandbox)
                try await plantStops(&table, sandbox, ending)
                try await plantParked(&table, sandbox, server)
                try await plantEnds(&table, sandbox)
            }
            table.show()
            #expect(table.count == 18)
        }

        private func plantLimits(_ table: inout CauseTable, _ sandbox: Sandbox) async throws {
            for (queue, ids) in [("counted", ["paid", "unpaid"]), ("reserved", ["free", "kept-out"])] {
                for id in ids { try await enqueue("noop", ["--queue", queue, "--id", id], in: sandbox) }
                try await reaches("succeeded", ids[0], in: sandbox)
            }
            try await table.expect(
                "limit empty", of: "unpaid", is: "limit-empty",
                saying: ["'scarce'", "counted took 1 of the 1 tokens of the last minute"], in: sandbox)
            try await table.expect(
                "reserve", of: "kept-out", is: "limit-reserve", saying: ["'kept'", "reserve, 3 for counted"],
                in: sandbox)
            try await table.expect(
                "limit empty, of the queue", of: "counted", is: "limit-empty", saying: ["'scarce'"], in: sandbox)
        }

        private func plantStops(_ table: inout CauseTable, _ sandbox: Sandbox, _ ending: Running) async throws {
            try await sandbox.run("circuits", "open", "bank", "--for", "10m", "--reason", "strike")
            try await enqueue("noop", ["--queue", "banked", "--id", "broke"], in: sandbox)
            try await table.expect(
                "circuit open", of: "broke", is: "circuit-open", saying: ["'bank'", "strike"], in: sandbox)

            try await enqueue("noop", ["--queue", "held", "--id", "first"], in: sandbox)
            try await reaches("succeeded", "first", in: sandbox)
            try await sandbox.run("queues", "pause", "held", "--for", "1h", "--reason", "a look")
            try await enqueue("noop", ["--queue", "held", "--id", "stopped"], in: sandbox)
            try await table.expect(
                "queue paused", of: "stopped", is: "queue-paused",
                saying: ["'held' is paused by \(NSUserName())@", "59m", "a look"], in: sandbox)

            try await enqueue("noop", ["--queue", "lonely", "--id", "alone"], in: sandbox)
            try await enqueue("noop", ["--queue", "lonely", "--id", "late", "--fresh-for", "1s"], in: sandbox)
            try await table.expect(
                "no worker serves the queue", of: "alone", is: "no-worker", saying: ["'lonely'"], in: sandbox)

            for id in ["long", "behind"] {
                try await enqueue("sleep", ["--queue", "full", "--id", id] + Self.nap, in: sandbox)
            }
            try await table.expect(
                "workers full", of: "behind", is: "workers-full", saying: ["the only slot", "'full'"], in: sandbox)

            try await enqueue("sleep", ["--queue", "ending", "--id", "last"] + Self.nap, in: sandbox)
            try await reaches("running", "last", in: sandbox)
            kill(ending.pid, SIGTERM)
            try await enqueue("noop", ["--queue", "ending", "--id", "too-late"], in: sandbox)
            try await table.expect(
                "workers stopping", of: "too-late", is: "workers-stopping", saying: ["draining", "'ending'"],
                in: sandbox)
        }

        private func plantParked(
            _ table: inout CauseTable, _ sandbox: Sandbox, _ server: TemporaryRedis
        ) async throws {
            try await enqueue("noop", ["--queue", "strange", "--id", "unknown"], in: sandbox)
            try await table.expect(
                "parked kind", of: "unknown", is: "unknown-kind", saying: ["flotilla.test.noop"], in: sandbox)
            try await sandbox.run(
                "fuse", "add", "--kind", "flotilla.test.echo", "--for", "1h", "--reason", "a storm")
            try await enqueue("echo", ["--id", "fused"], in: sandbox)
            try await table.expect("fuse", of: "fused", is: "fuse", saying: ["a storm"], in: sandbox)
            for id in ["holder", "parked"] {
                try await enqueue("sleep", ["--id", id, "--concurrency-key", "SOL-USD"] + Self.nap, in: sandbox)
            }
            try await table.expect(
                "concurrency key held", of: "parked", is: "concurrency-key", saying: ["'SOL-USD'", "job 'holder'"],
                in: sandbox)
            try await enqueue("sleep", ["--id", "keeper", "--unique", "daily-report"] + Self.nap, in: sandbox)
            try await table.expect(
                "unique key held", of: "daily-report", is: "unique-key", saying: ["job 'keeper' holds the key"],
                in: sandbox)
            try await enqueue("noop", ["--id", "later", "--in", "1h"], in: sandbox)
            try await table.expect("not due", of: "later", is: "not-due", saying: ["59m"], in: sandbox)

            let redis = server.client()
            let broker = Broker(redis: redis)
            let queue = try QueueName("family")
            var random = SystemRandomNumberGenerator()
            let worker = WorkerID(host: "test", pid: 1, using: &random)
            try await broker.enqueue(
                NewJob(id: try JobID("parent"), kind: try JobKind("parent"), queue: queue, payload: .none))
            try await broker.claims.join(queue, as: worker, lease: .seconds(600))
            guard case .jobs(let jobs) = try await broker.claims.fetch(from: queue, for: worker, limit: 1) else {
                Issue.record("the parent was not fetched")
                return
            }
            let children = try ["child-a", "child-b"].map {
                NewJob(id: try JobID($0), kind: try JobKind("child"), queue: queue, payload: .none)
            }
            let output = JobOutput(children: children, batch: BatchPlan())
            _ = try await broker.claims.acknowledge([Completion(jobs[0], output: output)])
            await redis.close()
            try await table.expect(
                "waiting for children", of: "parent", is: "children",
                saying: ["2 of its 2 children", "'child-a', 'child-b'"], in: sandbox)
        }

        private func plantEnds(_ table: inout CauseTable, _ sandbox: Sandbox) async throws {
            _ = try sandbox.start(["worker", "--queues", "lonely"])
            try await table.expect("expired", of: "late", is: "expired", saying: ["it was to start by"], in: sandbox)
            for id in ["bad-1", "bad-2", "bad-3"] {
                let words = ["--id", id, "--max-attempts", "1", "--args", #"{"message": "the bank said no"}"#]
                try await enqueue("fail", words, in: sandbox)
                try await reaches("dead", id, in: sandbox)
            }
            try await table.expect(
                "dead", of: "bad-1", is: "dead", saying: ["is dead", "the bank said no"], in: sandbox)
            let shown = try await sandbox.run("why", "bad-1")
            #expect(shown.output.contains("of 3 dead jobs of 'test' 3 failed alike"), "\(shown)")
            try await enqueue("fail", ["--id", "again"], in: sandbox)
            try await table.expect("retrying", of: "again", is: "retrying", in: sandbox)
            try await table.expect("running", of: "long", is: "running", in: sandbox)
        }

        @Test func `a name that nothing has, and one that several things have`() async throws {
            try await withRedis(schedule: Self.queues, environment: Schedules.testJobs) { sandbox, _ in
                let unknown = try await sandbox.run("why", "lonley")
                #expect(unknown.status == 3 && unknown.complaint.contains("Did you mean"), "\(unknown)")
                try await enqueue("noop", ["--queue", "lonely", "--id", "lonely"], in: sandbox)
                let both = try await sandbox.run("why", "lonely")
                #expect(both.status == 2 && both.complaint.contains("--as job or --as queue"), "\(both)")
                let queue = try await sandbox.json("why", "lonely", "--as", "queue")
                #expect(queue["subject"].text == "queue" && queue["cause"].text == "no-worker", "\(queue)")
                let job = try await sandbox.json("why", "job", "lonely")
                #expect(job["subject"].text == "job", "\(job)")
                let wrong = try await sandbox.run("why", "lonely", "--as", "thing")
                #expect(wrong.status == 2 && wrong.complaint.contains("Use one of: job, queue"), "\(wrong)")
            }
        }
    }
}
