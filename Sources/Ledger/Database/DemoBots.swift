public import Foundation
import GRDB
import Trading

/// The bots that a fresh ledger starts with: `{"bots": [{id, name, pair, ..., signal_config: JSON text}]}`.
private struct DemoBots: Decodable {
    let bots: [DemoBot]

    struct DemoBot: Decodable {
        let id: Int
        let name: String
        let pair: ProductID
        let status: BotStatus
        let positionSizeUsd: Double
        let maxPositions: Int
        let stopLossPct: Double
        let takeProfitPct: Double
        let confirmationMinutes: Int
        let tradeStepPct: Double
        let cooldownMinutes: Int
        let signalConfig: String

        func bot() throws -> Bot {
            Bot(
                id: id, name: name, product: pair, status: status,
                positionSizeUSD: try Amount(approximating: positionSizeUsd, scale: 8), maxPositions: maxPositions,
                stopLossPct: stopLossPct, takeProfitPct: takeProfitPct, confirmationMinutes: confirmationMinutes,
                tradeStepPct: tradeStepPct, cooldownMinutes: cooldownMinutes, signalConfig: signalConfig)
        }
    }
}

extension Ledger {
    /// The demo's bots are too small for a share of its account, and its illiquid products miss a trade now and then.
    private static let demoTerms = #"{"cap_by_bot_size":false,"fresh_share":"0.9"}"#

    /// Creates the demo bots if there is no bot at all; otherwise nothing happens. Returns how many were created.
    ///
    /// A ledger without any trade has no past that an operator would have to look at: with the bots it gets the consent
    /// to be rebalanced, on the demo's terms.
    /// - Parameter json: the text of `ops/demo/bots.json`.
    /// - Throws: `badSeed` when it cannot be read; no bot is created then.
    public func seedDemoBots(json: Data) async throws(LedgerError) -> Int {
        let bots: [Bot]
        do {
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            bots = try decoder.decode(DemoBots.self, from: json).bots.map { try $0.bot() }
        } catch {
            throw .badSeed(problem: "\(error)")
        }
        let at = now()
        return try await write { db in
            guard try Int.fetchOne(db, sql: "SELECT count(*) FROM bots") == 0 else { return 0 }
            for bot in bots { try bot.insert(db, at: at) }
            if try Ledger.hasNoTrades(db) {
                try Ledger.confirm(.rebalance, by: "the demo's seed", terms: Ledger.demoTerms, db, at: at)
            }
            return bots.count
        }
    }
}
