import Synchronization
import Trading

/// What a test knows of bots and decisions by itself, beside the ledger, and what it saw that must not be.
final class MoneyBook: Sendable {
    struct KnownBot: Sendable, Equatable {
        /// Rises with each bot that is made, whatever its id.
        var generation: Int
        var product: String
        var isRunning: Bool
        /// Rises with each edit of the signals.
        var edition: Int
        var size: Double
        /// Of its newest evaluation.
        var action: Side?
    }

    struct Decision: Sendable {
        let bot: Int
        let known: KnownBot
        let side: Side
        let at: Int
    }

    struct State: Sendable {
        var bots: [Int: KnownBot] = [:]
        var decisions: [String: Decision] = [:]
        /// Wall second of each bot's newest order, by generation, and the job that placed it.
        var ordered: [Int: (at: Int, job: String)] = [:]
        /// Rebalances that have placed an order, in that order.
        var rebalances: [String] = []
        var violations: [String] = []
        /// Orders by what decided them.
        var orders = (signals: 0, rebalances: 0)
        var generations = 0
    }

    private let state = Mutex(State())

    func read<Value: Sendable>(_ body: (State) -> Value) -> Value { state.withLock { body($0) } }
    func change<Value: Sendable>(_ body: (inout State) -> Value) -> Value { state.withLock { body(&$0) } }

    /// An order of a job is leaving now: is its decision still true?
    func judge(_ job: String, _ product: String, at now: Int) {
        state.withLock { state in
            func object(_ what: String) { state.violations.append("\(job) at \(now): \(what)") }
            guard let decision = state.decisions[job] else {
                let parts = job.split(separator: ":").map(String.init)
                guard parts.count == 3 else { return object("it was not decided") }
                state.orders.rebalances += 1
                if state.rebalances.last != parts[0] {
                    if state.rebalances.contains(parts[0]) { object("a later rebalance has ordered before") }
                    state.rebalances.append(parts[0])
                }
                if !state.bots.values.contains(where: { $0.isRunning && $0.product == product }) {
                    object("no bot of \(product) runs")
                }
                return
            }
            state.orders.signals += 1
            guard let bot = state.bots[decision.bot] else { return object("its bot is gone") }
            if bot.generation != decision.known.generation { object("its bot is another one") }
            if bot.product != product { object("its bot trades \(bot.product)") }
            if bot.edition != decision.known.edition { object("its bot's signals were changed") }
            if !bot.isRunning { object("its bot does not run") }
            if bot.action != decision.side { object("its bot has decided \(bot.action?.rawValue ?? "HOLD") since") }
            if now - decision.at > 300 { object("its decision is \(now - decision.at) s old") }
            if let last = state.ordered[bot.generation], last.job != job, last.at > decision.at {
                object("its bot has ordered since, by \(last.job)")
            }
            state.ordered[bot.generation] = (now, job)
        }
    }
}
