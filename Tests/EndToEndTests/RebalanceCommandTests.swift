import Foundation
import ProgramSupport
import TestSupport
import Testing

extension EndToEnd {
    @Suite(.serialized) struct RebalanceCommandTests {
        private static let fixture =
            URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../LedgerTests/Fixtures/fixture.sql").standardized.path

        @Test(.timeLimit(.minutes(3)))
        func `a ledger with a past is rebalanced once somebody has looked and agreed`() async throws {
            try await withSandbox(schedule: Schedules.marketOnly, environment: [:]) { sandbox in
                #expect(try await sandbox.run("rebalance", "--dry-run").status == 4)
                #expect(!sandbox.exists("trader.db"))
                let sql = [sandbox.path("trader.db"), ".read \(Self.fixture)"]
                #expect(
                    try await sandbox.launch("sqlite3", sql, environment: [:]).end(within: .seconds(20)).status == 0)
                let up = try await Up.start(in: sandbox, workers: 2)
                #expect(up.program.output.contains("flotilla rebalance --dry-run"))
                #expect(try await sandbox.run("status").output.contains("flotilla rebalance --confirm"))
                #expect(try await sandbox.json("status")["rebalance"]["confirmed"] == .bool(false))
                let unseen = try await sandbox.run("rebalance", "--confirm")
                #expect(unseen.status == 5 && unseen.complaint.contains("--dry-run"), "\(unseen)")
                #expect(try await sandbox.run("doctor").output.contains("bot 39 (ZORA-USD): no reason is recorded"))
                let job = try await sandbox.json("rebalance")
                #expect(job["confirmed"] == .bool(false))
                try await sandbox.run("rebalance", "--dry-run")
                #expect(try await sandbox.run("rebalance", "--confirm", "--yes").status == 0)
                let given = try await sandbox.json("rebalance")
                #expect(given["confirmed"] == .bool(true) && given["confirmed_by"].text.contains("@"))
                #expect(try await sandbox.json("status")["rebalance"]["confirmed"] == .bool(true))
                #expect(try await sandbox.run("rebalance", "--dry-run", "--confirm").status == 2)
                #expect(
                    try await sandbox.run("rebalance", "--dry-run", "--args", #"{"gross_exposure": "7"}"#).status == 2)
                #expect(try await sandbox.count("SELECT count(*) FROM order_intents") == 0)
                #expect(try await up.interrupt().status == 0)
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `the demo's own ledger needs nobody's consent`() async throws {
            try await withSandbox(schedule: Schedules.marketOnly, environment: [:]) { sandbox in
                let up = try await Up.start(in: sandbox, workers: 2)
                #expect(try await sandbox.json("rebalance")["confirmed"] == .bool(true))
                #expect(!up.program.output.contains("flotilla rebalance --dry-run"))
                #expect(try await up.interrupt().status == 0)
            }
        }
    }
}
