import CeleryBridge
import JobQueue
import Jobs
import Ledger
import Worker

/// Evaluations, and the state of orders.
extension AppTasks {
    private static let module = "app.tasks.trading_tasks"
    /// How many evaluations one call enqueues at most; one settlement takes `ClaimStore.childLimit` jobs in all.
    private static let mostEvaluations = 500

    func registerTrading(into table: inout TaskTable) {
        table["\(Self.module).evaluate_bot_signals"] = { call in
            let arguments = try BoundArguments(call, [.optional("enable_automatic_trading", .bool(false))])
            return try await evaluateBots(call, automatic: arguments["enable_automatic_trading"].isTrue)
        }
        table["evaluate_signals"] = { call in
            _ = try BoundArguments(call, [])
            return try await evaluateBots(call, automatic: false)
        }
        table["\(Self.module).fast_trading_evaluation"] = { call in
            _ = try BoundArguments(call, [])
            return try await evaluateFast(call)
        }
        table["\(Self.module).update_trade_statuses"] = { call in
            _ = try BoundArguments(call, [])
            return try await reporting(Self.statusError) { try await updateTrades(call) }
        }
        table["\(Self.module).monitor_order_status"] = { try await monitorOrder($0) }
    }

    /// - Parameter automatic: only repeated in the result: whether orders follow is decided by bots and operators.
    private func evaluateBots(_ call: TaskCall, automatic: Bool) async throws -> TaskReturn {
        try await reporting(Self.statusError) {
            let round = try await evaluationRound(call)
            guard round.bots > 0 else {
                return TaskReturn(
                    WireValue(members: [
                        ("status", .text("no_bots")), ("running_bots", WireValue(0)),
                        ("message", .text("No running bots found")),
                    ]))
            }
            return TaskReturn(
                WireValue(members: [
                    ("status", .text("evaluation_complete")), ("running_bots", WireValue(round.bots)),
                    ("evaluated_bots", WireValue(round.results.count)), ("results", .list(round.results)),
                    ("automatic_trading", .bool(automatic)),
                ]), output: round.output)
        }
    }

    /// `successful_trades` is 0: the orders are placed by jobs that begin after this result is written.
    private func evaluateFast(_ call: TaskCall) async throws -> TaskReturn {
        try await reporting(Self.statusError) {
            let round = try await evaluationRound(call)
            guard round.bots > 0 else {
                return TaskReturn(
                    WireValue(members: [("status", .text("no_active_bots")), ("running_bots", WireValue(0))]))
            }
            return TaskReturn(
                WireValue(members: [
                    ("status", .text("fast_evaluation_complete")), ("evaluated_bots", WireValue(round.results.count)),
                    ("trade_attempts", WireValue(round.executions.count)), ("successful_trades", WireValue(0)),
                    ("timestamp", .text(naiveTime)),
                ]), output: round.output)
        }
    }

    /// All running bots, evaluated once.
    private struct EvaluationRound {
        var bots = 0
        var results: [WireValue] = []
        /// Jobs of orders.
        var executions: [NewJob] = []
        /// Bots that have to wait.
        var waiting = 0
        /// Evaluations of bots that have to wait, as jobs of their own.
        var evaluations: [NewJob] = []

        var output: JobOutput { JobOutput(children: executions + evaluations) }
    }

    /// Evaluates bot by bot, each under an id of its own: a second run finds what the first one decided.
    ///
    /// A bot that has to wait, such as for its first candles, does not hold up the others: a job evaluates it later.
    /// - Throws: `JobStop.postpone` when all of them have to wait.
    private func evaluationRound(_ call: TaskCall) async throws -> EvaluationRound {
        let bots = try await dependencies.ledger.runningBots()
        var round = EvaluationRound(bots: bots.count)
        for bot in bots {
            try Task.checkCancellation()
            let part = try call.context.part("bot-\(bot.id)")
            do {
                let evaluated = try await reporting({ Self.unevaluated(bot, $0) }) {
                    let done = try await run(.evaluation, Self.arguments(of: bot), part)
                    return TaskReturn(Self.evaluation(of: bot, done), output: done.output)
                }
                round.results.append(evaluated.value)
                round.executions += evaluated.output.children
            } catch let stop as JobStop {
                round.waiting += 1
                if round.waiting == bots.count { throw stop }
                guard round.evaluations.count < Self.mostEvaluations else {
                    round.results.append(Self.unevaluated(bot, "\(stop)."))
                    continue
                }
                round.evaluations.append(try Self.job(of: bot, part.id))
                round.results.append(Self.unevaluated(bot, "\(stop). Job \(part.id) evaluates it."))
            }
        }
        return round
    }

    private static func arguments(of bot: BotRecord) -> WireObject { WireObject([("bot_id", WireValue(bot.id))]) }

    private static func job(of bot: BotRecord, _ id: JobID) throws -> NewJob {
        NewJob(
            id: id, kind: KindDefinition.evaluation.kind, queue: KindDefinition.evaluation.queue,
            payload: try JobPayload(json: WireValue.object(arguments(of: bot)).json))
    }

    private static func unevaluated(_ bot: BotRecord, _ reason: String) -> WireValue {
        WireValue(members: [("bot_id", WireValue(bot.id)), ("error", .text(reason))])
    }

    /// One element of `results`. `automatic_trade` names the job of the order, and is null where none follows.
    private static func evaluation(of bot: BotRecord, _ done: TaskReturn) -> WireValue {
        let result = done.value.object
        guard let action = result?["action"] else {
            let reason = (result?["reason"] ?? result?["skipped"])?.string ?? "it was not evaluated"
            return unevaluated(bot, reason)
        }
        let score = result?["score"]?.string.flatMap(Double.init).map { WireValue($0) } ?? .null
        let order = done.output.children.first?.id.map { id in
            WireValue(members: [("job_id", .text("\(id)")), ("action", action)])
        }
        return WireValue(members: [
            ("bot_id", WireValue(bot.id)), ("bot_name", .text(bot.name)), ("action", action), ("score", score),
            ("automatic_trade", order ?? .null),
        ])
    }
}
