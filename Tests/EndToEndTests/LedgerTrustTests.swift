import Foundation
import ProgramSupport
import TestSupport
import Testing

extension EndToEnd {
    /// What a running fleet says of a database that it must not trade on.
    @Suite(.serialized) struct LedgerTrustTests {
        private static let buy = #"{"bot_id": 1, "product": "BTC-USD", "side": "BUY", "base_size": "0.001"}"#

        private func expectTold(_ sandbox: Sandbox, _ reason: String) async throws {
            try await eventually("status tells it", within: .seconds(30), every: .milliseconds(200)) {
                let check = try await sandbox.run("status", "--check")
                return check.status == 8 && check.complaint.contains(reason)
            }
            let doctor = try await sandbox.run("doctor")
            #expect(doctor.status == 8 && doctor.output.contains(reason), "\(doctor)")
        }

        private func expectWell(_ sandbox: Sandbox) async throws {
            try await eventually("all is well again", within: .seconds(30), every: .milliseconds(200)) {
                try await sandbox.run("status", "--check").status == 0
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `a file that was moved away is told until one is there, which is used from then on`() async throws {
            try await withSandbox(schedule: Schedules.marketOnly) { sandbox in
                let fleet = try await Up.start(in: sandbox, workers: 2)
                _ = try await sandbox.sql("VACUUM INTO '\(sandbox.path("backup.db"))'")
                try FileManager.default.moveItem(atPath: sandbox.path("trader.db"), toPath: sandbox.path("old.db"))
                try await expectTold(sandbox, "the database file is gone")
                try await sandbox.run("enqueue", "execution", "--id", "held", "--args", Self.buy)
                try await eventually("the job is held", within: .seconds(60), every: .milliseconds(200)) {
                    try await sandbox.json("jobs", "show", "held")["held"].text.contains("the database file is gone")
                }
                try await eventually("both workers tell it", within: .seconds(30), every: .milliseconds(200)) {
                    try await sandbox.json("status")["orders_held"][0]["workers"].int == 2
                }
                try FileManager.default.moveItem(atPath: sandbox.path("backup.db"), toPath: sandbox.path("trader.db"))
                try await expectWell(sandbox)
                try await eventually("the order is placed", within: .seconds(60), every: .milliseconds(200)) {
                    try await sandbox.json("jobs", "show", "held")["state"].text == "succeeded"
                }
                #expect(try await sandbox.count("SELECT count(*) FROM trades") == 1)
                #expect(fleet.program.log.components(separatedBy: "that is at the address now is in use").count == 3)
                #expect(try await fleet.interrupt().status == 0)
            }
        }

        @Test(.timeLimit(.minutes(3)))
        func `tables that take no order are told with what to do, and nothing dies`() async throws {
            try await withSandbox(schedule: Schedules.marketOnly) { sandbox in
                let fleet = try await Up.start(in: sandbox, workers: 2)
                _ = try await sandbox.sql(
                    "CREATE TRIGGER closed BEFORE INSERT ON raw_trades BEGIN SELECT RAISE(ABORT, 'not now'); END")
                try await expectTold(sandbox, "not now. Undo that change of the tables")
                try await sandbox.run("enqueue", "execution", "--id", "held", "--args", Self.buy)
                try await eventually("the job is held", within: .seconds(60), every: .milliseconds(200)) {
                    try await sandbox.json("jobs", "show", "held")["held"].text.contains("not now")
                }
                _ = try await sandbox.sql("DROP TRIGGER closed")
                try await expectWell(sandbox)
                try await eventually("the order is placed", within: .seconds(60), every: .milliseconds(200)) {
                    try await sandbox.json("jobs", "show", "held")["state"].text == "succeeded"
                }
                #expect(try await fleet.interrupt().status == 0)
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `a fleet does not start on a damaged file, and doctor says why`() async throws {
            try await withSandbox(schedule: Schedules.marketOnly) { sandbox in
                let fleet = try await Up.start(in: sandbox, workers: 2)
                #expect(try await sandbox.run("doctor").output.contains("every page and every index is sound"))
                #expect(try await fleet.interrupt().status == 0)
                let file = URL(filePath: sandbox.path("trader.db"))
                var bytes = try Data(contentsOf: file)
                bytes.replaceSubrange(4096 * 2..<4096 * 3, with: Data(repeating: 0xA5, count: 4096))
                try bytes.write(to: file)
                let up = try await sandbox.run("up")
                #expect(up.status == 4 && up.complaint.contains("the database is damaged"), "\(up)")
                let doctor = try await sandbox.run("doctor")
                #expect(doctor.status == 8 && doctor.output.contains("the database is damaged"), "\(doctor)")
                #expect(try Data(contentsOf: file) == bytes)
            }
        }
    }
}
