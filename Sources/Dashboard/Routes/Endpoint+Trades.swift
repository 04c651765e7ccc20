import Documents
import Foundation
import Ledger
import Trading

extension Endpoint {
    /// Orders that are under way, a bot's performance, and what is left of the old list of trades.
    static func trades(_ dependencies: DashboardDependencies) -> [Endpoint] {
        let ledger = dependencies.ledger
        return [
            Endpoint(.get, "/api/v1/trades/pending", "Orders of all bots that are still open.") { _ in
                .document(PendingOverviewDocument(try await ledger.openTrades(), at: dependencies.now()))
            },
            Endpoint(
                .get, "/api/v1/trades/pending/{bot_id}", "Orders of one bot that are still open.",
                [.path("bot_id", .integer)]
            ) { call in
                let bot = try await named(call.integer("bot_id"), ledger)
                return .document(
                    BotPendingDocument(bot, try await ledger.openTrades(ofBot: bot.id), at: dependencies.now()))
            },
            Endpoint(
                .get, "/api/v1/trades/bot/{bot_id}/performance", "What the fills of a bot's product add up to.",
                [.path("bot_id", .integer)]
            ) { call in
                let bot = try await named(call.integer("bot_id"), ledger)
                return .document(try await ProfitReading(dependencies).performance(of: bot))
            },
            Endpoint(.post, "/api/v1/trades/trigger-evaluation", "Evaluates every running bot now.") { _ in
                .document(try await evaluateAll(dependencies))
            },
        ] + goneRoutes
    }

    private static func named(_ id: Int, _ ledger: Ledger) async throws -> BotRecord {
        guard let bot = try await ledger.bot(id) else { throw DashboardError.notFound("Bot \(id) not found") }
        return bot
    }

    /// One job for each running bot. The answer names the first; none runs when no bot does.
    private static func evaluateAll(_ dependencies: DashboardDependencies) async throws -> TaskStartedDocument {
        var first: String?
        for bot in try await dependencies.ledger.runningBots() {
            let id = try await dependencies.enqueue(.evaluation, #"{"bot_id":\#(bot.id)}"#)
            first = first ?? id
        }
        let message = first == nil ? "No bot is running" : "Bot signal evaluation triggered"
        return TaskStartedDocument(message: message, taskID: first)
    }

    /// Routes that the old backend had given up, and what takes their place.
    private static var goneRoutes: [Endpoint] {
        [
            gone(
                "/api/v1/trades",
                GoneDocument(
                    error: "Endpoint deprecated due to data corruption",
                    message: "This endpoint uses corrupted trade data. Use /api/v1/raw-trades/ instead.",
                    replacement: "/api/v1/raw-trades/", documentation: "/api/docs")),
            gone(
                "/api/v1/trades/stats",
                GoneDocument(
                    error: "Endpoint deprecated due to data corruption",
                    message: "This endpoint uses corrupted trade statistics. Use clean endpoint instead.",
                    replacement: "/api/v1/raw-trades/stats", documentation: "/api/docs")),
            gone(
                "/api/v1/trades/performance/by-product",
                GoneDocument(
                    error: "Endpoint deprecated due to massive data corruption",
                    message: "Gains by product are computed from the fills now. Use clean endpoint instead.",
                    replacement: "/api/v1/raw-trades/pnl-by-product", documentation: "/api/docs")),
            gone(
                "/api/v1/coinbase-sync/sync-status",
                GoneDocument(
                    error: "Endpoint deprecated - Trade model eliminated",
                    message: "Use /api/v1/raw-trades/stats instead", replacement: "/api/v1/raw-trades/stats")),
        ]
    }

    private static func gone(_ path: String, _ detail: GoneDocument) -> Endpoint {
        Endpoint(.get, path, "Gone; the detail names what answers instead.") { _ in
            .document(ErrorDetailDocument(detail), status: 410)
        }
    }
}

extension TradeRecord {
    /// Whole seconds since the order was created; 0 without a readable time, or one that is ahead.
    fileprivate func age(at now: Date) -> Int {
        Int(exactly: max(0, now.timeIntervalSince(createdAt ?? now)).rounded(.down)) ?? 0
    }

    fileprivate func urgency(at now: Date) -> OrderUrgency { OrderUrgency(minutes: age(at: now) / 60) }
}

extension [TradeRecord] {
    fileprivate func count(_ urgency: OrderUrgency, at now: Date) -> Int { count { $0.urgency(at: now) == urgency } }

    fileprivate func oldestMinutes(at now: Date) -> Int { map { $0.age(at: now) }.max().map { $0 / 60 } ?? 0 }
}

extension PendingOverviewDocument {
    /// - Parameter trades: the newest first.
    fileprivate init(_ trades: [TradeRecord], at now: Date) {
        let (critical, warning) = (trades.count(.critical, at: now), trades.count(.warning, at: now))
        var bots: [(id: Int?, trades: [TradeRecord])] = []
        for trade in trades {
            if let index = bots.firstIndex(where: { $0.id == trade.botID }) {
                bots[index].trades.append(trade)
            } else {
                bots.append((trade.botID, [trade]))
            }
        }
        self.init(
            health: critical > 0 ? "critical" : warning > 0 ? "warning" : "healthy", critical: critical,
            warning: warning,
            bots: bots.map { bot in
                PendingBotDocument(
                    botID: bot.id, pending: bot.trades.count, critical: bot.trades.count(.critical, at: now),
                    warning: bot.trades.count(.warning, at: now), oldestMinutes: bot.trades.oldestMinutes(at: now))
            },
            orders: trades.map { trade in
                OpenOrderDocument(
                    tradeID: trade.id, botID: trade.botID, orderID: trade.orderID, side: trade.sideText ?? "",
                    sizeUSD: trade.sizeUSD, productID: trade.productID, createdAt: trade.createdAt,
                    minutes: trade.age(at: now) / 60, urgency: trade.urgency(at: now).rawValue)
            }, at: now)
    }
}

extension BotPendingDocument {
    /// - Parameter trades: the newest first.
    fileprivate init(_ bot: BotRecord, _ trades: [TradeRecord], at now: Date) {
        self.init(
            botID: bot.id, botName: bot.name, botPair: bot.pair,
            orders: trades.map { trade in
                BotPendingOrderDocument(
                    tradeID: trade.id, orderID: trade.orderID, side: trade.sideText ?? "", size: trade.size,
                    sizeUSD: trade.sizeUSD, price: trade.price, createdAt: trade.createdAt, seconds: trade.age(at: now),
                    urgency: trade.urgency(at: now).rawValue, productID: trade.productID)
            },
            critical: trades.count(.critical, at: now), warning: trades.count(.warning, at: now),
            oldestMinutes: trades.oldestMinutes(at: now), at: now)
    }
}
