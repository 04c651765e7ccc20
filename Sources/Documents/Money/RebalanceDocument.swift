/// The consent to rebalances of a ledger, and what one would trade: `rebalance`.
public struct RebalanceDocument: Encodable, Sendable {
    let confirmed: Bool
    @OrNull var confirmedBy: String?
    let confirmedAt: DocumentTime
    @OrNull var seenBy: String?
    let seenAt: DocumentTime
    @OrNull var open: String?
    let plan: RawJSON?

    /// - Parameters:
    ///   - confirmed: who agreed and when, unix milliseconds; nil each when nobody has.
    ///   - seen: who looked at a dry run last and when, unix milliseconds; nil each when nobody has.
    ///   - open: the rebalance that goes on; nil for none.
    ///   - plan: a dry run, as JSON; left out without one.
    public init(
        confirmed: (by: String?, at: Int64?), seen: (by: String?, at: Int64?), open: String?, plan: RawJSON?
    ) {
        self.confirmed = confirmed.by != nil
        confirmedBy = confirmed.by
        confirmedAt = DocumentTime(confirmed.at)
        seenBy = seen.by
        seenAt = DocumentTime(seen.at)
        self.open = open
        self.plan = plan
    }

    enum CodingKeys: String, CodingKey {
        case confirmed
        case confirmedBy = "confirmed_by"
        case confirmedAt = "confirmed_at"
        case seenBy = "seen_by"
        case seenAt = "seen_at"
        case open, plan
    }
}
