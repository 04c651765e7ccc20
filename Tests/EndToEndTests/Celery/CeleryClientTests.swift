import Foundation
import ProgramSupport
import Redis
import TestSupport
import Testing

extension EndToEnd {
    /// What the clients of each version do: single tasks and workflows.
    @Suite(.serialized, .enabled(if: CeleryPython.areInstalled, "ops/celery/environments makes them"))
    struct CeleryClientTests {
        @Test(.timeLimit(.minutes(3)), arguments: CeleryPython.versions)
        func `single tasks and workflows of a Celery client are served`(_ python: CeleryPython) async throws {
            try await CeleryFleet.run { fleet in
                // Beside each other: most of their time they wait.
                async let single = fleet.drive("delay_get", with: python)
                async let workflows = fleet.drive("workflows", with: python)
                let (tasks, canvases) = try await (single, workflows)
                #expect(tasks.isClean(atLeast: 42), "\(python): \(tasks)")
                #expect(canvases.isClean(atLeast: 44), "\(python): \(canvases)")
                #expect(try await fleet.up.interrupt().status == 0)
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `a client with key prefixes is served, and one without is not`() async throws {
            let schedule = """
                version: 1
                celery: { track_started: true, result_extended: true, prefix: "trader:", result_prefix: "trader:" }
                pools:
                  celery: { processes: 1, concurrency: 8, grace: 5s, celery: { queues: [celery, market-data] } }
                  narrow: { processes: 1, concurrency: 1, grace: 5s, celery: { queues: [narrow] } }

                """
            try await CeleryFleet.run(schedule: schedule) { fleet in
                let tasks = try await fleet.drive("delay_get", with: .newest, ["--prefix", "trader:"])
                #expect(tasks.isClean(atLeast: 42), "\(tasks)")
                let client = fleet.redis.client(database: 0)
                let names = try await client.send(["KEYS", "*"]).array(of: "KEYS").map { try $0.string(of: "KEYS") }
                #expect(names.allSatisfy { $0.hasPrefix("trader:") }, "\(names)")
                await client.close()
            }
        }

        /// What the tasks of the existing application need: a fresh cache, and a pool for the orders that they enqueue.
        private static let application = Schedules.marketOnly.replacing(
            "pools:\n",
            with: "pools:\n  celery: { processes: 1, concurrency: 8, grace: 5s, celery: { queues: [celery] } }\n")

        @Test(.timeLimit(.minutes(5)))
        func `each registered name of the existing application does its work`() async throws {
            try await CeleryFleet.run(schedule: Self.application, workers: 3) { fleet in
                let golden = CeleryPython.path("ops/celery/golden")
                let words = ["--database", fleet.sandbox.path("trader.db"), "--golden", golden]
                let report = try await fleet.drive("app_tasks", with: .pinned, words, within: .seconds(270))
                #expect(report.isClean(atLeast: 20), "\(report)")
            }
        }
    }
}
