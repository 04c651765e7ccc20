import Exchange
import Foundation
import JobQueue
import Ledger
import Testing
import Trading

@testable import Jobs

/// Nothing is rebalanced on a ledger with a past of its own until an operator has agreed.
@Suite(.serialized)
struct RebalanceConsentTests {
    private func bench() async throws -> JobBench {
        let bench = try await JobBench(bots: [BotSeed(1, "BTC-USD", sizeUSD: 50_000)])
        try await bench.fillCache()
        return bench
    }

    @Test func `without consent a rebalance shows what it would do, and does nothing`() async throws {
        let bench = try await bench()
        try await bench.sql("DELETE FROM operator_consents")
        let held = try await bench.attempt("rebalance", "{}", id: "held").report()
        #expect(held.skipped == "NOT_CONFIRMED" && held.orders.map(\.product) == ["BTC-USD"])
        #expect(held.reason?.contains("flotilla rebalance --confirm") == true)
        #expect(try await bench.jobs("execution", .ready).isEmpty)
        #expect(try await bench.ledger.openRebalance() == nil)
        try await bench.ledger.noteSeen(.rebalance, by: "me@here")
        #expect(try await bench.attempt("rebalance", "{}", id: "seen").report().skipped == "NOT_CONFIRMED")
        let consent = try await bench.ledger.confirm(.rebalance, by: "me@here")
        #expect(
            consent.confirmedBy == "me@here" && consent.confirmedAt == bench.wall.now && consent.seenBy == "me@here")
        #expect(
            try await bench.attempt("rebalance", "{}", id: "free").report().orders.map(\.job) == ["free:BTC-USD:BUY"])
        // Who was first stays.
        #expect(try await bench.ledger.confirm(.rebalance, by: "another").confirmedBy == "me@here")
    }

    @Test func `a preview orders nothing and agrees with the job`() async throws {
        let bench = try await bench()
        let preview = RebalancePreview(try bench.dependencies()) { _ throws(ExchangeError) in }
        let report = try await preview.report(arguments: "{}")
        #expect(try await bench.jobs("execution", .ready).isEmpty)
        #expect(try await bench.ledger.openRebalance() == nil)
        var planned = try await bench.attempt("rebalance", "{}", id: "reb").report()
        for index in planned.orders.indices { planned.orders[index].job = nil }
        #expect(planned == report)
    }

    @Test func `only the demo's own ledger is rebalanced beyond its bots' sizes without being told`() async throws {
        let bench = try await JobBench(bots: [BotSeed(1, "BTC-USD", sizeUSD: 20)])
        try await bench.fillCache()
        #expect(try await bench.attempt("rebalance", "{}", id: "any").report().orders.isEmpty)
        try await bench.sql("DELETE FROM operator_consents; DELETE FROM bots")
        _ = try await bench.ledger.seedDemoBots(json: try BotSeed.json([BotSeed(1, "BTC-USD", sizeUSD: 20)]))
        #expect(try await bench.attempt("rebalance", "{}", id: "demo").report().orders.count == 1)
        try await bench.sql("UPDATE rebalances SET state = 'CLOSED'")
        let told = #"{"cap_by_bot_size": true}"#
        #expect(try await bench.attempt("rebalance", told, id: "told").report().orders.isEmpty)
    }
}
