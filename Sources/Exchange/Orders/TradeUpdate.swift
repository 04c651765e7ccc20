import Foundation
public import Redis

/// One step of an order, as a worker publishes it for open dashboards. Nothing is decided by it.
public struct TradeUpdate: Codable, Sendable, Equatable {
    /// The steps of one order, in their order.
    public enum Stage: String, Codable, Sendable, CaseIterable {
        case starting, placing
        /// Only for an order that rests.
        case pending
        case placed, recording
        /// Its trade is written down, and it rests.
        case resting
        case completed, failed
        /// Its recorded status has become another one later.
        case changed
    }

    /// What was done just now.
    public var stage: Stage
    /// Nil for an order of the portfolio.
    public var botID: Int?
    /// The bot's name when the order was planned.
    public var botName: String?
    /// `BUY` or `SELL`.
    public var side: String
    /// Such as `BTC-USD`.
    public var product: String
    /// Base currency, a decimal.
    public var size: String
    /// USD, a decimal: size times price.
    public var usd: String
    /// Limit or average price, a decimal.
    public var price: String
    /// The exchange's id; nil before it has accepted the order.
    public var orderID: String?
    /// The row of `trades`; nil before there is one.
    public var tradeID: Int?
    /// The words of the ledger before and after a change; nil otherwise.
    public var oldStatus, newStatus: String?
    /// Time of the last fill once the order is over, unix milliseconds; nil otherwise.
    public var filledAt: Int64?
    /// Why it failed; nil otherwise.
    public var reason: String?
    /// Unix milliseconds.
    public var at: Int64

    /// Checks nothing.
    public init(
        stage: Stage, botID: Int?, botName: String?, side: String, product: String, size: String, usd: String,
        price: String, orderID: String? = nil, tradeID: Int? = nil, reason: String? = nil, at: Int64
    ) {
        self.stage = stage
        self.botID = botID
        self.botName = botName
        self.side = side
        self.product = product
        self.size = size
        self.usd = usd
        self.price = price
        self.orderID = orderID
        self.tradeID = tradeID
        self.reason = reason
        self.at = at
    }
}

/// The channel of trade updates. Who listens at that moment hears them; nothing is kept.
public enum TradeChannel {
    /// One for each fleet on a Redis.
    public static func name(_ namespace: RedisNamespace) -> String { "\(namespace):trade-updates" }

    /// Publishes an update; the order does not depend on it.
    /// - Throws: `RedisError` when Redis cannot be reached, for a log.
    public static func publish(_ update: TradeUpdate, on redis: RedisClient) async throws(RedisError) {
        guard let bytes = try? JSONEncoder().encode(update) else { return }
        _ = try await redis.send(RedisCommand("PUBLISH", .text(name(redis.namespace)), .bytes([UInt8](bytes))))
    }

    /// The update of a message; nil for one that is none.
    public static func update(_ payload: [UInt8]) -> TradeUpdate? {
        try? JSONDecoder().decode(TradeUpdate.self, from: Data(payload))
    }
}
