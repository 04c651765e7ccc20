import Exchange
import Foundation
import GRDB
import JobQueue
import TestSupport
import Testing
import Trading

@testable import Jobs
@testable import Ledger

/// A portfolio with its bots, the operators who meddle with it, and a market that is not always told.
struct MoneyWorld {
    let bench: JobBench
    let book = MoneyBook()
    var random: SeededRandom
    var round = 0
    private var isPaused = false
    /// Bots as they were, to be put back.
    private var saved: [Int: MoneyBook.KnownBot]?

    static let products = ["BTC-USD", "ETH-USD", "SOL-USD", "XRP-USD", "DOGE-USD", "LTC-USD"]
    private static let columns = """
        id, name, pair, status, position_size_usd, max_positions, stop_loss_pct, take_profit_pct, confirmation_minutes,
        trade_step_pct, cooldown_minutes, signal_config, created_at, last_evaluation, signal_confirmation_start,
        current_position_size
        """

    init(seed: UInt64) async throws {
        bench = try await JobBench(bots: [])
        random = SeededRandom(seed: seed)
        for id in 1...8 { try await create(id) }
        _ = try await bench.ledger.confirm(.rebalance, by: "a test")
        try await bench.sql("CREATE TABLE saved_bots AS SELECT \(Self.columns) FROM bots")
        try await refresh(candles: true)
    }

