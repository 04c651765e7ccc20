import Redis
import Trading

/// Every Redis key of the market data cache; the only file that spells one.
///
/// In the standard namespace they are the names that older readers use; another fleet on the same Redis has its own.
struct MarketDataKeys: Sendable {
    private let prefix: String

    init(_ namespace: RedisNamespace) { prefix = namespace.isStandard ? "market_data:" : "\(namespace):market_data:" }

    /// string, JSON of one quote; lives `tickerSeconds`.
    func ticker(_ product: ProductID) -> String { "\(prefix)ticker:\(product)" }
    /// string, binary (`CandleEncoding`); lives `candlesSeconds`.
    func candles(_ product: ProductID, _ granularity: Granularity) -> String {
        "\(prefix)candles:\(product):\(granularity.seconds)"
    }
    /// string, JSON array of all products; lives `productsSeconds`.
    var products: String { prefix + "products" }
    /// string, JSON of the account's balances; lives `accountsSeconds`.
    var accounts: String { prefix + "accounts" }
    /// string, JSON of the last market scan; lives `scanSeconds`.
    var scan: String { prefix + "scan" }
    /// hash, fields `hits` and `misses`: reads of the cache by all processes. Kept for ever.
    var reads: String { prefix + "reads" }

    /// Matches all of them; the prefix holds no character that a pattern knows but those of a namespace.
    var pattern: String { prefix + "*" }

    /// Two refreshes, each 30 s: one that is missed goes unnoticed.
    static let tickerSeconds = 60
    /// Each series is refreshed every 300 s, in turn: two may be missed. Daily ones take longer.
    static func candlesSeconds(_ granularity: Granularity) -> Int { granularity == .oneDay ? 10_800 : 900 }
    static let productsSeconds = 300
    /// Refreshed every 30 s: two may be missed.
    static let accountsSeconds = 90
    /// Made every hour: two may be missed.
    static let scanSeconds = 10_800
}
