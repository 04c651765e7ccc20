import Foundation
import ProgramSupport
import Redis
import TestSupport
import Testing

extension EndToEnd {
    /// Several schedulers, each with a file of its own, as on hosts that are deployed one after another.
    @Suite(.serialized) struct ScheduleConflictTests {
        private static func schedule(_ entries: String...) -> String {
            """
            version: 1
            queues: { test: { timeout: 30s } }
            pools: { all: { queues: [test], grace: 2s } }
            schedules:

            """
                + entries.map { "  \($0): { job: flotilla.test.noop, every: 1s, overlap: allow }\n" }.joined()
        }

        private static func scheduler(_ file: String, _ sandbox: Sandbox) throws -> Running {
            try sandbox.start(["scheduler"], environment: ["FLOTILLA_SCHEDULES": file])
        }

        /// Writes a file that is as old as an hour.
        private static func writeOld(_ text: String, to name: String, _ sandbox: Sandbox) throws {
            try sandbox.write(text, to: name)
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -3_600)], ofItemAtPath: sandbox.path(name))
        }

        private func active(_ version: Int, by scheduler: Running, _ sandbox: Sandbox) async throws {
            try await eventually(
                "version \(version) is active and \(scheduler.name) leads", within: .seconds(40),
                every: .milliseconds(100)
            ) {
                let status = try await sandbox.json("status")["scheduler"]
                return status["schedule_version"].int == version && status["leader"].text.contains("-\(scheduler.pid)-")
            }
        }

        private func stands(_ file: String, _ state: String, _ sandbox: Sandbox) async throws -> JSON {
            var found = JSON.null
            try await eventually("\(file) is \(state)", within: .seconds(30), every: .milliseconds(100)) {
                let files = try await sandbox.json("status")["scheduler"]["files"].array
                found = files.first { $0["path"].text.hasSuffix("/" + file) } ?? .null
                return found["state"].text == state
            }
            return found
        }

        private func killNow(_ scheduler: Running) async throws {
            kill(scheduler.pid, SIGKILL)
            _ = try await scheduler.end(within: .seconds(10))
        }

        @Test(.timeLimit(.minutes(3)))
        func `a file that was left behind by a deploy is shown until somebody decides`() async throws {
            let (old, new) = (Self.schedule("tick"), Self.schedule("tick", "extra"))
            try await withRedis(schedule: old, environment: Schedules.testJobs) { sandbox, _ in
                for name in ["a.yaml", "c.yaml"] { try Self.writeOld(old, to: name, sandbox) }
                let a = try Self.scheduler("a.yaml", sandbox)
                try await active(1, by: a, sandbox)
                try sandbox.write(new, to: "b.yaml")
                let b = try Self.scheduler("b.yaml", sandbox)
                _ = try await stands("b.yaml", "edit", sandbox)
                try await killNow(a)
                try await active(2, by: b, sandbox)
                let c = try Self.scheduler("c.yaml", sandbox)
                let standing = try await stands("c.yaml", "conflict", sandbox)
                #expect(standing["equals_version"].int == 1 && standing["active_version"].int == 2)
                try await killNow(b)
                try await active(2, by: c, sandbox)

                let path = sandbox.path("c.yaml")
                let command = "flotilla schedule apply \(path)"
                #expect(standing["activate"].text == command)
                let environment = ["FLOTILLA_SCHEDULES": "c.yaml"]
                _ = try sandbox.start(["worker", "--queues", "test"], environment: environment)
                try await eventually("the check speaks of the file", within: .seconds(20), every: .milliseconds(200)) {
                    let check = try await sandbox.run(["status", "--check"], environment: environment)
                    return check.status == 8 && check.complaint.contains("\(path) on ")
                        && check.complaint.contains("it equals version 1") && check.complaint.contains(command)
                }
                let list = try await sandbox.run(["schedule", "list"], environment: environment)
                #expect(list.output.contains("is in conflict with version 2") && list.output.contains(command))
                let doctor = try await sandbox.run(["doctor"], environment: environment)
                #expect(doctor.status == 8 && doctor.output.contains("fail  schedule file"), "\(doctor)")
                #expect(c.log.contains("leads with epoch") && c.log.contains("activates it: \(command)"))

                let applied = try await sandbox.run(["schedule", "apply", path])
                #expect(applied.status == 0 && applied.output.contains("Version 3 is active.\n"), "\(applied)")
                _ = try await stands("c.yaml", "same", sandbox)
                #expect(sandbox.read("schedules.yaml") == old)
                #expect(try await sandbox.run(["status", "--check"], environment: environment).status == 0)
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `a standby's old edit does not overwrite a newer one, also when it is killed`() async throws {
            let old = Self.schedule("tick")
            try await withRedis(schedule: old, environment: Schedules.testJobs) { sandbox, _ in
                for name in ["a.yaml", "b.yaml"] { try Self.writeOld(old, to: name, sandbox) }
                let a = try Self.scheduler("a.yaml", sandbox)
                try await active(1, by: a, sandbox)
                var b = try Self.scheduler("b.yaml", sandbox)
                _ = try await stands("b.yaml", "same", sandbox)
                try sandbox.write(Self.schedule("tick", "old"), to: "b.yaml")
                _ = try await stands("b.yaml", "edit", sandbox)
                try sandbox.write(Self.schedule("tick", "new"), to: "a.yaml")
                try await active(2, by: a, sandbox)
                _ = try await stands("b.yaml", "conflict", sandbox)
                try await killNow(b)
                b = try Self.scheduler("b.yaml", sandbox)
                try await killNow(a)
                try await active(2, by: b, sandbox)
                let standing = try await stands("b.yaml", "conflict", sandbox)
                #expect(standing["difference"].text == "it adds old, removes new")
                #expect(try await sandbox.json("schedule", "list").array.map { $0["name"].text } == ["new", "tick"])
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `a lone scheduler that was killed activates the file that was edited meanwhile`() async throws {
            try await withRedis(schedule: nil, environment: Schedules.testJobs) { sandbox, _ in
                for (index, text) in [
                    Self.schedule("tick"), Self.schedule("tick", "b"), Self.schedule("tick"),
                ].enumerated() {
                    try sandbox.write(text, to: "schedules.yaml")
                    let scheduler = try sandbox.start(["scheduler"])
                    try await active(index + 1, by: scheduler, sandbox)
                    _ = try await stands("schedules.yaml", "same", sandbox)
                    try await killNow(scheduler)
                }
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `a rollback holds with a file that cannot be written, also when schedulers start again`() async throws {
            try await withRedis(schedule: nil, environment: Schedules.testJobs) { sandbox, _ in
                let environment = ["FLOTILLA_SCHEDULES": "locked/schedules.yaml"]
                try FileManager.default.createDirectory(
                    atPath: sandbox.path("locked"), withIntermediateDirectories: true)
                try sandbox.write(Self.schedule("tick"), to: "locked/schedules.yaml")
                var scheduler = try sandbox.start(["scheduler"], environment: environment)
                try await active(1, by: scheduler, sandbox)
                try sandbox.write(Self.schedule("bad"), to: "locked/schedules.yaml")
                try await active(2, by: scheduler, sandbox)

                let rollback = try await ReadOnly.run(
                    ["schedule", "rollback", "1", "--yes"], folder: "locked", sandbox, environment)
                #expect(rollback.status == 0 && rollback.output.hasSuffix("Version 3 is active.\n"), "\(rollback)")
                #expect(rollback.complaint.contains("locked/schedules.yaml was left as it is"), "\(rollback)")
                #expect(rollback.complaint.contains("in conflict"), "\(rollback)")
                #expect(sandbox.read("locked/schedules.yaml") == Self.schedule("bad"))
                _ = try await stands("schedules.yaml", "conflict", sandbox)
                for _ in 0..<2 {
                    try await killNow(scheduler)
                    scheduler = try sandbox.start(["scheduler"], environment: environment)
                    try await active(3, by: scheduler, sandbox)
                    let standing = try await stands("schedules.yaml", "conflict", sandbox)
                    #expect(standing["equals_version"].int == 2)
                }
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `a rollback leaves a file alone that somebody has edited`() async throws {
            try await withRedis(schedule: Self.schedule("tick"), environment: Schedules.testJobs) { sandbox, _ in
                #expect(try await sandbox.run("schedule", "apply").status == 0)
                try sandbox.write(Self.schedule("tick", "b"), to: "schedules.yaml")
                #expect(try await sandbox.run("schedule", "apply").status == 0)
                try sandbox.write(Self.schedule("tick", "mine"), to: "schedules.yaml")
                let rollback = try await sandbox.run("schedule", "rollback", "1", "--yes")
                #expect(rollback.status == 0, "\(rollback)")
                #expect(rollback.complaint.contains("it was another text than the version that is replaced"))
                #expect(sandbox.read("schedules.yaml") == Self.schedule("tick", "mine"))
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `an entry that was handled two hours ahead says so, and goes on from now`() async throws {
            try await withRedis(schedule: Self.schedule("tick"), environment: Schedules.testJobs) { sandbox, server in
                let redis = server.client()
                var scheduler = try sandbox.start(["scheduler"])
                try await eventually("it ticks", within: .seconds(30), every: .milliseconds(100)) {
                    try await redis.ticks(of: "tick", in: "test").count > 1
                }
                try await killNow(scheduler)
                let ahead = Int64(Date().timeIntervalSince1970 + 7_200) * 1_000
                _ = try await redis.send(
                    ["HSET", "flotilla:1:{test}:meta", "last:tick", .text("\(ahead)")])
                for words in [["status"], ["doctor"], ["schedule", "list"]] {
                    let outcome = try await sandbox.run(words)
                    #expect(outcome.output.contains("ahead of the clock"), "\(outcome)")
                }
                let before = try await redis.ticks(of: "tick", in: "test").count
                scheduler = try sandbox.start(["scheduler"])
                try await eventually("it goes on", within: .seconds(30), every: .milliseconds(100)) {
                    try await redis.ticks(of: "tick", in: "test").count > before + 1
                }
                #expect(scheduler.log.contains("ALARM the clock was corrected: entry tick goes on from now"))
                let history = try await sandbox.json("schedule", "history", "tick").array
                #expect(history.contains { $0["outcome"].text == "clock-corrected" })
                #expect(try await !sandbox.run("schedule", "list").output.contains("ahead of the clock"))
                await redis.close()
            }
        }
    }
}

/// Runs the program where a folder cannot be written, not even by root.
private enum ReadOnly {
    static func run(
        _ words: [String], folder: String, _ sandbox: Sandbox, _ environment: [String: String]
    ) async throws -> Outcome {
        let program = try await BuiltProgram.path()
        let limit = Duration.seconds(30)
        guard geteuid() == 0 else {
            let path = sandbox.path(folder)
            try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: path)
            defer { try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path) }
            return try await sandbox.run(words, environment: environment)
        }
        let script = """
            mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"
            """
        let arguments = ["-m", "/bin/sh", "-c", script, sandbox.path(folder), program] + words
        return try await sandbox.launch("unshare", arguments, environment: environment).end(within: limit)
    }
}
