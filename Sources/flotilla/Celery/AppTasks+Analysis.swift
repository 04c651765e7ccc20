import CeleryBridge
import Exchange
import JobQueue
import Jobs
import Ledger
import Trading
import Worker

/// Pairs without a bot, and new pairs.
extension AppTasks {
    func registerAnalysis(into table: inout TaskTable) {
        table["periodic_market_scan"] = { call in
            _ = try BoundArguments(call, [])
            let names = ["success", "timestamp", "total_analyzed", "good_candidates", "opportunities"]
            return try await shaped("market-scan", keeping: names, call)
        }
        table["market_opportunity_alert"] = { call in
            let arguments = try BoundArguments(call, [.optional("min_score", .number("12.0"))])
            let least = try arguments.needed("min_score", try arguments.number("min_score"))
            return try await shaped(
                "market-scan", WireObject([("min_score", WireValue(least))]),
                keeping: ["success", "exceptional_count", "opportunities"], call)
        }
        // The application's beat sends the second name, which its worker does not know.
        for name in ["scan_for_new_pairs_task", "app.tasks.new_pair_tasks.scan_for_new_pairs_task"] {
            table[name] = { call in
                _ = try BoundArguments(call, [])
                return try await shaped(
                    "new-pairs",
                    keeping: [
                        "success", "timestamp", "total_products_scanned", "new_pairs_found", "usd_pairs_found",
                        "notifications_created",
                    ], call)
            }
        }
        table["analyze_new_pair_task"] = { call in
            let arguments = try BoundArguments(call, [.required("product_id")])
            let product = try arguments.needed("product_id", try arguments.text("product_id"))
            return try await reporting(Self.failure) { try await analyze(product, call) }
        }
    }

    /// Runs a refresh whose result has the recorded members and more.
    private func shaped(
        _ what: String, _ more: WireObject = WireObject(), keeping names: [String], _ call: TaskCall
    ) async throws -> TaskReturn {
        try await reporting(Self.failure) {
            let done = try await refresh(what, more, in: call.context)
            if let reason = done.value.object?["skipped"]?.string {
                return TaskReturn(Self.failure("The work was skipped: \(reason)."))
            }
            return TaskReturn(done.value.keeping(names), output: done.output)
        }
    }

    /// Scores one tracked pair; tells of it, once, when it would suit a bot.
    private func analyze(_ name: String, _ call: TaskCall) async throws -> TaskReturn {
        guard try await dependencies.ledger.trackedPair(name) != nil else {
            return TaskReturn(Self.failure("Trading pair \(name) not found"))
        }
        if try await dependencies.cache.products() == nil { _ = try await refresh("products", in: call.context) }
        let listed = try await dependencies.cache.products()?.products ?? []
        guard let product = listed.first(where: { $0.id.rawValue == name }), let score = PairScore(product) else {
            return TaskReturn(Self.failure("\(name) is not traded against the dollar now"))
        }
        var members: [(String, WireValue)] = [
            ("success", .bool(true)), ("product_id", .text(name)), ("analysis", score.wire),
            ("promising", .bool(score.total >= PairScore.good)),
        ]
        if score.total >= PairScore.good {
            try await dependencies.ledger.addNotification(
                key: "promising-pair:\(name)", type: OpportunityNotice.type, title: "Promising pair: \(name)",
                message: "\(name) scores \(score.total.rounded(.down)) of 30. \(score.liquiditySentence).")
            members.append(("notification_created", .bool(true)))
        }
        return TaskReturn(WireValue(members: members))
    }
}

extension PairScore {
    /// As the recorded analyses are written.
    fileprivate var wire: WireValue {
        WireValue(members: [
            ("product_id", .text(product.rawValue)), ("base_name", .text(baseName)), ("price", WireValue(price)),
            ("volume_24h_million", WireValue(volumeMillions)), ("price_change_24h", WireValue(priceChange)),
            ("volume_change_24h", WireValue(volumeChange)), ("position_tokens", WireValue(positionTokens)),
            ("liquidity_score", WireValue(liquidity)), ("volatility_score", WireValue(volatility)),
            ("momentum_score", WireValue(momentum)), ("risk_score", WireValue(safety)),
            ("total_score", WireValue(total)), ("risk_level", .text(risk.rawValue)),
            ("risk_color", .text(risk.color)), ("recommendation", .text(advice.rawValue)),
            ("recommendation_color", .text(advice.color)),
            (
                "analysis",
                WireValue(members: [
                    ("liquidity_analysis", .text(liquiditySentence)),
                    ("volatility_analysis", .text(volatilitySentence)),
                    ("momentum_analysis", .text(momentumSentence)), ("position_analysis", .text(positionSentence)),
                ])
            ),
        ])
    }
}
