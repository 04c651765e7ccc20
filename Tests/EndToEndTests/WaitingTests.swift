import Fleet
import Foundation
import ProgramSupport
import TestSupport
import Testing

extension EndToEnd {
    /// No command waits in silence or for ever.
    @Suite(.serialized) struct WaitingTests {
        private static let schedule = """
            version: 1
            circuits: { bank: }
            queues: { test: { circuit: bank, retry: { attempts: 1 } } }
            pools: { all: { queues: [test], processes: 1, concurrency: 2, grace: 1s } }
            schedules:
              now: { job: flotilla.test.sleep, queue: test, every: 1d, args: { seconds: 60 } }

            """

        private func withQueue(_ body: (Sandbox) async throws -> Void) async throws {
            try await withRedis(schedule: Self.schedule, environment: Schedules.testJobs) { sandbox, _ in
                try await body(sandbox)
            }
        }

        @Test func `a wait ends with its time, and says why the job did not`() async throws {
            try await withQueue { sandbox in
                let outcome = try await sandbox.run(
                    "enqueue", "flotilla.test.noop", "--id", "alone", "--wait", "--timeout", "200ms")
                #expect(outcome.status == 1, "\(outcome)")
                #expect(outcome.complaint.contains("Job alone is not over after 200ms"), "\(outcome)")
                #expect(outcome.complaint.contains("no live worker serves queue 'test'"), "\(outcome)")
                #expect(try await sandbox.json("jobs", "show", "alone")["state"].text == "ready")
                let wrong = try await sandbox.run("enqueue", "flotilla.test.noop", "--wait", "--timeout", "5")
                #expect(wrong.status == 2 && wrong.complaint.contains("'5' is not a duration"), "\(wrong)")
            }
        }

        @Test(arguments: [
            ([], [], "no live worker serves queue 'test'"),
            (["queues", "pause", "test", "--reason", "look"], ["worker"], "queue 'test' is paused: look"),
            (["circuits", "open", "bank", "--for", "1h"], ["worker"], "circuit 'bank' is open (by hand)"),
        ] as [([String], [String], String)])
        func `after two seconds it says what it waits for, and again when that changes`(
            _ before: [String], _ worker: [String], _ reason: String
        ) async throws {
            try await withQueue { sandbox in
                try await sandbox.run("enqueue", "flotilla.test.noop", "--in", "1h")
                if !before.isEmpty { #expect(try await sandbox.run(before).status == 0) }
                if !worker.isEmpty { _ = try sandbox.start(["worker", "--pool", "all"]) }
                let waiting = try sandbox.start(["enqueue", "flotilla.test.noop", "--id", "held", "--wait"])
                try await eventually("it says why", within: .seconds(30), every: .milliseconds(100)) {
                    waiting.log.contains("waiting for job held: it waits") && waiting.log.contains(reason)
                }
                #expect(waiting.output.isEmpty)
                #expect(try await sandbox.run("jobs", "cancel", "held").status == 0)
                let end = try await waiting.end(within: .seconds(20))
                #expect(end.status == 1 && end.output == "held cancelled\n", "\(end)")
            }
        }

        @Test func `an entry that is run out of turn is waited for as well`() async throws {
            try await withQueue { sandbox in
                let outcome = try await sandbox.run("schedule", "run", "now", "--wait", "--timeout", "100ms")
                #expect(outcome.status == 1 && outcome.complaint.contains("is not over after 100ms"), "\(outcome)")
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `a replay with a canary says what it waits for, and ends`() async throws {
            try await withQueue { sandbox in
                let worker = try sandbox.start(["worker", "--pool", "all"])
                try await sandbox.run("enqueue", "flotilla.test.fail", "--id", "dead", "--wait")
                #expect(try await sandbox.json("jobs", "show", "dead")["state"].text == "dead")
                worker.process.signal(SIGTERM)
                _ = try await worker.end(within: .seconds(20))
                let retry = try sandbox.start(
                    ["failed", "retry", "dead", "--canary", "1", "--yes", "--timeout", "6s"])
                try await eventually("it says why", within: .seconds(30), every: .milliseconds(100)) {
                    retry.log.contains("made ready 1 of 1 jobs (canaries), 0 over; waiting for job dead")
                        && retry.log.contains("no live worker serves queue 'test'")
                }
                let end = try await retry.end(within: .seconds(60))
                #expect(end.status == 1 && end.complaint.contains("is not over after"), "\(end)")
            }
        }

        @Test func `status that is watched through a pipe ends with its reader`() async throws {
            try await withQueue { sandbox in
                let script = "{ \"$F\" status --watch; echo \"$?\" >status; } | head -1"
                let environment = try await ["F": BuiltProgram.path()]
                let begun = ContinuousClock.now
                let outcome = try await sandbox.launch("/bin/sh", ["-c", script], environment: environment)
                    .end(within: .seconds(60))
                #expect(outcome.output.hasPrefix("QUEUE "), "\(outcome)")
                #expect(sandbox.read("status") == "141\n")
                #expect(begun.duration(to: .now) < .seconds(60))
            }
        }

        @Test func `a wait whose reader is gone ends, whatever becomes of the job`() async throws {
            try await withQueue { sandbox in
                let script = "{ \"$F\" enqueue flotilla.test.noop --wait; echo \"$?\" >status; } | true"
                let environment = try await ["F": BuiltProgram.path()]
                _ = try await sandbox.launch("/bin/sh", ["-c", script], environment: environment)
                    .end(within: .seconds(60))
                try await eventually("it has ended", within: .seconds(30)) { sandbox.read("status") == "141\n" }
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `one process that was asked for by number is kept running too`() async throws {
            try await withQueue { sandbox in
                _ = try sandbox.start(["worker", "--pool", "all", "--processes", "1"])
                func pids() async throws -> [pid_t] {
                    try await sandbox.json("status")["workers"].array.map { pid_t($0["pid"].int) }
                }
                try await eventually("it runs", within: .seconds(30), every: .milliseconds(100)) {
                    try await pids().count == 1
                }
                let first = try await pids()[0]
                kill(first, SIGKILL)
                try await eventually("it runs again", within: .seconds(60), every: .milliseconds(200)) {
                    let now = try await pids()
                    return now.count == 1 && now[0] != first && Sandbox.isAlive(now[0])
                }
            }
        }
    }
}
