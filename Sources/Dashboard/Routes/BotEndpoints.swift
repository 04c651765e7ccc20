import Documents
import JobQueue
import Ledger
import Trading

/// What a person does with bots.
struct BotEndpoints: Sendable {
    private let dependencies: DashboardDependencies

    init(_ dependencies: DashboardDependencies) { self.dependencies = dependencies }

    private var ledger: Ledger { dependencies.ledger }
    private static let id = EndpointParameter.path("bot_id", .integer)
    private static let notFound = DashboardError.notFound("Bot not found")
    private static let nameTaken = DashboardError.badRequest("Bot name already exists")

    var all: [Endpoint] { reading + keeping + switching }

    private var reading: [Endpoint] {
        [
            Endpoint(.get, "/api/v1/bots", "All bots as they are set.") { _ in
                .document(try await ledger.keptBots().map { BotDocument($0) })
            },
            Endpoint(.get, "/api/v1/bots/{bot_id}", "One bot as it is set.", [Self.id]) { call in
                guard let bot = try await ledger.keptBot(call.integer("bot_id")) else { throw Self.notFound }
                return .document(BotDocument(bot))
            },
        ]
    }

    private var keeping: [Endpoint] {
        [
            Endpoint(.post, "/api/v1/bots", "Makes a bot, which does not run yet.", body: .object) { call in
                let body = try BotBody(creating: call.body)
                return .document(
                    try changed(try await ledger.createBot(body.edit(of: nil), noting: note("bot.create"))))
            },
            Endpoint(.put, "/api/v1/bots/{bot_id}", "Changes what is given of a bot.", [Self.id], body: .object) {
                call in
                let id = call.integer("bot_id")
                let body = try BotBody(changing: call.body, of: try await ledger.keptBot(id))
                return .document(
                    try changed(try await ledger.editBot(id, noting: note("bot.edit")) { body.edit(of: $0) }))
            },
            Endpoint(
                .delete, "/api/v1/bots/{bot_id}", "Removes a bot; its history and trades stay.", [Self.id]
            ) { call in
                guard try await ledger.deleteBot(call.integer("bot_id"), noting: note("bot.delete")) != nil else {
                    throw Self.notFound
                }
                return .document(BotMessageDocument("Bot deleted successfully"))
            },
        ]
    }

    private var switching: [Endpoint] {
        [
            Endpoint(
                .post, "/api/v1/bots/{bot_id}/start", "Lets a bot trade, also one that was in ERROR.", [Self.id]
            ) { call in
                try await set(.running, call, "started")
            },
            Endpoint(
                .post, "/api/v1/bots/{bot_id}/stop", "Lets a bot trade no more; its orders are not touched.", [Self.id]
            ) { call in
                try await set(.stopped, call, "stopped")
            },
            Endpoint(.post, "/api/v1/bots/stop-all", "Stops every running bot.") { _ in
                let stopped = try await ledger.stopAllBots(noting: note("bots.stop-all"))
                return .document(BotMessageDocument("Stopped \(stopped.count) running bots"))
            },
            Endpoint(
                .post, "/api/v1/bots/{bot_id}/reset-confirmation", "Lets the confirmation of a signal begin anew.",
                [Self.id]
            ) { call in
                let bot = try changed(
                    try await ledger.resetConfirmation(
                        ofBot: call.integer("bot_id"), noting: note("bot.reset-confirmation")))
                return .document(
                    BotMessageDocument("Confirmation timer reset successfully", bot: (bot.id, bot.name)))
            },
        ]
    }

    private func set(_ status: BotStatus, _ call: EndpointCall, _ done: String) async throws -> Answer {
        let action = status == .running ? "bot.start" : "bot.stop"
        let change = try await ledger.editBot(call.integer("bot_id"), noting: note(action)) { _ in
            var edit = BotEdit()
            edit.status = status
            return edit
        }
        let bot = try changed(change)
        return .document(BotMessageDocument("Bot '\(bot.name)' \(done) successfully", status: bot.status))
    }

    /// The bot after a change.
    private func changed(_ change: BotChange) throws(DashboardError) -> BotDocument {
        switch change {
        case .changed(_, let bot), .unchanged(let bot): return BotDocument(bot)
        case .nameTaken: throw Self.nameTaken
        case .noSuchBot: throw Self.notFound
        }
    }

    private func note(_ action: String) -> LedgerNote { dependencies.operatorLog.bots(action) }
}

extension Endpoint {
    /// See `BotEndpoints`.
    static func bots(_ dependencies: DashboardDependencies) -> [Endpoint] { BotEndpoints(dependencies).all }
}

extension DashboardDependencies {
    /// Writes down who changed what.
    var operatorLog: DashboardOperator { DashboardOperator(self) }
}

extension BotDocument {
    /// A bot as it is stored; one without a description has one made of its pair, as in the old backend.
    init(_ bot: KeptBot) {
        let config = StoredSignalConfig(bot.signalConfig)
        let note = bot.note ?? ""
        self.init(
            id: bot.id, name: bot.name, description: note.isEmpty ? "Trading bot for \(bot.pair)" : note,
            pair: bot.pair, status: bot.status.rawValue,
            settings: Settings(
                positionSizeUSD: bot.positionSizeUSD, maxPositions: bot.maxPositions, stopLoss: bot.stopLossPct,
                takeProfit: bot.takeProfitPct, confirmationMinutes: bot.confirmationMinutes,
                tradeStep: bot.tradeStepPct, cooldownMinutes: bot.cooldownMinutes, signalConfig: config.json,
                thresholds: config.thresholds, usesTrendDetection: bot.usesTrendDetection,
                usesPositionSizing: bot.usesPositionSizing),
            standing: Standing(
                positionSize: bot.currentPositionSize, entryPrice: bot.currentPositionEntryPrice,
                score: bot.currentCombinedScore, confirmationStart: bot.confirmationStart),
            createdAt: bot.createdAt, updatedAt: bot.updatedAt)
    }
}
