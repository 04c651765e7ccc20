import Foundation
import ProgramSupport
import TestSupport
import Testing

extension EndToEnd {
    /// What `scale` refuses and shows, with no host there; and a fleet that follows its load.
    @Suite(.serialized) struct ScaleCommandTests {
        private static let schedule = HostsOfTest.schedule(
            pools: "  auto: { queues: [test], concurrency: 1, grace: 1s, autoscale: { min: 1, max: 3 } }")

        @Test(
            arguments: [
                (["none=2"], 3, "No pool is called 'none'"), (["all=-1"], 2, "asks for no number"),
                (["all=513"], 2, "Use 0 to 512"), (["auto=4"], 2, "Use 1 to 3"), (["auto=0"], 2, "Use 1 to 3"),
                (["all"], 2, "is not POOL=N"), (["all=1", "all=2"], 2, "for the second time"),
                (["all=2"], 5, "Nothing was changed"),
            ] as [([String], Int32, String)])
        func `what cannot be is refused, and nothing is changed`(
            _ words: [String], _ status: Int32, _ sentence: String
        ) async throws {
            try await withRedis(schedule: Self.schedule) { sandbox, _ in
                _ = try await sandbox.run("schedule", "apply", "--yes")
                let outcome = try await sandbox.run(["scale"] + words)
                #expect(outcome.status == status && outcome.complaint.contains(sentence), "\(outcome)")
                let set = try await sandbox.json("scale").array.filter { $0["set_by"].text != "schedule" }
                #expect(set.isEmpty)
            }
        }

        @Test func `a number is stored for hosts that come, shown, logged, and taken back`() async throws {
            try await withRedis(schedule: Self.schedule) { sandbox, _ in
                _ = try await sandbox.run("schedule", "apply", "--yes")
                let dry = try await sandbox.run("scale", "all=4", "--dry-run")
                #expect(dry.status == 0 && dry.output.contains("all would have 4 processes"), "\(dry)")
                let set = try await sandbox.run("scale", "all=4", "auto=2", "--yes", "--reason", "night", "--json")
                #expect(
                    JSONShape.of(set.output)
                        == "[{name,desired,was,scheduled,min,max,running,set_by,hosts[]}]", "\(set)")
                #expect(try await sandbox.json("status")["pools"].named("all")["desired"].int == 4)
                let table = try await sandbox.run("scale")
                #expect(table.output.contains("operator") && table.output.contains("0-512"), "\(table)")
                #expect(try await sandbox.run("scale", "all=default", "auto=default", "--yes").status == 0)
                #expect(try await sandbox.json("scale").named("all")["desired"].int == 2)
                let log = try await sandbox.json("operations", "log").array
                #expect(log.map { $0["action"].text }.prefix(2) == ["pool.scale", "pool.scale"], "\(log)")
                #expect(log.contains { $0["why"].text == "night" && $0["target"].text == "all=4 auto=2" }, "\(log)")
                #expect(try await sandbox.run("doctor", "--audit").output.contains("ok    audit"))
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `a pool whose jobs wait for tokens does not grow`() async throws {
            let schedule = """
                version: 1
                limits: { slow: { rate: 1/h, burst: 1 } }
                queues: { test: { limit: slow } }
                pools:
                  all: { queues: [test], concurrency: 1, grace: 1s, autoscale: { max: 3, target_wait: 500ms } }

                """
            try await withRedis(environment: Schedules.testJobs) { sandbox, _ in
                let fleet = HostsOfTest(sandbox: sandbox)
                try await fleet.activate(schedule)
                _ = try fleet.start("a")
                try await fleet.run(["a": 1], within: .seconds(30))
                try await fleet.load(5, milliseconds: 10)
                try await eventually("jobs have waited for long", within: .seconds(30), every: .milliseconds(200)) {
                    try await sandbox.json("queues", "list").named("test")["oldest_wait_ms"].int > 9_000
                }
                #expect(try await sandbox.json("scale").named("all")["set_by"].text == "schedule")
                #expect(try await fleet.running() == ["a": 1])
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `a pool grows with its oldest job, shrinks when it is idle, and recycles its workers`() async throws {
            let keys =
                "concurrency: 2, recycle: { jobs: 40 }, "
                + "autoscale: { min: 1, max: 3, target_wait: 1s, cooldown: 3s }"
            try await withRedis(environment: Schedules.testJobs) { sandbox, _ in
                let fleet = HostsOfTest(sandbox: sandbox)
                // Its limit could feed two hundred of the jobs that come, and one process of those that are usual.
                try await fleet.activate(
                    HostsOfTest.schedule(keys).replacing("{ test: { ", with: "{ test: { limit: api, ")
                        + "limits: { api: { rate: 1000/s, burst: 100 } }\n"
                        + "schedules: { pulse: { job: flotilla.test.noop, every: 1h } }\n")
                let host = try fleet.start("a")
                try await fleet.run(["a": 1], within: .seconds(30))
                let usual = try await sandbox.run("enqueue", "flotilla.test.noop", "--id", "usual", "--wait")
                #expect(usual.status == 0, "\(usual)")
                try await fleet.load(500, milliseconds: 150)
                try await eventually("the pool has grown", within: .seconds(30), every: .milliseconds(200)) {
                    try await sandbox.json("scale").named("all")["desired"].int == 3
                }
                try await fleet.losesNothing(of: 501)
                try await fleet.run(["a": 1], within: .seconds(30))
                let log = try await sandbox.json("operations", "log").array.filter { $0["who"].text == "autoscale" }
                #expect(log.count >= 3 && log.allSatisfy { $0["action"].text == "pool.autoscale" }, "\(log)")
                #expect(host.log.contains("exited with status 79"), "\(host.log)")
                #expect(!host.log.contains("keeps dying"))
                // An operator's number stays.
                try await fleet.scale("all=2")
                try await fleet.run(["a": 2])
                #expect(try await sandbox.json("scale").named("all")["set_by"].text == "operator")
            }
        }
    }
}
