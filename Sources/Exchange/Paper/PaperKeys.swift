/// Every Redis key of the paper exchange; the only file that spells one. All share a hash slot by `{paper}`.
enum PaperKeys {
    /// hash: `version` (integer), `available:<currency>` and `hold:<currency>` (exact decimal text). Kept for ever.
    static let account = "flotilla:1:{paper}:account"
    /// hash: order id → JSON of `PaperOrder`, while it rests; at most `PaperState.openLimit`. Kept for ever.
    static let open = "flotilla:1:{paper}:open"
    /// hash: order id → JSON of `PaperOrder`, once terminal. The oldest go when there are more than `closedLimit`.
    static let closed = "flotilla:1:{paper}:closed"
    /// zset: order id by creation time, unix ms; every order in `open` or `closed`.
    static let timeline = "flotilla:1:{paper}:timeline"
    /// hash: `PaperFault` → how often it is still to happen; empty unless a test arms one.
    static let faults = "flotilla:1:{paper}:faults"

    /// Orders remembered; a client id is recognised as a repeat for as long.
    static let closedLimit = 20_000

    static func available(_ currency: String) -> String { "available:" + currency }
    static func hold(_ currency: String) -> String { "hold:" + currency }
}
