import Foundation
import GRDB
import JobQueue
import Redis
import Testing
import Trading

@testable import Exchange
@testable import Jobs
@testable import Ledger

/// What operators and other programs do to bots and balances, and what bots decide.
extension JobBench {
    /// Changes the ledger as the Python application would.
    func sql(_ statement: String) async throws {
        try await ledger.write { db in try db.execute(sql: statement) }
    }

    /// Evaluates a bot each minute, with fresh data, until it may trade.
    /// - Returns: the execution, which waits in its queue.
    @discardableResult
    func decide(bot: Int = 1, _ product: String = "BTC-USD", prefix: String = "eval") async throws -> String {
        for minute in 0..<20 {
            if minute > 0 { wall.advance(60) }
            try await fillCache([product])
            let id = "\(prefix)-\(minute)"
            let job = try await attempt("evaluation", #"{"bot_id": \#(bot)}"#, id: id)
            if job.result["gate"] == "ALLOWED" { return "\(id):execution" }
        }
        throw NeverDecided(bot: bot)
    }

    struct NeverDecided: Error { let bot: Int }

    /// Deletes a bot and gives its id to a new one that differs in nothing but when it was made.
    func replaceBot(_ id: Int = 1, createdAt: String? = nil) async throws {
        let created = createdAt.map { "'\($0)'" } ?? "NULL"
        try await sql(
            """
            UPDATE bots SET id = -1 WHERE id = \(id);
            INSERT INTO bots (
                id, name, pair, status, position_size_usd, max_positions, stop_loss_pct, take_profit_pct,
                confirmation_minutes, trade_step_pct, cooldown_minutes, signal_config, created_at
            ) SELECT \(id), 'new ' || name, pair, status, position_size_usd, max_positions, stop_loss_pct,
                take_profit_pct, confirmation_minutes, trade_step_pct, cooldown_minutes, signal_config, \(created)
            FROM bots WHERE id = -1;
            DELETE FROM bots WHERE id = -1;
            """)
    }

    /// Moves a product's cached quote, as a market that has moved.
    func moveQuote(_ product: String = "BTC-USD", by factor: String) async throws {
        let quote = try await exchange().bestBidAsk([try ProductID(product)])[0]
        let moved = Quote(
            product: quote.product, bid: try quote.bid.times(Amount(factor)), ask: try quote.ask.times(Amount(factor)),
            time: quote.time)
        try await cache.store(quotes: [moved], fetchedAt: wall.now)
    }

    /// Puts a balance onto the account that no order of this exchange explains. After the account exists.
    func give(_ quantity: String, of currency: String) async throws {
        let account = PaperKeys(redis.namespace).account
        _ = try await redis.send(
            ["HSET", .text(account), .text(PaperKeys.available(currency)), .text(quantity)])
    }

    /// What the account holds of a product, at the exchange's mid: what is cached may have expired.
    func held(_ product: String) async throws -> Amount {
        let id = try ProductID(product)
        let mid = try #require(try await exchange().bestBidAsk([id]).first).mid
        return try mid.worth(of: try await balance(id.base))
    }

    static let threeProducts = ["BTC-USD", "DOGE-USD", "ETH-USD"]

    /// One bot for each of three products, large enough that sizes cap no target, and fresh prices.
    static func ofThreeProducts() async throws -> JobBench {
        let bench = try await JobBench(
            bots: threeProducts.enumerated().map { BotSeed($0.offset + 1, $0.element, sizeUSD: 50_000) })
        try await bench.fillCache(threeProducts)
        return bench
    }

    /// Runs every ready job of a queue.
    func drain(_ queue: String) async throws {
        while try await !jobs(queue, .ready).isEmpty { try await attempt(queue) }
    }
}
