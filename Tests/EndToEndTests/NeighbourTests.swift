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
                let up = try await Up.start(in: sandbox, workers: 2)
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
                #expect(run.status == 0, "\(run)")
                #expect(figures["transactions"].int == 4_000)
                #expect(figures["errors"].keys.isEmpty, "\(figures)")
                print("the application's writes: p99 \(figures["write_p99_ms"]) ms")
                #expect(!up.program.log.contains("database is locked"))
                #expect(try await sandbox.json("status")["queues"].array.allSatisfy { $0["dead"].int == 0 })
                #expect(try await sandbox.count("SELECT count(*) FROM bot_signal_history") >= 39)
                #expect(try await up.interrupt().status == 0)
            }
        }

        private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
            .standardized
    }
}
