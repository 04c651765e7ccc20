import Foundation
import ProgramSupport
import Redis
import TestSupport
import Testing

extension EndToEnd {
    /// Fuses on real workers.
    @Suite(.serialized) struct FuseTests {
        /// The numbers of the queue of the test jobs.
        private func queue(_ sandbox: Sandbox) async throws -> JSON {
            try await sandbox.json("queues", "list").array.first { $0["name"].text == "test" } ?? .null
        }

        @Test(.timeLimit(.minutes(2)))
        func `a fuse parks matching jobs, and they are released after it, without an attempt`() async throws {
            let schedule = Schedules.everyQueue(processes: 1)
            try await withRedis(schedule: schedule, environment: Schedules.testJobs) { sandbox, _ in
                _ = try sandbox.start(["worker", "--pool", "all"])
                let add = ["fuse", "add", "--kind", "flotilla.test.echo", "--match", "product=SOL-USD", "--for", "1h"]
                try await sandbox.run("enqueue", "flotilla.test.echo", "--args", "{}", "--wait")
                let added = try await sandbox.run(add + ["--reason", "a test", "--json"])
                let id = try JSON(added.output)["id"].text
                for number in 0..<20 {
                    let args = #"{"product": "SOL-USD", "n": \#(number)}"#
                    try await sandbox.run("enqueue", "flotilla.test.echo", "--id", "j\(number)", "--args", args)
                }
                let other = try await sandbox.run(
                    "enqueue", "flotilla.test.echo", "--args", #"{"product": "BTC-USD"}"#, "--wait")
                #expect(other.status == 0)
                try await eventually("all are parked", within: .seconds(20), every: .milliseconds(100)) {
                    try await queue(sandbox)["parked"].int == 20
                }
                let shown = try await sandbox.json("jobs", "show", "j0")
                #expect(shown["state"].text == "parked" && shown["attempt"].int == 0, "\(shown)")
                #expect(shown["holds"][0]["cause"].text == "fuse" && shown["holds"][0]["name"].text == id, "\(shown)")
                let list = try await sandbox.run("fuse", "list")
                #expect(list.output.contains("product=SOL-USD") && list.output.contains("a test"), "\(list)")
                #expect(try await sandbox.run("doctor", "--audit").output.contains("each in exactly one place"))
                #expect(try await sandbox.run("fuse", "remove", id).status == 0)
                #expect(try await sandbox.run("fuse", "remove", id).status == 3)
                try await eventually("all have run", within: .seconds(30), every: .milliseconds(100)) {
                    try await queue(sandbox)["succeeded"].int == 22
                }
                #expect(try await sandbox.json("jobs", "show", "j19")["attempt"].int == 1)
                #expect(try await sandbox.json("fuse", "list").array.isEmpty)
                let log = try await sandbox.json("operations", "log").array.map { $0["action"].text }
                #expect(Set(log) == ["fuse.add", "fuse.remove"], "\(log)")
            }
        }

        @Test func `what is no fuse is refused with what would be one`() async throws {
            try await withRedis(schedule: Schedules.everyQueue(processes: 1)) { sandbox, _ in
                let base = ["fuse", "add", "--reason", "r"]
                let kind = try await sandbox.run(base + ["--kind", "evaluations", "--for", "1h"])
                #expect(kind.status == 2 && kind.complaint.contains("evaluation"), "\(kind)")
                let match = try await sandbox.run(base + ["--kind", "evaluation", "--for", "1h", "--match", "bot"])
                #expect(match.status == 2 && match.complaint.contains("NAME=VALUE"), "\(match)")
                let long = try await sandbox.run(base + ["--kind", "evaluation", "--for", "400d"])
                #expect(long.status == 2, "\(long)")
            }
        }
    }
}
