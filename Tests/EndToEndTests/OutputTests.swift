import Fleet
import Foundation
import ProgramSupport
import TestSupport
import Testing

extension EndToEnd {
    /// Standard streams that cannot be written, are closed, or have a reader that takes nothing.
    @Suite(.serialized) struct OutputTests {
        /// Runs a shell script in which `$F` is the program.
        private func shell(
            _ script: String, in sandbox: Sandbox, environment extra: [String: String] = [:]
        ) async throws -> Outcome {
            let environment = try await ["F": BuiltProgram.path()].merging(extra) { $1 }
            return try await sandbox.launch("/bin/sh", ["-c", script], environment: environment).end(
                within: .seconds(60))
        }

        /// A descriptor 4 that is the write end of a pipe without a reader.
        private static let readerless = "mkfifo gone; exec 3<>gone 4>gone 3<&-; "

        @Test(arguments: [
            "status", "jobs list --json", "queues list", "schedule next --cron '@hourly'", "config show --json",
            "--help", "--version", "enqueue flotilla.test.noop",
        ])
        func `a full disk under standard output is a failure and a sentence`(_ words: String) async throws {
            let schedule = Schedules.everyQueue(processes: 1)
            try await withRedis(schedule: schedule, environment: Schedules.testJobs) { sandbox, _ in
                let full = try await shell("\"$F\" \(words) >/dev/full", in: sandbox)
                #expect(full.status == 1, "\(full)")
                #expect(
                    full.complaint == "Standard output cannot be written: No space left on device. "
                        + "Make room there, or send it elsewhere.\n")
                let gone = try await shell(Self.readerless + "\"$F\" \(words) >&4", in: sandbox)
                #expect(gone.status == 141, "\(gone)")
                #expect(gone.complaint.isEmpty, "\(gone)")
                let both = try await shell("\"$F\" \(words) >/dev/full 2>/dev/full", in: sandbox)
                #expect(both.status == 1, "\(both)")
            }
        }

        @Test func `a complaint that cannot be written leaves the status as it is`() async throws {
            try await withRedis(schedule: Schedules.everyQueue(processes: 1)) { sandbox, _ in
                for target in ["2>/dev/full", "2>&-", "2>&4", "2</dev/null"] {
                    let missing = try await shell(Self.readerless + "\"$F\" jobs show nope \(target)", in: sandbox)
                    #expect(missing.status == 3, "\(target): \(missing)")
                    let wrong = try await shell("\"$F\" jobs shoo \(target == "2>&4" ? "2>&-" : target)", in: sandbox)
                    #expect(wrong.status == 2, "\(target): \(wrong)")
                    try FileManager.default.removeItem(atPath: sandbox.path("gone"))
                }
            }
        }

        @Test func `a file at its size limit is a failure, not a signal`() async throws {
            try await withSandbox(schedule: Schedules.trading) { sandbox in
                let script = "ulimit -f 1; \"$F\" schedule next refresh-quotes --count 200 >list"
                let outcome = try await shell(script, in: sandbox)
                #expect(outcome.status == 1, "\(outcome)")
                #expect(outcome.complaint.contains("File too large"), "\(outcome)")
            }
        }

        @Test func `streams that are closed at the start belong to nothing else`() async throws {
            let schedule = Schedules.everyQueue(processes: 1)
            try await withRedis(schedule: schedule, environment: Schedules.testJobs) { sandbox, _ in
                for closed in [">&-", "2>&-", "<&-", "<&- >&- 2>&-"] {
                    let status = try await shell("\"$F\" status \(closed)", in: sandbox)
                    #expect(status.status == 0, "\(closed): \(status)")
                    let enqueue = try await shell("\"$F\" enqueue flotilla.test.noop --id j1 \(closed)", in: sandbox)
                    #expect(enqueue.status == 0, "\(closed): \(enqueue)")
                }
                #expect(try await sandbox.json("jobs", "list").array.map { $0["id"].text } == ["j1"])
            }
        }

