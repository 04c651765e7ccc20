/// Which way an order goes, seen from us. Spot only: a sell reduces a holding.
public enum Side: String, Sendable, Codable, CaseIterable {
    case buy = "BUY"
    case sell = "SELL"
}
