import Redis
import Trading

/// Every Redis key of the paper exchange; the only file that spells one. All share a hash slot by `{paper}`.
struct PaperKeys: Sendable {
    private let prefix: String

    init(_ namespace: RedisNamespace) { prefix = "\(namespace):1:{paper}:" }

    /// hash: `version` (integer), `available:<currency>` and `hold:<currency>` (exact decimal text). Kept for ever.
    var account: String { prefix + "account" }
    /// hash: order id → JSON of `PaperOrder`, while it rests; at most `PaperState.openLimit`. Kept for ever.
    var open: String { prefix + "open" }
    /// hash: order id → JSON of `PaperOrder`, once terminal. The oldest go when there are more than `closedLimit`.
    var closed: String { prefix + "closed" }
    /// string: JSON array of currencies, in the order in which a file gave their balances; absent until one is loaded.
    var currencies: String { prefix + "currencies" }
    /// zset: order id by creation time, unix ms; every order in `open` or `closed`.
    var timeline: String { prefix + "timeline" }
    /// hash: `PaperFault` → how often it is still to happen; empty unless a test arms one.
    var faults: String { prefix + "faults" }

    /// hash: product → JSON of `Product`, while a market of a file is loaded; lives as long as was said then.
    var loadedProducts: String { prefix + "loaded:products" }
    /// string: candles of the loaded market (`CandleEncoding`), as long as `loadedProducts`.
    func loadedCandles(_ product: ProductID, _ granularity: Granularity) -> String {
        prefix + "loaded:candles:\(product):\(granularity.seconds)"
    }

    /// Orders remembered; a client id is recognised as a repeat for as long.
    static let closedLimit = 20_000

    static func available(_ currency: String) -> String { "available:" + currency }
    static func hold(_ currency: String) -> String { "hold:" + currency }
}
