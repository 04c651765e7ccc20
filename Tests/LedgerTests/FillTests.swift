import Foundation
import GRDB
import Testing
import Trading

@testable import Ledger

@Suite struct FillTests {
    private func ledgerWithOrder(_ scratch: Scratch) async throws -> Ledger {
        try scratch.useFixture()
        let ledger = try await scratch.open()
        // The fixture's bot 1 has rows already; a bot of its own keeps the sums plain.
        try scratch.raw { try $0.execute(sql: "INSERT INTO bots (id, name, pair) VALUES (100, 'x', 'BTC-USD')") }
        _ = try await ledger.beginIntent(
            intent("c1"), botID: 100, signalScore: -0.3, signalScoresJSON: "{\"rsi\":-0.3}", fence: 1)
        return ledger
    }

    private func position(_ ledger: Ledger) async throws -> Double? { try await ledger.bot(100)?.currentPositionSize }

    @Test func `an order is visible before its fills and settled by them`() async throws {
        let scratch = try Scratch()
        let ledger = try await ledgerWithOrder(scratch)
        let open = try await ledger.recordFills(
            [], of: report("o1", client: "c1", state: .open), jobID: "job-1", fence: 1)
        #expect(open.status == .open && open.filledSize == .zero && open.averagePrice == nil)
        #expect(try await ledger.openOrders(botID: 100).map(\.orderID) == ["o1"])
        #expect(try await ledger.openOrders(botID: 100).map(\.size) == [0.01])
        #expect(try await ledger.pendingTrades().contains { $0.orderID == "o1" })
        let bot = try #require(try await ledger.bot(100)?.bot)
        #expect(try await ledger.gateRecord(of: bot, forJob: "e", at: noon).hasOpenOrder)

        let fills = [
            try fill("f1", "0.004", at: "60000", fee: "1.44"), try fill("f2", "0.006", at: "60010", fee: "2.16"),
        ]
        let done = try await ledger.recordFills(
            fills, of: report("o1", client: "c1", state: .filled), jobID: "job-1", fence: 1)
        #expect(done.newFills == 2 && done.tradeID == open.tradeID && done.status == .completed)
        #expect(try done.filledSize == amount("0.01") && done.averagePrice == amount("60006"))
        #expect(try done.notional == amount("600.06") && done.commission == amount("3.6"))
        let trade = try #require(try await ledger.latestFill(botID: 100))
        #expect(trade.size == 0.01 && trade.price == 60_006 && trade.commission == 3.6 && trade.sizeUSD == 600.06)
        #expect(trade.signalScore == -0.3 && trade.positionStatus == "OPEN" && trade.filledAt == noon + 1)
        #expect(try await ledger.intent(clientOrderID: "c1")?.state == .filled)
        #expect(try await ledger.lastTradePrice(botID: 100) == amount("60006"))
        #expect(try await !ledger.gateRecord(of: bot, forJob: "e", at: noon).hasOpenOrder)
    }

    @Test func `words of a status count in any case`() async throws {
        let scratch = try Scratch()
        let ledger = try await ledgerWithOrder(scratch)
        try scratch.raw { db in
            try db.execute(
                sql: """
                    INSERT INTO trades (bot_id, product_id, side, size, price, status, order_id, created_at, filled_at)
                    VALUES
                        (100, 'BTC-USD', 'BUY', 1, 61000, 'FILLED', 'u1', '2025-10-04 11:00:00', '2025-10-04 11:00:01'),
                        (100, 'BTC-USD', 'BUY', 1, 62000, 'Open', 'u2', '2025-10-04 11:30:00', NULL)
                    """)
        }
        #expect(try await ledger.latestFill(botID: 100)?.orderID == "u1")
        #expect(try await ledger.lastTradePrice(botID: 100) == amount("61000"))
        #expect(try await ledger.openOrders(botID: 100).map(\.orderID) == ["u2"])
        #expect(try await ledger.pendingTrades().contains { $0.orderID == "u2" })
        // A trade that is over is not reopened by a late answer.
        let late = try await ledger.recordFills(
            [], of: report("u1", client: "c9", state: .open), jobID: "job-1", fence: nil)
        #expect(late.status == .filled && late.previousStatus == .filled)
    }

    @Test func `the same fills twice move nothing twice`() async throws {
        let scratch = try Scratch()
        let ledger = try await ledgerWithOrder(scratch)
        let filled = report("o1", client: "c1", state: .filled)
        let first = try await ledger.recordFills(
            [fill("f1", "0.01", at: "60000")], of: filled, jobID: "job-1", fence: 1)
        let second = try await ledger.recordFills(
            [fill("f1", "0.01", at: "60000")], of: filled, jobID: "job-1", fence: 2)
        #expect(first.newFills == 1 && second.newFills == 0 && second.filledSize == first.filledSize)
        #expect(try await position(ledger) == 600)
        #expect(try await ledger.bot(100)?.currentPositionEntryPrice == 60_000)
        #expect(try await ledger.trades(botID: 100, limit: 9).count == 1)
        #expect(try await ledger.rawTrades(limit: 500).count == 119)
    }

