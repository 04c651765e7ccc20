import Foundation
import ProgramSupport
import TestSupport
import Testing

extension EndToEnd {
    /// Supervisors that call themselves by different names on one machine.
    @Suite(.serialized) struct HostShareTests {
        @Test(.timeLimit(.minutes(4)))
        func `two hosts share a pool, survive Redis, and take over from one that is killed`() async throws {
            try await withRedis(.init(appendOnly: true), environment: Schedules.testJobs) { sandbox, redis in
                let fleet = HostsOfTest(sandbox: sandbox)
                try await fleet.activate(HostsOfTest.schedule())
                _ = try fleet.start("a", "--capacity", "1")
                let second = try fleet.start("b", "--capacity", "1")
                try await fleet.run(["a": 1, "b": 1], within: .seconds(30))
                try await fleet.load(200, milliseconds: 100)
                try await fleet.scale("all=6")
                try await fleet.run(["a": 3, "b": 3])
                try await redis.restart()
                // What was set and what runs is as before.
                let pids = sandbox.processes
                try await fleet.run(["a": 3, "b": 3], within: .seconds(30))
                #expect(Set(sandbox.processes).isSuperset(of: pids))
                try await fleet.scale("all=default")
                try await fleet.run(["a": 1, "b": 1])
                try await fleet.scale("all=4")
                try await fleet.run(["a": 2, "b": 2])
                kill(second.pid, SIGKILL)
                let moved = try await fleet.run(["a": 4], within: .seconds(25))
                print("two hosts: the share of the one that was killed moved in \(moved)")
                #expect(moved < .seconds(15))
                try await eventually("orders are held", within: .seconds(20), every: .milliseconds(200)) {
                    try await sandbox.json("status")["gate"]["hold"]["reason"].text
                        == "the supervisor of host b did not end in order"
                }
                try await fleet.losesNothing(of: 200)
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `a host that stops in order hands its share over at once, and a signal moves one process`() async throws {
            try await withRedis(environment: Schedules.testJobs) { sandbox, _ in
                let fleet = HostsOfTest(sandbox: sandbox)
                let pools = "  idle: { queues: [test], processes: 0, concurrency: 1, grace: 1s }"
                try await fleet.activate(HostsOfTest.schedule(pools: pools))
                let first = try fleet.start("a", "--pools", "all", "--capacity", "4")
                let second = try fleet.start("b", "--pools", "all", "--capacity", "4")
                try await fleet.run(["a": 1, "b": 1], within: .seconds(30))
                kill(first.pid, SIGTTIN)
                try await fleet.run(["a": 2, "b": 1])
                #expect(try await sandbox.json("status")["pools"].named("all")["desired"].int == 3)
                kill(first.pid, SIGTTOU)
                try await fleet.run(["a": 1, "b": 1])
                kill(first.pid, SIGTTOU)
                try await fleet.run(["a": 0, "b": 1])
                kill(first.pid, SIGTTIN)
                try await fleet.run(["a": 1, "b": 1])
                kill(second.pid, SIGTERM)
                #expect(try await second.end(within: .seconds(20)).status == 0)
                let moved = try await fleet.run(["a": 2])
                #expect(moved < .seconds(8))
                let again = try await sandbox.run("fleet", "--host", "a")
                #expect(again.status == 1 && again.complaint.contains("A fleet runs in"), "\(again)")
                let unknown = try await sandbox.run("fleet", "--host", "c", "--pools", "all,none")
                #expect(unknown.status == 2 && unknown.complaint.contains("No pool is called 'none'"), "\(unknown)")
                kill(first.pid, SIGTERM)
                #expect(try await first.end(within: .seconds(20)).status == 0)
                #expect(try await sandbox.json("fleet", "list").array.isEmpty)
                try await sandbox.isLeft()
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `a host that cannot run a pool gives its share away, and one with another database does not join`()
            async throws
        {
            try await withRedis(environment: Schedules.testJobs) { sandbox, _ in
                let fleet = HostsOfTest(sandbox: sandbox)
                try await fleet.activate(HostsOfTest.schedule())
                _ = try fleet.start("a", "--capacity", "1")
                try await fleet.run(["a": 2], within: .seconds(30))
                let stranger = try await sandbox.run(
                    ["fleet", "--host", "c"], environment: ["DATABASE_URL": "sqlite:///\(sandbox.path("other.db"))"])
                #expect(stranger.status == 5, "\(stranger)")
                #expect(stranger.complaint.contains("one fleet has one database"))
                // Its workers find no market.
                _ = try sandbox.start(
                    ["fleet", "--host", "b", "--capacity", "1"], environment: ["FLOTILLA_DEMO": sandbox.path("none")])
                try await fleet.run(["a": 1, "b": 0], within: .seconds(30), workers: false)
                try await fleet.run(["a": 2, "b": 0], within: .seconds(40))
                let listed = try await sandbox.json("fleet", "list").array.map { $0["failing"].array.map(\.text) }
                #expect(listed == [[], ["all"]], "\(listed)")
                let troubles = try await sandbox.json("status")["troubles"].array.map(\.text)
                #expect(troubles.contains { $0.contains("keep dying on host b") }, "\(troubles)")
                try await fleet.load(20, milliseconds: 10)
                try await fleet.losesNothing(of: 20)
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `a rolling restart replaces every process of every host and loses nothing`() async throws {
            try await withRedis(environment: Schedules.testJobs) { sandbox, _ in
                let fleet = HostsOfTest(sandbox: sandbox)
                let none = try await sandbox.run("fleet", "restart", "--yes")
                #expect(none.status == 3 && none.complaint.contains("No supervisor lives"), "\(none)")
                try await fleet.activate(HostsOfTest.schedule("processes: 3, concurrency: 2"))
                for host in ["a", "b"] { _ = try fleet.start(host, "--capacity", "1") }
                try await eventually("three workers serve", within: .seconds(30), every: .milliseconds(200)) {
                    try await sandbox.json("workers", "list").array.count == 3
                }
                let before = Set(try await sandbox.json("workers", "list").array.map { $0["pid"].int })
                try await fleet.load(300, milliseconds: 100)
                try await eventually("the hosts say what they run", within: .seconds(10), every: .milliseconds(200)) {
                    let shown = try await sandbox.run("fleet", "restart", "--dry-run")
                    return shown.status == 0 && shown.output.contains("would restart 3 processes")
                }
                let refused = try await sandbox.run("fleet", "restart")
                #expect(refused.status == 5, "\(refused)")
                let done = try await sandbox.run("fleet", "restart", "--yes", "--json", within: .seconds(60))
                #expect(done.status == 0, "\(done)")
                let document = try JSON(done.output)
                #expect(document["restart"].int == 1 && Set(document["hosts"].array.map(\.text)) == ["a", "b"])
                try await eventually("three workers serve", within: .seconds(20), every: .milliseconds(200)) {
                    try await sandbox.json("workers", "list").array.count == 3
                }
                let after = Set(try await sandbox.json("workers", "list").array.map { $0["pid"].int })
                #expect(after.isDisjoint(with: before), "\(before) \(after)")
                try await fleet.losesNothing(of: 300)
                #expect(try await sandbox.run("operations", "log").output.contains("fleet.restart"))
            }
        }
    }
}
