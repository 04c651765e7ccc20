import Foundation
import GRDB
import Testing
import Trading

@testable import Ledger

@Suite struct ConcurrencyTests {
    @Test func `two ledgers on one file lose none of a thousand writes`() async throws {
        let scratch = try Scratch()
        let ledgers = [try await scratch.open(busySeconds: 60), try await scratch.open(busySeconds: 60)]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<1000 {
                group.addTask {
                    try await ledgers[number % 2].addNotification(
                        key: "n\(number)", type: "t", title: "\(number)", message: "m")
                }
            }
            try await group.waitForAll()
        }
        let titles = try await ledgers[0].notifications(limit: 2000).map(\.title)
        #expect(Set(titles).count == 1000 && titles.count == 1000)
    }

    @Test func `many workers with one job write one evaluation, one intent and one fill`() async throws {
        let scratch = try Scratch()
        let ledgers = [try await scratch.open(busySeconds: 60), try await scratch.open(busySeconds: 60)]
        try scratch.raw { try $0.execute(sql: "INSERT INTO bots (id, name, pair) VALUES (1, 'x', 'BTC-USD')") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                let ledger = ledgers[number % 2]
                group.addTask {
                    _ = try await ledger.record(
                        Evaluation(botID: 1, jobID: "e", at: noon, score: 0, action: .buy, confidence: 1))
                    _ = try await ledger.beginIntent(intent("c1"), botID: 1, fence: 1)
                    _ = try await ledger.recordFills(
                        [fill("f1", "0.01", at: "60000")], of: report("o1", client: "c1", state: .filled),
                        jobID: "job-1", fence: 1)
                }
            }
            try await group.waitForAll()
        }
        try scratch.raw { db throws in
            for table in ["bot_signal_history", "order_intents", "raw_trades", "trades", "applied_fills"] {
                #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") == 1, "\(table)")
            }
            #expect(try Double.fetchOne(db, sql: "SELECT current_position_size FROM bots") == 600)
        }
    }

    @Test func `a cancelled task still writes what it began`() async throws {
        let scratch = try Scratch()
        let ledger = try await scratch.open()
        let writing = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await ledger.addNotification(type: "t", title: "kept", message: "m")
        }
        try await writing.value
        #expect(try await ledger.notifications(limit: 1).map(\.title) == ["kept"])
    }
}
