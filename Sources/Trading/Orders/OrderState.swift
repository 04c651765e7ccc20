/// What we know of one order. Raw values are stored in the ledger.
public enum OrderState: String, Sendable, Codable, CaseIterable {
    /// Written down, not yet sent.
    case intent = "INTENT"
    /// The request left; no answer yet.
    case sent = "SENT"
    /// The exchange has it.
    case open = "OPEN"
    case filled = "FILLED"
    /// May carry fills: compute the remainder from the order.
    case cancelled = "CANCELLED"
    case expired = "EXPIRED"
    /// Refused; never in the book.
    case failed = "FAILED"
    /// Neither found nor denied after two checks: counts as exposure until reconciliation or an operator decides.
    case unknown = "UNKNOWN"

    /// Whether nothing more can happen to the order.
    public var isTerminal: Bool {
        switch self {
        case .filled, .cancelled, .expired, .failed: true
        case .intent, .sent, .open, .unknown: false
        }
    }

    /// Whether the exchange's answer, or its absence, may take the order from here to `next`.
    ///
    /// Staying is always legal, since every step can run twice. From INTENT an order found on the exchange can be in
    /// any state: a worker may have died between sending and writing SENT.
    public func canMove(to next: OrderState) -> Bool {
        switch (self, next) {
        case _ where self == next: true
        case (_, .intent): false
        case (.intent, _): true
        case (.sent, _), (.unknown, _): true
        case (.open, .sent): false
        case (.open, _): true
        case (.filled, _), (.cancelled, _), (.expired, _), (.failed, _): false
        }
    }
}
