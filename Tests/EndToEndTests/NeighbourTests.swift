import Foundation
import ProgramSupport
import TestSupport
import Testing

extension EndToEnd {
    /// The Python application reads and writes the same SQLite file while the fleet evaluates and trades.
    @Suite(.serialized) struct NeighbourTests {
        @Test(.timeLimit(.minutes(6)))
        func `neither the fleet nor the Python application meets a locked database`() async throws {
            try await withSandbox(schedule: Schedules.trading) { sandbox in
                let up = try await Up.start(in: sandbox, workers: 2, environment: ["LOG_LEVEL": "trace"])
                try await eventually("the bots are evaluated", within: .seconds(120), every: .milliseconds(250)) {
                    try await sandbox.count("SELECT count(*) FROM bots WHERE last_evaluation IS NOT NULL") == 39
                }
                // The long run is 'ops/bench/neighbour.py --transactions 20000'.
                let script = Self.root.appending(path: "ops/bench/neighbour.py").path
                let run = try await sandbox.launch(
                    "python3",
                    [script, "--database", sandbox.path("trader.db"), "--processes", "4", "--transactions", "4000"],
                    environment: [
                        "FLOTILLA_PYTHON": NSTemporaryDirectory() + "flotilla-python", "HOME": sandbox.folder,
                    ]
                ).end(within: .seconds(240))
                let figures = try JSON(run.output)
                let fleet = try Self.writes(in: up.program.log)
                #expect(run.status == 0, "\(run)")
                #expect(figures["transactions"].int == 4_000)
                #expect(figures["errors"].keys.isEmpty, "\(figures)")
                let theirs = figures["write_p99_ms"].int
                print("writes, p99: the application's \(theirs) ms, the fleet's \(fleet.p99) ms")
                #expect(fleet.count > 100)
                #expect(!up.program.log.contains("database is locked"))
                #expect(try await sandbox.json("status")["queues"].array.allSatisfy { $0["dead"].int == 0 })
                #expect(try await sandbox.count("SELECT count(*) FROM bot_signal_history") >= 39)
                #expect(try await up.interrupt().status == 0)
            }
        }

        /// The writes of a fleet, as it logs them at level trace; milliseconds.
        private static func writes(in log: String) throws -> (count: Int, p99: Double) {
            let times = log.matches(of: /ledger write.*?microseconds[^0-9]+([0-9.]+)/).compactMap { Double($0.1) }
            let ordered = times.sorted()
            let last = try #require(ordered.dropLast(ordered.count / 100).last, "no write was logged")
            return (ordered.count, (last / 10).rounded() / 100)
        }

        private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
            .standardized
    }
}
