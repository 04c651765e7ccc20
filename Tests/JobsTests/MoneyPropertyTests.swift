import Foundation
import Ledger
import TestSupport
import Testing

@testable import Jobs

/// Money is spent as it was decided: random portfolios, bots and operators. A thousand rounds; ten thousand with
/// `FLOTILLA_PROPERTIES=full`.
@Suite
struct MoneyPropertyTests {
    /// The first is drawn, the second always the same.
    private static let seeds = [UInt64.random(in: 0..<1_000_000), 20_261_129]

    @Test(arguments: seeds)
    func `whatever operators do, each order was decided, fits the caps, and moves its money once`(_ seed: UInt64)
        async throws
    {
        var world = try await MoneyWorld(seed: seed)
        let rounds = ProcessInfo.processInfo.environment["FLOTILLA_PROPERTIES"] == "full" ? 5_000 : 500
        for round in 1...rounds {
            try await world.play()
            let violations = world.book.read { $0.violations }
            guard violations.isEmpty else {
                Issue.record("seed \(seed), round \(round): \(violations.joined(separator: "; "))")
                return
            }
        }
        try await world.settle()
        try await world.bench.expectMoneyMatchesFills()
        let orders = world.book.read { $0.orders }
        #expect(world.book.read { $0.violations }.isEmpty, "seed \(seed)")
        let undecided = try await world.bench.ledger.unsettledIntents()
        #expect(undecided.isEmpty, "seed \(seed)")
        #expect(orders.signals > 10 && orders.rebalances > 5, "seed \(seed): \(orders)")
        print("seed \(seed): \(rounds) rounds, \(orders.signals) orders of bots, \(orders.rebalances) of rebalances")
    }
}
