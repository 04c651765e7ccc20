import Documents
import Exchange
import Foundation
import Ledger
import Logging
import Trading

extension Endpoint {
    /// What bots are at. Everything is read: jobs evaluate and trade.
    static func botStatus(_ dependencies: DashboardDependencies) -> [Endpoint] {
        [
            Endpoint(
                .get, "/api/v1/bots/status/enhanced",
                "Every bot with its score, temperature, intent, confirmation, readiness, trend, size and settings."
            ) { _ in
                let records = try await dependencies.ledger.botStatuses()
                let (now, prices) = (dependencies.now(), await Self.prices(records, dependencies))
                return .document(
                    records.map { BotStatusReading($0, now: now).document(price: prices[$0.bot.pair]) })
            },
            Endpoint(
                .get, "/api/v1/bots/status/summary", "Every bot with its score, temperature and balance."
            ) { _ in
                let now = dependencies.now()
                let records = try await dependencies.ledger.botStatuses()
                return .document(records.map { BotStatusReading($0, now: now).summary })
            },
            Endpoint(
                .get, "/api/v1/bots/{bot_id}/signal-history", "A bot's evaluations, the newest first.",
                [.path("bot_id", .integer), .query("limit", .integer, standard: "100")]
            ) { call in
                let bot = try await Self.bot(call, dependencies)
                let limit = call.integer("limit")
                let rows = try await dependencies.ledger.signalHistory(
                    ofBot: bot.id, limit: limit < 0 ? Self.mostRows : min(limit, Self.mostRows))
                return .document(
                    SignalHistoryDocument(bot: bot.id, name: bot.name, entries: SignalHistoryReading(rows).entries))
            },
            Endpoint(
                .get, "/api/v1/bots/{bot_id}/confirmation-status", "How far a bot's action is confirmed.",
                [.path("bot_id", .integer)]
            ) { call in
                let (bot, now) = (try await Self.bot(call, dependencies), dependencies.now())
                let newest = try await dependencies.ledger.lastAction(
                    botID: bot.id, since: now - ConfirmationReading.window(of: bot))
                return .document(ConfirmationReading(bot, newest: newest, now: now).document)
            },
        ]
    }

    /// Most evaluations in one answer; an answer without a limit of its own has no more either.
    private static let mostRows = 1_000

    private static func bot(_ call: EndpointCall, _ dependencies: DashboardDependencies) async throws -> BotRecord {
        guard let bot = try await dependencies.ledger.bot(call.integer("bot_id")) else {
            throw DashboardError.notFound("Bot not found")
        }
        return bot
    }

    /// The cached prices of what bots hold. Without the cache the newest stored prices count.
    private static func prices(
        _ records: [BotStatusRecord], _ dependencies: DashboardDependencies
    ) async -> [String: Double] {
        let held = Set(records.filter { $0.heldBase != 0 }.compactMap { ProductID(rawValue: $0.bot.pair) })
        guard !held.isEmpty else { return [:] }
        do {
            let quotes = try await dependencies.cache.quotes(held.sorted())
            return Dictionary(
                quotes.map { ($0.key.rawValue, $0.value.quote.mid.doubleValue) }, uniquingKeysWith: { $1 })
        } catch {
            dependencies.logger.warning("positions are shown at stored prices: \(error)")
            return [:]
        }
    }
}
