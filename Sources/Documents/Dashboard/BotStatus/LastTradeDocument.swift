/// A bot's newest trade, whatever became of it.
public struct LastTradeDocument: Encodable, Sendable {
    @OrNull var side: String?
    @OrNull var price: Double?
    @OrNull var size: Double?
    @OrNull var status: String?
    let executedAt: NaiveTime
    @OrNull var minutesAgo: Int?

    /// - Parameters:
    ///   - side: with `status`, a word as it is stored.
    ///   - size: base units.
    ///   - minutesAgo: whole minutes.
    public init(
        side: String?, price: Double?, size: Double?, status: String?, executedAt: NaiveTime, minutesAgo: Int?
    ) {
        self.side = side
        self.price = price
        self.size = size
        self.status = status
        self.executedAt = executedAt
        self.minutesAgo = minutesAgo
    }

    enum CodingKeys: String, CodingKey {
        case side, price, size, status
        case executedAt = "executed_at"
        case minutesAgo = "minutes_ago"
    }
}