    @Test func `amounts are exact beyond what a double holds`() async throws {
        let scratch = try Scratch()
        let ledger = try await ledgerWithOrder(scratch)
        let (size, price) = ("12345678.12345678", "12345.67890123")
        _ = try await ledger.recordFills(
            [fill("f1", size, at: price, fee: "0.000000000000000001")],
            of: report("o1", client: "c1", state: .filled), jobID: "job-1", fence: 1)
        let stored = try #require(try await ledger.rawTrades(limit: 1).first)
        #expect(try stored.size == amount(size) && stored.price == amount(price))
        #expect(try stored.notional() == amount(size).times(amount(price)))
        #expect(try stored.commission == amount("0.000000000000000001"))
        try scratch.raw { db throws in
            #expect(try Double.fetchOne(db, sql: "SELECT size FROM raw_trades WHERE fill_id = 'f1'") == Double(size))
            #expect(
                try String.fetchOne(db, sql: "SELECT created_at FROM raw_trades WHERE fill_id = 'f1'")
                    == "2025-10-04T12:00:01.000000Z")
        }
    }

    @Test func `the old FLOATs are read as the decimals they were`() async throws {
        let scratch = try Scratch()
        try scratch.useFixture()
        let ledger = try await scratch.open()
        let oldest = try #require(try await ledger.rawTrades(limit: 500).first { $0.fillID == "fill-00001" })
        #expect(try oldest.size == amount("0.00020207009") && oldest.price == amount("123719.45"))
        #expect(oldest.at != nil)
        for record in try await ledger.bots() { _ = try await ledger.holding(ofBot: record.id) }
    }

    @Test func `a fill that Python stored first gains its text and moves our position once`() async throws {
        let scratch = try Scratch()
        let ledger = try await ledgerWithOrder(scratch)
        try scratch.raw {
            try $0.execute(
                sql: """
                    INSERT INTO raw_trades (fill_id, order_id, product_id, side, size, size_in_quote, price, created_at)
                    VALUES ('f1', 'o1', 'BTC-USD', 'BUY', 0.01, 0, 60000.0, '2025-10-04T12:00:01Z')
                    """)
        }
        let done = try await ledger.recordFills(
            [fill("f1", "0.01", at: "60000", fee: "3.6")], of: report("o1", client: "c1", state: .filled),
            jobID: "job-1", fence: 1)
        #expect(try done.newFills == 0 && done.commission == amount("3.6"))
        #expect(try await position(ledger) == 600)
    }

    @Test func `an order of someone else is recorded without touching the position`() async throws {
        let scratch = try Scratch()
        let ledger = try await ledgerWithOrder(scratch)
        _ = try await ledger.recordFills(
            [fill("f9", "1", at: "60000")], of: report("o9", client: "theirs", state: .filled), botID: 100,
            jobID: "reconcile", fence: nil)
        #expect(try await position(ledger) == 0)
        #expect(try await ledger.trades(botID: 100, limit: 9).count == 1)
    }

    @Test func `a cancelled order with fills counts, and no late answer reopens it`() async throws {
        let scratch = try Scratch()
        let ledger = try await ledgerWithOrder(scratch)
        let cancelled = report("o1", client: "c1", state: .cancelled)
        let part = try await ledger.recordFills(
            [fill("f1", "0.004", at: "60000")], of: cancelled, jobID: "j", fence: nil)
        #expect(part.status == .completed)
        let late = try await ledger.recordFills(
            [], of: report("o1", client: "c1", state: .open), jobID: "j", fence: nil)
        #expect(late.status == .completed)
        #expect(try await ledger.intent(clientOrderID: "c1")?.state == .cancelled)
        let empty = try await ledger.recordFills(
            [], of: report("o2", client: nil, state: .cancelled), jobID: "j", fence: nil)
        #expect(empty.status == .cancelled)
    }

    @Test func `holdings follow the fills and selling all leaves no position`() async throws {
        let scratch = try Scratch()
        let ledger = try await ledgerWithOrder(scratch)
        _ = try await ledger.recordFills(
            [fill("f1", "0.01", at: "60000", fee: "3.6"), fill("f2", "0.01", at: "50000", fee: "3")],
            of: report("o1", client: "c1", state: .filled), jobID: "job-1", fence: 1)
        let held = try await ledger.holding(ofBot: 100)
        #expect(try held.quantity == amount("0.02") && held.cost == amount("1106.6"))
        #expect(try held.averageCost == amount("55330"))
        _ = try await ledger.beginIntent(intent("c2", job: "job-2", side: .sell), botID: 100, fence: 1)
        let sell = report("o2", client: "c2", side: .sell, state: .filled)
        let soon = noon + 60
        func sale(_ id: String, _ size: String) throws -> FillReport {
            FillReport(fillID: id, size: try Amount(size), price: Amount(40_000), commission: .zero, at: soon)
        }
        _ = try await ledger.recordFills([sale("s1", "0.005")], of: sell, jobID: "job-2", fence: 1)
        #expect(try await ledger.holding(ofBot: 100).cost == amount("829.95"))
        #expect(try await position(ledger) == 900)
        _ = try await ledger.recordFills(
            [sale("s1", "0.005"), sale("s2", "0.015")], of: sell, jobID: "job-2", fence: 1)
        #expect(try await ledger.holding(ofBot: 100).quantity == .zero)
        #expect(try await position(ledger) == 0)
        #expect(try await ledger.bot(100)?.currentPositionEntryPrice == nil)
    }

    @Test func `a size in quote units is converted by its price`() async throws {
        let scratch = try Scratch()
        let ledger = try await ledgerWithOrder(scratch)
        var quoted = try fill("f1", "300", at: "60000")
        quoted.sizeInQuote = true
        let done = try await ledger.recordFills(
            [quoted], of: report("o1", client: "c1", state: .filled), jobID: "job-1", fence: 1)
        #expect(try done.filledSize == amount("0.005") && done.notional == amount("300"))
    }
}
