import ProgramSupport
import TestSupport
import Testing

extension EndToEnd {
    /// Remote control, events, and the programs that live on them.
    @Suite(.serialized, .enabled(if: CeleryPython.areInstalled, "ops/celery/environments makes them"))
    struct CeleryControlTests {
        private static let schedule = """
            version: 1
            celery: { track_started: true, visibility_timeout: 10s }
            pools:
              celery: { processes: 2, concurrency: 4, grace: 5s, celery: { queues: [celery, market-data] } }

            """

        @Test(.timeLimit(.minutes(3)), arguments: [CeleryPython.newest])
        func `control requests, revokes and events are as a Celery client expects`(
            _ python: CeleryPython
        ) async throws {
            try await CeleryFleet.run(schedule: Self.schedule) { fleet in
                for (driver, least) in [("revoke", 5), ("events", 5), ("control", 20)] {
                    let report = try await fleet.drive(driver, with: python)
                    #expect(report.isClean(atLeast: least), "\(driver), \(python): \(report)")
                }
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `Flower shows the fleet, and a worker that is killed goes offline`() async throws {
            try await CeleryFleet.run(schedule: Self.schedule) { fleet in
                // Its supervisor would start it anew under the same name.
                fleet.up.suspend()
                defer { fleet.up.goOn() }
                let victim = try #require(try await fleet.up.workers(of: "celery").first)
                let report = try await fleet.drive("flower_check", with: .newest, ["--kill", "\(victim)"])
                #expect(report.isClean(atLeast: 4), "\(report)")
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `the gauges of celery-exporter follow the fleet, and go down when a worker is killed`() async throws {
            try await CeleryFleet.run(schedule: Self.schedule) { fleet in
                // Its supervisor would start it anew under the same name.
                fleet.up.suspend()
                defer { fleet.up.goOn() }
                let victim = try #require(try await fleet.up.workers(of: "celery").first)
                let words = ["--exporter", CeleryPython.exporter.program, "--kill", "\(victim)"]
                let report = try await fleet.drive("exporter_check", with: .newest, words)
                #expect(report.isClean(atLeast: 4), "\(report)")
            }
        }
    }
}
