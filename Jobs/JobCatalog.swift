import JobQueue
import Trading

/// The kinds of job that the fleet runs. A new kind is one file in this folder and one line here.
public enum JobCatalog {
    public static let kinds: [KindDefinition] = [.cacheRefresh, .evaluation, .execution, .rebalance]

    /// Whether jobs of a kind place orders; false for one that is not here.
    public static func placesOrders(_ kind: String) -> Bool { kinds.contains { $0.name == kind && $0.placesOrders } }
}

extension ArgumentRule {
    /// The number of a bot.
    static func bot(_ name: String, required: Bool = false) -> ArgumentRule {
        .integer(name, 1 ... .max, required: required, example: 7)
    }

    /// A product of the exchange.
    static func product(_ name: String) -> ArgumentRule {
        .text(name, allowed: "Use a product, such as \"BTC-USD\".") { ProductID(rawValue: $0) != nil }
    }
}
