package import TestSupport

/// A fleet in Celery's place: a redis-server of its own with the broker in database 0, the results in 1 and the fleet's
/// own keys in 2, and `flotilla up` in a sandbox.
package struct CeleryFleet {
    package let sandbox: Sandbox
    package let up: Up
    package let redis: TemporaryRedis

    /// `celery` and `market-data` have 8 slots, `narrow` has one. What the drivers look at is stored: STARTED and the
    /// fields of result_extended.
    package static let schedule = """
        version: 1
        celery: { track_started: true, result_extended: true, visibility_timeout: 60s }
        pools:
          celery:
            processes: 1
            concurrency: 8
            grace: 5s
            celery: { queues: [celery, market-data], control: full }
          narrow: { processes: 1, concurrency: 1, grace: 5s, celery: { queues: [narrow] } }

        """

    package var broker: String { "redis://127.0.0.1:\(redis.port)/0" }
    package var backend: String { "redis://127.0.0.1:\(redis.port)/1" }

    /// Runs a body with a fleet that serves.
    /// - Parameters:
    ///   - schedule: with as many worker processes as `workers` says.
    ///   - environment: added to what the fleet needs.
    package static func run(
        schedule: String = Self.schedule, workers: Int = 2, environment: [String: String] = [:],
        _ body: (CeleryFleet) async throws -> Void
    ) async throws {
        // Safe for orders: tasks of the existing application bring them.
        let redis = try await TemporaryRedis.start(.init(appendOnly: true, arguments: ["--appendfsync", "always"]))
        let address = "redis://127.0.0.1:\(redis.port)/"
        let all = [
            "REDIS_URL": address + "2", "CELERY_BROKER_URL": address + "0", "CELERY_RESULT_BACKEND": address + "1",
            "FLOTILLA_TEST_JOBS": "1",
        ].merging(environment) { $1 }
        try await withSandbox(schedule: schedule, environment: all) { sandbox in
            let up = try await Up.start(in: sandbox, workers: workers)
            try await body(CeleryFleet(sandbox: sandbox, up: up, redis: redis))
        }
        try await redis.stop()
    }

    /// Runs a driver of `ops/celery` against this fleet to its end.
    /// - Parameter words: what it takes besides `--broker`, `--backend` and `--fleet`.
    package func drive(
        _ driver: String, with python: CeleryPython, _ words: [String] = [], within limit: Duration = .seconds(120)
    ) async throws -> CeleryReport {
        let script = CeleryPython.path("ops/celery/\(driver).py")
        let addresses = ["--broker", broker, "--backend", backend, "--fleet"]
        let environment = ["PYTHONDONTWRITEBYTECODE": "1", "HOME": sandbox.folder]
        let run = try sandbox.launch(python.program, [script] + addresses + words, environment: environment)
        return CeleryReport(try await run.end(within: limit))
    }
}
