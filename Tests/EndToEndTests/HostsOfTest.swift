import Foundation
import ProgramSupport
import TestSupport
import Testing

/// Supervisors of several hosts on one Redis, as a test sees them.
struct HostsOfTest {
    let sandbox: Sandbox

    static func schedule(_ keys: String = "processes: 2, concurrency: 2", pools: String = "") -> String {
        """
        version: 1
        queues: { test: { timeout: 1m, retry: { attempts: 3, base: 100ms, max: 1s } } }
        pools:
          all: { queues: [test], grace: 5s, \(keys) }
        \(pools)

        """
    }

    /// Activates a schedule, whose file no host sees.
    func activate(_ schedule: String) async throws {
        try sandbox.write(schedule, to: "fleet.yaml")
        let applied = try await sandbox.run("schedule", "apply", "fleet.yaml", "--yes")
        try #require(applied.status == 0, "\(applied)")
    }

    func start(_ host: String, _ more: String...) throws -> Running {
        try sandbox.start(["fleet", "--host", host] + more)
    }

    /// Processes of a pool that run, by the names of the live hosts.
    func running(_ pool: String = "all") async throws -> [String: Int] {
        let hosts = try await sandbox.json("fleet", "list").array.map { host in
            let count = host["running"].array.first { $0["pool"].text == pool }?["processes"].int
            return (host["name"].text, count ?? 0)
        }
        return Dictionary(hosts) { $0 + $1 }
    }

    /// Waits until the hosts run so many processes of the pool, and its live workers are as many.
    /// - Returns: how long that took.
    @discardableResult
    func run(_ wanted: [String: Int], within limit: Duration = .seconds(20), workers: Bool = true) async throws
        -> Duration
    {
        let clock = ContinuousClock()
        let begin = clock.now
        var seen = "nothing yet"
        do {
            try await eventually("the hosts run \(wanted)", within: limit, every: .milliseconds(100)) {
                let running = try await running()
                seen = "\(running)"
                guard running == wanted else { return false }
                guard workers else { return true }
                let live = try await sandbox.json("workers", "list").array.filter { $0["pool"].text == "all" }
                seen += ", \(live.count) live workers"
                return live.count == wanted.values.reduce(0, +)
            }
        } catch {
            throw SandboxFailure(cause: error, logs: "seen last: \(seen)")
        }
        return begin.duration(to: clock.now)
    }

    /// Enqueues jobs that take a while each.
    func load(_ count: Int, milliseconds: Int) async throws {
        let args = #"{"key": "marks", "value": "x", "milliseconds": \#(milliseconds)}"#
        let outcome = try await sandbox.run(
            "enqueue", "flotilla.test.record", "--args", args, "--count", "\(count)")
        try #require(outcome.status == 0, "\(outcome)")
    }

    func scale(_ words: String...) async throws {
        let outcome = try await sandbox.run(["scale"] + words)
        try #require(outcome.status == 0, "\(outcome)")
    }

    /// Waits until every job has succeeded once, and none is lost, dead or twice.
    func losesNothing(of count: Int, within limit: Duration = .seconds(60)) async throws {
        try await eventually("\(count) jobs have succeeded", within: limit, every: .milliseconds(200)) {
            try await sandbox.json("queues", "list").named("test")["succeeded"].int >= count
        }
        let queue = try await sandbox.json("queues", "list").named("test")
        #expect(queue["succeeded"].int == count && queue["enqueued"].int == count, "\(queue)")
        for state in ["ready", "running", "retrying", "parked", "dead"] { #expect(queue[state].int == 0, "\(queue)") }
        let audit = try await sandbox.run("doctor", "--audit")
        #expect(audit.output.contains("ok    audit"), "\(audit)")
    }
}