        /// How a fleet may be started whose output cannot be written.
        @Test(
            .timeLimit(.minutes(3)),
            arguments: [
                ">/dev/full 2>/dev/full", ">&4 2>&4", "<&- >&- 2>&-", "2</dev/null", ">&5 2>&5",
            ])
        func `a fleet without output runs its jobs and drains`(_ streams: String) async throws {
            let schedule = Schedules.everyQueue(processes: 2)
            try await withSandbox(schedule: schedule, environment: Schedules.testJobs) { sandbox in
                // Descriptor 5 is a pipe whose reader lives and takes nothing.
                let script = Self.readerless + "mkfifo full; exec 5<>full; exec \"$F\" up \(streams)"
                let environment = try await ["F": BuiltProgram.path(), "LOG_LEVEL": "trace", "LOG_FORMAT": "text"]
                let fleet = try sandbox.launch("/bin/sh", ["-c", script], environment: environment)
                try await eventually("two workers serve", within: .seconds(60), every: .milliseconds(200)) {
                    guard sandbox.exists(".flotilla/redis.url") else { return false }
                    return try await sandbox.run("status", "--json").output.components(separatedBy: "\"pid\"").count > 2
                }
                try await sandbox.run("enqueue", "flotilla.test.noop", "--count", "200")
                try await eventually("all jobs have ended", within: .seconds(60), every: .milliseconds(200)) {
                    let queue = try await sandbox.json("status")["queues"].named("test")
                    return queue["ready"].int == 0 && queue["running"].int == 0
                }
                let jobs = try await sandbox.json("jobs", "list", "--limit", "500").array
                #expect(jobs.allSatisfy { $0["state"].text == "succeeded" && $0["attempt"].int == 1 })
                for pid in sandbox.processes {
                    for number in 0...2 {
                        let link = "/proc/\(pid)/fd/\(number)"
                        let place = try? FileManager.default.destinationOfSymbolicLink(atPath: link)
                        #expect(place?.contains("socket") != true, "\(pid): \(number) is \(place ?? "-")")
                    }
                }
                kill(fleet.pid, SIGINT)
                let end = try await fleet.end(within: .seconds(40))
                #expect(end.status == 0, "\(end)")
                try await sandbox.isLeft()
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `Ctrl-C for a pipeline drains the fleet although its reader dies first`() async throws {
            let schedule = Schedules.everyQueue(processes: 1)
            try await withSandbox(schedule: schedule, environment: Schedules.testJobs) { sandbox in
                let script = "{ trap : INT; \"$F\" up 2>&1; echo $? >status; } | tee log"
                let fleet = try await sandbox.launch(
                    "/bin/sh", ["-c", script], environment: ["F": BuiltProgram.path()])
                try await eventually("a worker serves", within: .seconds(60), every: .milliseconds(200)) {
                    guard sandbox.exists(".flotilla/redis.url") else { return false }
                    return try await sandbox.run("status", "--json").output.contains("\"pid\"")
                }
                try await sandbox.run("enqueue", "flotilla.test.sleep", "--args", "{\"seconds\":2}", "--id", "long")
                try await eventually("it runs", within: .seconds(20), every: .milliseconds(50)) {
                    try await sandbox.json("jobs", "show", "long")["state"].text == "running"
                }
                fleet.process.signal(SIGINT)
                try await eventually("the fleet has ended", within: .seconds(40)) {
                    sandbox.read("status").contains("\n")
                }
                #expect(sandbox.read("status") == "0\n")
                let start = try sandbox.start(["up"])
                try await eventually("it is up again", within: .seconds(60), every: .milliseconds(200)) {
                    start.output.contains("flotilla is up")
                }
                #expect(try await sandbox.json("jobs", "show", "long")["state"].text == "succeeded")
                kill(start.pid, SIGINT)
                _ = try await start.end(within: .seconds(40))
            }
        }
    }
}
