import Exchange
import Foundation
import Redis
import TestSupport
import Trading

/// A paper exchange of one's own on a real Redis, on the market's own dates.
struct PaperDesk: Sendable {
    /// A quiet moment of the offline market.
    static let start = 1_760_600_010

    let server: TemporaryRedis
    let redis: RedisClient
    let market: PaperMarket
    let time: SettableTime
    let cash: Amount

    init(cash: Amount = Amount(100_000), at start: Int = Self.start) async throws {
        server = try await TemporaryRedis.start()
        redis = server.client()
        market = try Fixture.market()
        time = SettableTime(start)
        self.cash = cash
    }

    /// A client as another process would have it: its own connection, its own market.
    func client(
        _ mapping: MarketTime = .unshifted, beforeRequest: @escaping BeforeRequest = { _ throws(ExchangeError) in }
    ) throws -> PaperExchange {
        PaperExchange(
            market: try Fixture.market(), redis: server.client(),
            options: try PaperExchange.Options(startingCash: cash, time: mapping), now: time.now,
            beforeRequest: beforeRequest)
    }

    func book(_ product: String) throws -> PaperBook {
        try market.book(try ProductID(product), at: Int(time.now().timeIntervalSince1970))
    }

    /// `count` price increments as a price.
    func price(_ count: Int, of product: String) throws -> Amount {
        try Amount(count).times(market.listing(try ProductID(product)).product.quoteIncrement)
    }

    /// Every key of the exchange and its type, hashes with content.
    func contents() async throws -> [String: [String: String]] {
        var contents: [String: [String: String]] = [:]
        for key in try await redis.send(RedisCommand("KEYS", "*")).strings() {
            var fields: [String: String] = [:]
            if try await redis.send(RedisCommand("TYPE", .text(key))).string() == "hash" {
                for (name, value) in try await redis.send(RedisCommand("HGETALL", .text(key))).pairs() {
                    fields[name] = try value.string()
                }
            }
            contents[key] = fields
        }
        return contents
    }
}

extension OrderRequest {
    /// An order with a client id derived from `name`.
    static func make(
        _ name: String, _ side: Side, _ product: String, _ configuration: OrderConfiguration
    ) throws -> OrderRequest {
        OrderRequest(
            clientOrderID: ClientOrderID(job: name, leg: "maker", attempt: 0), product: try ProductID(product),
            side: side, configuration: configuration)
    }

    /// The same for BTC-USD.
    static func make(_ name: String, _ side: Side, _ configuration: OrderConfiguration) throws -> OrderRequest {
        try make(name, side, "BTC-USD", configuration)
    }
}

extension ExchangeClient {
    /// Available and held, as text; "0" when the currency was never held.
    func balance(_ currency: String) async throws -> (available: String, hold: String) {
        let account = try await accounts().first { $0.currency == currency }
        return (account?.available.description ?? "0", account?.hold.description ?? "0")
    }
}
