import ProgramSupport
import TestSupport
import Testing

extension EndToEnd {
    /// Worker processes and servers that go away. These drivers start a Redis and a fleet of their own.
    @Suite(.serialized, .enabled(if: CeleryPython.areInstalled, "ops/celery/environments makes them"))
    struct CeleryOutageTests {
        private func run(
            _ driver: String, _ words: [String] = [], within limit: Duration
        ) async throws -> CeleryReport {
            let program = try await BuiltProgram.path()
            let script = CeleryPython.path("ops/celery/\(driver).py")
            let sandbox = try Sandbox(program: program, environment: [:], schedule: nil)
            let environment = ["PYTHONDONTWRITEBYTECODE": "1", "HOME": sandbox.folder]
            let run = try sandbox.launch(
                CeleryPython.newest.program, [script, "--program", program] + words, environment: environment)
            let outcome = try await run.end(within: limit)
            await sandbox.close()
            return CeleryReport(outcome)
        }

        @Test(.timeLimit(.minutes(4)))
        func `every result comes and every chord's body runs once while workers are killed`() async throws {
            // The whole measure is 'ops/celery/kills.py --program FLOTILLA': 5 000 tasks.
            let report = try await run("kills", ["--tasks", "1500", "--seconds", "20"], within: .seconds(220))
            #expect(report.isClean(atLeast: 5), "\(report)")
        }

        @Test(.timeLimit(.minutes(3)))
        func `a chord outlives a restart of Redis, and results wait for their own server`() async throws {
            let report = try await run("outages", within: .seconds(160))
            #expect(report.isClean(atLeast: 4), "\(report)")
        }
    }
}