    private mutating func pick<Element>(_ elements: [Element]) -> Element? { elements.randomElement(using: &random) }
    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    /// One move of an operator, a bot or the market, and what the workers make of it.
    mutating func play() async throws {
        round += 1
        bench.wall.advance(Int.random(in: 5...45, using: &random))
        if chance(70) { try await refresh(candles: chance(10)) }
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<56: try await evaluate()
        case 56..<64: try await rebalance()
        case 64..<67: try await rebalanceTwice()
        case 67..<85: try await operate()
        case 85..<88: isPaused = true
        case 88..<90: try await disturbProducts()
        case 90..<92: try await reconcile()
        default: break
        }
        if isPaused { isPaused = !chance(25) }
        if !isPaused { try await execute(atMost: Int.random(in: 0...4, using: &random)) }
    }

    /// Lets everything come to its end.
    mutating func settle() async throws {
        isPaused = false
        try await refresh(candles: true)
        for _ in 0..<3 {
            try await execute(atMost: 1_000)
            try await reconcile()
            bench.wall.advance(601)
        }
    }

    // MARK: the market

    private mutating func refresh(candles: Bool) async throws {
        var names = Self.products
        if chance(20) { names.remove(at: Int.random(in: 0..<names.count, using: &random)) }
        try await bench.fillCache(names, candles: candles)
        // Bots whose product was not listed for a while run again.
        if round > 0, chance(10) {
            try await bench.attempt("cache-refresh", #"{"what": "products"}"#, id: "products-\(round)")
        }
    }

    /// A product is halted, or not listed, until the next refresh.
    private mutating func disturbProducts() async throws {
        guard var products = try await bench.cache.products()?.products, let name = pick(Self.products),
            let index = products.firstIndex(where: { $0.id.rawValue == name })
        else { return }
        if chance(50) { products[index].tradingDisabled = true } else { products.remove(at: index) }
        try await bench.cache.store(products: products, fetchedAt: bench.wall.now)
    }

    // MARK: the operators

    private mutating func operate() async throws {
        let ids = book.read { Array($0.bots.keys) }.sorted()
        guard let id = pick(ids) else { return try await create(1) }
        switch Int.random(in: 0..<10, using: &random) {
        case 0, 1: try await set(.stopped, id)
        case 2, 3, 4: try await set(.running, id)
        case 5:
            try await bench.sql("DELETE FROM bots WHERE id = \(id)")
            book.change { $0.bots[id] = nil }
            if chance(70) { try await create(id) }
        case 6: try await create((ids.last ?? 0) + 1)
        case 7: try await edit(id)
        case 8:
            try await bench.sql("DELETE FROM saved_bots; INSERT INTO saved_bots SELECT \(Self.columns) FROM bots")
            saved = book.read { $0.bots }
        default: try await restore()
        }
    }

    private func set(_ status: BotStatus, _ id: Int) async throws {
        try await bench.ledger.setStatus(status, ofBot: id)
        book.change { $0.bots[id]?.isRunning = status == .running }
    }

    private mutating func create(_ id: Int) async throws {
        guard book.read({ $0.bots.count }) < 12, let product = pick(Self.products) else { return }
        let size = [20.0, 100, 1_500, 9_000, 30_000][Int.random(in: 0..<5, using: &random)]
        let config = chance(70) ? BotSeed.buys : BotSeed.sells
        let generation = book.change { state in
            state.generations += 1
            state.bots[id] = MoneyBook.KnownBot(
                generation: state.generations, product: product, isRunning: true, edition: 0, size: size, action: nil)
            return state.generations
        }
        let created = chance(15) ? "NULL" : "'\(LedgerTime(bench.wall.now).text)'"
        try await bench.sql(
            """
            INSERT INTO bots (
                id, name, pair, status, position_size_usd, max_positions, stop_loss_pct, take_profit_pct,
                confirmation_minutes, trade_step_pct, cooldown_minutes, signal_config, current_position_size, created_at
            ) VALUES (\(id), 'bot \(generation)', '\(product)', 'RUNNING', \(size), 5, 5, 10, 1, 0.0001, 1, '\(config)',
                0, \(created))
            """)
    }

    private mutating func edit(_ id: Int) async throws {
        switch Int.random(in: 0..<3, using: &random) {
        case 0:
            let size = Double(Int.random(in: 1...200, using: &random) * 50)
            try await bench.sql("UPDATE bots SET position_size_usd = \(size) WHERE id = \(id)")
            book.change { $0.bots[id]?.size = size }
        case 1:
            let config = (chance(60) ? BotSeed.buys : BotSeed.sells).replacing("1}", with: "1.\(round)}")
            try await bench.sql("UPDATE bots SET signal_config = '\(config)' WHERE id = \(id)")
            book.change { $0.bots[id]?.edition = 1_000_000 + $0.generations + round }
        default:
            guard let product = pick(Self.products) else { return }
            try await bench.sql("UPDATE bots SET pair = '\(product)' WHERE id = \(id)")
            book.change { $0.bots[id]?.product = product }
        }
    }

    /// Puts the bots back as they were saved.
    private mutating func restore() async throws {
        guard let saved else { return }
        try await bench.sql("DELETE FROM bots; INSERT INTO bots (\(Self.columns)) SELECT * FROM saved_bots")
        book.change { $0.bots = saved }
    }

    // MARK: the workers

    private mutating func evaluate() async throws {
        guard let id = pick(book.read { Array($0.bots.keys).sorted() }) else { return }
        // As the fleet does: all bots of a minute, now and then.
        for bot in chance(40) ? book.read({ Array($0.bots.keys).sorted() }) : [id] {
            let name = "eval-\(round)-\(bot)"
            try await bench.enqueue("evaluation", #"{"bot_id": \#(bot)}"#, id: name)
            try await bench.age(name, in: "evaluation", bySeconds: 61)
            let job = try await bench.attempt("evaluation")
            let at = bench.wall.unixSeconds
            book.change { state in
                guard let action = job.result["action"], var known = state.bots[bot] else { return }
                known.action = Side(rawValue: action)
                state.bots[bot] = known
                guard job.result["gate"] == "ALLOWED", let side = known.action else { return }
                state.decisions["\(name):execution"] = MoneyBook.Decision(bot: bot, known: known, side: side, at: at)
            }
        }
    }

    private mutating func rebalancePayload() -> String {
        let gross = ["0", "0.1", "0.5", "0.9"][Int.random(in: 0..<4, using: &random)]
        let share = chance(30) ? #", "fresh_share": "0.5""# : ""
        return #"{"gross_exposure": "\#(gross)"\#(share)}"#
    }

    private mutating func rebalance() async throws {
        let id = "reb-\(round)"
        try await bench.enqueue("rebalance", rebalancePayload(), id: id)
        if chance(80) { try await bench.age(id, in: "rebalance", bySeconds: 91) }
        try await bench.run(try await bench.claim("rebalance"), chance(15) ? dying() : AttemptPlot())
    }

    private mutating func rebalanceTwice() async throws {
        for part in ["a", "b"] {
            try await bench.enqueue("rebalance", rebalancePayload(), id: "reb-\(round)\(part)")
            try await bench.age("reb-\(round)\(part)", in: "rebalance", bySeconds: 91)
        }
        let (first, second) = (try await bench.claim("rebalance"), try await bench.claim("rebalance"))
        let bench = bench
        try await bench.run(
            first,
            AttemptPlot { moment in
                if moment == .after(.accounts) { _ = try? await bench.run(second) }
                return .goOn
            })
    }

    private mutating func dying() -> AttemptPlot { AttemptPlot(deadlyStep: Int.random(in: 1...12, using: &random)) }

    private mutating func reconcile() async throws {
        try await bench.enqueue(
            "execution", #"{"reconcile": true}"#, id: "reconcile-\(round)-\(bench.wall.unixSeconds)")
        try await execute(atMost: 4)
    }

    /// Runs ready executions and rebalances, each order judged as it leaves and measured after it.
    private mutating func execute(atMost most: Int) async throws {
        for queue in ["rebalance", "execution"] {
            try await bench.makeDue(queue)
            for _ in 0..<most {
                guard try await !bench.jobs(queue, .ready).isEmpty else { break }
                let job = try await bench.claim(queue)
                if queue == "execution", chance(4) { try await PaperFaults(redis: bench.redis).arm(.dropResponse) }
                try await bench.run(
                    job, judged(job, deadlyStep: chance(8) ? Int.random(in: 1...12, using: &random) : nil))
                try await measure(job.id.description)
            }
        }
    }

    private func judged(_ job: LeasedJob, deadlyStep: Int?) -> AttemptPlot {
        let (book, wall, record, id) = (book, bench.wall, bench.record, job.id.description)
        return AttemptPlot(deadlyStep: deadlyStep) { moment in
            if moment == .before(.place), let order = record.placed.last {
                book.judge(id, order.product.rawValue, at: wall.unixSeconds)
            }
            return .goOn
        }
    }

    /// The caps after an order, by the prices that it was placed with.
    private func measure(_ job: String) async throws {
        guard let order = bench.record.placed.last, order.side == .buy else { return }
        bench.record.forget()
        let exchange = try bench.exchange()
        let accounts = try await exchange.accounts()
        let cached = try await bench.cache.quotes(try Self.products.map { try ProductID($0) })
        let live = try await exchange.bestBidAsk(try Self.products.map { try ProductID($0) })
        var (equity, exposure, worth) = (Amount.zero, Amount.zero, Amount.zero)
        for account in accounts {
            let quantity = account.available + account.hold
            guard account.currency != "USD" else {
                equity = equity + quantity
                continue
            }
            let id = try ProductID("\(account.currency)-USD")
            let mid = cached[id]?.quote.mid ?? live.first { $0.product == id }?.mid ?? .zero
            let value = try mid.worth(of: quantity)
            (equity, exposure) = (equity + value, exposure + value)
            if id == order.product { worth = value }
        }
        let sizes = book.read { state in
            state.bots.values.filter { $0.isRunning && $0.product == order.product.rawValue }.map(\.size)
        }
        let (share, gross) = (worth.doubleValue / equity.doubleValue, exposure.doubleValue / equity.doubleValue)
        book.change { state in
            if share > 0.100_001 { state.violations.append("\(job): \(order.product) is \(share) of equity") }
            if gross > 0.9005 { state.violations.append("\(job): \(gross) of equity is invested") }
            if job.hasPrefix("reb-"), worth.doubleValue > sizes.reduce(0, +) + 0.01 {
                state.violations.append("\(job): \(order.product) is \(worth), its bots' sizes are \(sizes)")
            }
        }
    }
}
