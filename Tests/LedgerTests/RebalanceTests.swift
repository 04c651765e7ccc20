import Foundation
import GRDB
import Testing
import Trading

@testable import Ledger

@Suite struct RebalanceTests {
    private let order = PlannedOrder(jobID: "one:BTC-USD:BUY", payload: "{}")

    @Test func `one rebalance has its turn, and keeps it when it asks again`() async throws {
        let scratch = try Scratch()
        let ledger = try await scratch.open()
        #expect(try await ledger.rebalanceTurn("one", job: "one", fence: 1) == .granted(planned: [], report: nil))
        #expect(try await ledger.rebalanceTurn("one", job: "one", fence: 2) == .granted(planned: [], report: nil))
        let open = OpenRebalance(id: "one", begunAt: noon, orderJobs: [], undecidedJobs: [])
        #expect(try await ledger.rebalanceTurn("two", job: "two", fence: 1) == .taken(open))
        #expect(try await ledger.openRebalance() == open)
    }

    @Test func `a worker that lost its lease neither takes a turn nor plans`() async throws {
        let scratch = try Scratch()
        let ledger = try await scratch.open()
        _ = try await ledger.rebalanceTurn("one", job: "one", fence: 5)
        let fenced = LedgerError.fenced(job: "one", stored: 5, offered: 4)
        await #expect(throws: fenced) { try await ledger.rebalanceTurn("one", job: "one", fence: 4) }
        await #expect(throws: fenced) {
            try await ledger.recordRebalance("one", job: "one", orders: [order], report: "{}", isOver: true, fence: 4)
        }
        #expect(try await ledger.openRebalance()?.orderJobs == [])
    }

    @Test func `what was planned is given again, and only to the job that planned it`() async throws {
        let scratch = try Scratch()
        let ledger = try await scratch.open()
        _ = try await ledger.rebalanceTurn("one", job: "one", fence: 1)
        for _ in 0..<2 {
            try await ledger.recordRebalance("one", job: "one", orders: [order], report: "r", isOver: false, fence: 1)
        }
        #expect(try await ledger.rebalanceTurn("one", job: "one", fence: 2) == .granted(planned: [order], report: "r"))
        #expect(try await ledger.rebalanceTurn("one", job: "one:buys", fence: 1) == .granted(planned: [], report: nil))
    }

    @Test func `a rebalance that came to nothing is over, and tells so when it is asked again`() async throws {
        let scratch = try Scratch()
        let ledger = try await scratch.open()
        _ = try await ledger.rebalanceTurn("one", job: "one", fence: 1)
        try await ledger.recordRebalance("one", job: "one", orders: [], report: "none", isOver: true, fence: 1)
        #expect(try await ledger.rebalanceTurn("one", job: "one", fence: 1) == .over(report: "none"))
        #expect(try await ledger.rebalanceTurn("two", job: "two", fence: 1) == .granted(planned: [], report: nil))
        // What follows a rebalance never begins one.
        #expect(try await ledger.rebalanceTurn("gone", job: "gone:buys", fence: 1) == .over(report: ""))
    }

    @Test func `the turn goes on to the one that found the other over`() async throws {
        let scratch = try Scratch()
        let ledger = try await scratch.open()
        _ = try await ledger.rebalanceTurn("one", job: "one", fence: 1)
        try await ledger.recordRebalance("one", job: "one", orders: [order], report: "r", isOver: false, fence: 1)
        #expect(
            try await ledger.rebalanceTurn("two", job: "two", closing: "one", fence: 1)
                == .granted(planned: [], report: nil))
        // A third that had seen the first comes too late.
        guard case .taken(let open) = try await ledger.rebalanceTurn("three", job: "three", closing: "one", fence: 1)
        else { return #expect(Bool(false)) }
        #expect(open.id == "two")
        #expect(try await ledger.rebalanceTurn("one", job: "one", fence: 9) == .over(report: "r"))
    }

    @Test func `an order whose fate is unknown is told`() async throws {
        let scratch = try Scratch()
        let ledger = try await scratch.open()
        _ = try await ledger.rebalanceTurn("one", job: "one", fence: 1)
        try await ledger.recordRebalance("one", job: "one", orders: [order], report: "r", isOver: false, fence: 1)
        _ = try await ledger.beginIntent(intent("c1", job: order.jobID), botID: nil, fence: 1)
        #expect(try await ledger.openRebalance()?.undecidedJobs == [order.jobID])
        try await ledger.markIntent("c1", state: .failed, fence: 1)
        #expect(try await ledger.openRebalance()?.undecidedJobs == [])
    }

    @Test func `consent is given once, and only the demo's own ledger starts with it`() async throws {
        let (old, fresh) = (try Scratch(), try Scratch())
        try old.useFixture()
        let ledger = try await old.open()
        #expect(try await ledger.consent(.rebalance).isGiven == false)
        try await ledger.noteSeen(.rebalance, by: "me")
        #expect(try await ledger.consent(.rebalance).seenBy == "me")
        #expect(try await ledger.confirm(.rebalance, by: "me").confirmedBy == "me")
        let second = try await ledger.confirm(.rebalance, by: "you")
        #expect(second.confirmedBy == "me" && second.terms == nil)
        let demo = try await fresh.open()
        #expect(try await demo.consent(.rebalance).isGiven == false)
        _ = try await demo.seedDemoBots(json: try Data(contentsOf: URL(filePath: demoBots)))
        let consent = try await demo.consent(.rebalance)
        #expect(consent.isGiven && consent.terms?.contains("fresh_share") == true)
        // Trades without bots are a past, too.
        let traded = try Scratch()
        _ = try await traded.open()
        try traded.raw { try $0.execute(sql: "INSERT INTO trades (product_id, side) VALUES ('BTC-USD', 'BUY')") }
        let third = try await traded.open()
        _ = try await third.seedDemoBots(json: try Data(contentsOf: URL(filePath: demoBots)))
        #expect(try await third.consent(.rebalance).isGiven == false)
    }

    @Test func `of two orders of a bot that ask at once the check lets one begin`() async throws {
        let scratch = try Scratch()
        let ledgers = [try await scratch.open(), try await scratch.open()]
        for round in 0..<10 {
            let begun = try await withThrowingTaskGroup(of: BegunIntent.self) { group in
                for (index, ledger) in ledgers.enumerated() {
                    let id = "c\(round)-\(index)"
                    let check = PlacementCheck(
                        question: PlacementQuestion(jobID: id, botID: 1, product: bitcoin, decidedAt: noon)
                    ) { $0.gate.hasOpenOrder ? "OPEN_ORDER" : nil }
                    let order = try intent(id, job: id)
                    group.addTask { try await ledger.beginIntent(order, botID: 1, fence: 1, check: check) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(begun.count { $0 == .refused("OPEN_ORDER") } == 1)
            for record in begun.compactMap(\.record) {
                try await ledgers[0].markIntent(record.intent.clientOrderID, state: .failed, fence: nil)
            }
        }
    }

    @Test func `what an order is judged by`() async throws {
        let scratch = try Scratch()
        let ledger = try await scratch.open()
        _ = try await ledger.seedDemoBots(json: try Data(contentsOf: URL(filePath: demoBots)))
        let question = PlacementQuestion(jobID: "b", botID: 1, product: bitcoin, decidedAt: noon)
        let fresh = try await ledger.placementRecord(question)
        #expect(fresh.bot?.id == 1 && fresh.undecided.isEmpty && !fresh.isSpent && fresh.newestAction == nil)
        #expect(fresh.runningSize == Amount(100) && !fresh.isRebalanceOpen && !fresh.gate.hasOpenOrder)
        _ = try await ledger.beginIntent(intent("c1", job: "a"), botID: 1, fence: 1)
        let busy = try await ledger.placementRecord(question)
        #expect(busy.isSpent && busy.gate.hasOpenOrder && busy.undecided.map(\.intent.jobID) == ["a"])
        // Its own order speaks against nothing.
        let own = try await ledger.placementRecord(
            PlacementQuestion(jobID: "a", botID: 1, product: bitcoin, decidedAt: noon))
        #expect(!own.isSpent && !own.gate.hasOpenOrder && own.undecided.isEmpty)
        try await ledger.recordFills(
            [fill("f", "0.01", at: "60000")], of: report("o", client: "c1", state: .filled), jobID: "a", fence: 1)
        let done = try await ledger.placementRecord(question)
        #expect(done.settledOrders == busy.settledOrders + 1 && done.isSpent && !done.gate.hasOpenOrder)
        #expect(done.gate.lastFillAt == noon.addingTimeInterval(1))
        let later = try await ledger.placementRecord(
            PlacementQuestion(jobID: "b", botID: 1, product: bitcoin, decidedAt: noon.addingTimeInterval(2)))
        #expect(!later.isSpent)
    }

    @Test func `held products are remembered as they were told last`() async throws {
        let scratch = try Scratch()
        let ledger = try await scratch.open()
        let ether = try ProductID("ETH-USD")
        try await ledger.noteHeldProducts([bitcoin, ether])
        try await ledger.noteHeldProducts([ether])
        #expect(try await ledger.heldProducts() == [ether])
        #expect(try await ledger.lastFillPrices([bitcoin]).isEmpty)
    }
}
