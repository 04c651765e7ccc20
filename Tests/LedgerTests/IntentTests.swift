import Foundation
import Testing
import Trading

@testable import Ledger

@Suite struct IntentTests {
    @Test func `an intent is written once and later runs get what was written first`() async throws {
        let scratch = try Scratch()
        let ledger = try await scratch.open()
        let begun = try await ledger.beginIntent(intent("c1"), botID: 1, signalScore: -0.2, fence: 1)
        guard case .begun(let record) = begun else { return #expect(Bool(false)) }
        #expect(record.intent == (try intent("c1")) && record.botID == 1)
        let again = try await ledger.beginIntent(intent("c1", size: "0.02"), botID: 1, fence: 2)
        #expect(again == .existing(record))
        #expect(try await ledger.intents(jobID: "job-1") == [record])
        #expect(try await ledger.intent(jobID: "job-1")?.intent.baseSize == amount("0.01"))
    }

    @Test func `a lost lease writes nothing any more`() async throws {
        let scratch = try Scratch()
        let ledger = try await scratch.open()
        _ = try await ledger.beginIntent(intent("c1"), botID: 1, fence: 5)
        let fenced = LedgerError.fenced(job: "job-1", stored: 5, offered: 4)
        await #expect(throws: fenced) { try await ledger.beginIntent(intent("c2"), botID: 1, fence: 4) }
        await #expect(throws: fenced) { try await ledger.markIntent("c1", state: .sent, fence: 4) }
        await #expect(throws: fenced) {
            try await ledger.recordFills(
                [fill("f", "1", at: "1")], of: report("o", client: "c1", state: .filled), jobID: "job-1", fence: 4)
        }
        #expect(try await ledger.intents(jobID: "job-1").map(\.state) == [.intent])
        #expect(try await ledger.trades(limit: 9).isEmpty)
        #expect(try await ledger.rawTrades(limit: 9).isEmpty)
        try await ledger.markIntent("c1", state: .sent, fence: 5)
        _ = try await ledger.beginIntent(intent("c3", job: "job-2"), botID: 1, fence: 1)
    }

    @Test func `a later lease takes over and the earlier one is out`() async throws {
        let scratch = try Scratch()
        let ledger = try await scratch.open()
        _ = try await ledger.beginIntent(intent("c1"), botID: 1, fence: 1)
        _ = try await ledger.beginIntent(intent("c1"), botID: 1, fence: 2)
        await #expect(throws: LedgerError.fenced(job: "job-1", stored: 2, offered: 1)) {
            try await ledger.markIntent("c1", state: .sent, fence: 1)
        }
    }

    @Test func `states move forward only, and a finished order stays`() async throws {
        let scratch = try Scratch()
        let ledger = try await scratch.open()
        _ = try await ledger.beginIntent(intent("c1"), botID: 1, fence: 1)
        for state in [OrderState.sent, .unknown, .open, .open, .cancelled, .cancelled] {
            try await ledger.markIntent("c1", state: state, orderID: state == .open ? "o1" : nil, fence: 1)
        }
        let record = try #require(try await ledger.intent(clientOrderID: "c1"))
        #expect(record.orderID == "o1" && record.state == .cancelled)
        await #expect(throws: LedgerError.illegalMove(clientOrderID: "c1", from: .cancelled, to: .open)) {
            try await ledger.markIntent("c1", state: .open, fence: 1)
        }
        await #expect(throws: LedgerError.noSuchIntent(clientOrderID: "c9")) {
            try await ledger.markIntent("c9", state: .open, fence: 1)
        }
    }

    @Test func `an id that belongs to another order is refused`() async throws {
        let scratch = try Scratch()
        let ledger = try await scratch.open()
        _ = try await ledger.beginIntent(intent("c1"), botID: 1, fence: 1)
        await #expect(
            throws: LedgerError.intentDiffers(clientOrderID: "c1", field: "side", stored: "BUY", offered: "SELL")
        ) { try await ledger.beginIntent(intent("c1", side: .sell), botID: 1, fence: 1) }
        try await ledger.markIntent("c1", state: .open, orderID: "o1", fence: 1)
        await #expect(throws: LedgerError.self) {
            try await ledger.markIntent("c1", state: .open, orderID: "o2", fence: 1)
        }
    }

    @Test func `unsettled intents are found by bot`() async throws {
        let scratch = try Scratch()
        let ledger = try await scratch.open()
        for (id, bot) in [("c1", 1), ("c2", 2), ("c3", 1)] {
            _ = try await ledger.beginIntent(intent(id, job: id), botID: bot, fence: 1)
        }
        try await ledger.markIntent("c1", state: .failed, reason: "INSUFFICIENT_FUND", fence: 1)
        #expect(try await ledger.unsettledIntents().map(\.intent.clientOrderID) == ["c2", "c3"])
        #expect(try await ledger.unsettledIntents(botID: 1).map(\.intent.clientOrderID) == ["c3"])
        #expect(try await ledger.intent(clientOrderID: "c1")?.reason == "INSUFFICIENT_FUND")
    }
}
