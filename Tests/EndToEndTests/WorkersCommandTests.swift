import Foundation
import ProgramSupport
import TestSupport
import Testing

extension EndToEnd {
    /// `workers list`, `quiet`, `resume` and `stop`, and a worker on a host without a schedule file.
    @Suite(.serialized) struct WorkersCommandTests {
        private func worker(_ sandbox: Sandbox, besides: String = "") async throws -> JSON {
            try await eventually("a worker is there", within: .seconds(30), every: .milliseconds(100)) {
                try await sandbox.json("workers", "list").array.contains { $0["id"].text != besides }
            }
            let all = try await sandbox.json("workers", "list").array
            return try #require(all.first { $0["id"].text != besides })
        }

        private func becomes(_ state: String, _ id: String, _ sandbox: Sandbox) async throws {
            try await eventually("\(id) is \(state)", within: .seconds(10), every: .milliseconds(50)) {
                try await sandbox.json("workers", "list").array.contains {
                    $0["id"].text == id && $0["state"].text == state
                }
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `a worker takes no jobs, takes them again, and ends; its supervisor starts another`() async throws {
            try await withRedis(environment: Schedules.testJobs) { sandbox, _ in
                let fleet = HostsOfTest(sandbox: sandbox)
                try await fleet.activate(HostsOfTest.schedule("processes: 1, concurrency: 2"))
                _ = try fleet.start("a")
                let first = try await worker(sandbox)
                let id = first["id"].text
                let shape = "[{id,name,capacity,pools,running[{pool,processes}],steps[],failing[],heartbeat_age_ms}]"
                try await eventually("the host says what runs", within: .seconds(10), every: .milliseconds(100)) {
                    let hosts = try await sandbox.run("fleet", "list", "--json")
                    return JSONShape.of(hosts.output) == shape
                }
                let quiet = try await sandbox.json("workers", "quiet", String(id.dropLast(1)))
                #expect(quiet["id"].text == id && quiet["order"].text == "quiet" && quiet["changed"].isTrue, "\(quiet)")
                try await becomes("quiet", id, sandbox)
                let job = ["enqueue", "flotilla.test.noop", "--id", "one"]
                #expect(try await sandbox.run(job).status == 0)
                let again = try await sandbox.run("workers", "quiet", id)
                #expect(again.status == 0 && again.output.contains("was told before"), "\(again)")
                #expect(try await sandbox.json("jobs", "show", "one")["state"].text == "ready")
                #expect(try await sandbox.run("workers", "resume", id).status == 0)
                try await eventually("the job has run", within: .seconds(20), every: .milliseconds(100)) {
                    try await sandbox.json("jobs", "show", "one")["state"].text == "succeeded"
                }
                let stop = try await sandbox.run("workers", "stop", id)
                #expect(stop.status == 0 && stop.output.contains("flotilla scale all=N"), "\(stop)")
                let next = try await worker(sandbox, besides: id)
                #expect(next["pid"] != first["pid"])
                let none = try await sandbox.run("workers", "stop", "nobody")
                #expect(none.status == 3 && none.complaint.contains("flotilla workers list"), "\(none)")
                let actions = try await sandbox.json("operations", "log").array.map { $0["action"].text }
                #expect(actions.prefix(3) == ["worker.stop", "worker.run", "worker.quiet"], "\(actions)")
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `a worker without a file waits for the first schedule and goes by it`() async throws {
            try await withRedis(environment: Schedules.testJobs) { sandbox, _ in
                let worker = try sandbox.start(["worker", "--pool", "all"])
                try await eventually("it waits", within: .seconds(30), every: .milliseconds(50)) {
                    worker.log.contains("waiting for a schedule")
                }
                #expect(worker.log.contains("flotilla schedule apply"), "\(worker.log)")
                try await HostsOfTest(sandbox: sandbox).activate(HostsOfTest.schedule())
                let done = try await sandbox.run("enqueue", "flotilla.test.noop", "--wait")
                #expect(done.status == 0, "\(done)")
                kill(worker.pid, SIGTERM)
                #expect(try await worker.end(within: .seconds(20)).status == 0)
            }
        }
    }
}
