import Documents
import Foundation
import Ledger
import Trading

extension Endpoint {
    /// Fills, and what they add up to: the truth about money.
    static func rawTrades(_ dependencies: DashboardDependencies) -> [Endpoint] {
        let ledger = dependencies.ledger
        return [
            Endpoint(
                .get, "/api/v1/raw-trades", "The newest fills first.",
                [.optional("product_id", .text), .query("limit", .integer, standard: "100")]
            ) { call in
                let fills = try await ledger.listedFills(
                    productID: call.text("product_id"), limit: call.integer("limit"))
                return .document(fills.map { RawTradeDocument($0, syncedAt: .some($0.syncedAt)) })
            },
            Endpoint(.get, "/api/v1/raw-trades/stats", "Sums over all fills.") { _ in
                .document(RawTradeStatsDocument(try await ledger.productFills()))
            },
            Endpoint(.get, "/api/v1/raw-trades/pnl-by-product", "Gains of each product, the greatest first.") { _ in
                .document(try await ProfitReading(dependencies).byProduct())
            },
            Endpoint(
                .get, "/api/v1/raw-trades/by-order/{order_id}", "The fills of one order.", [.path("order_id", .text)]
            ) { call in
                let id = call.text("order_id") ?? ""
                let fills = try await ledger.listedFills(ofOrder: id)
                guard !fills.isEmpty else { throw DashboardError.notFound("No trades found for order \(id)") }
                return .document(fills.map { RawTradeDocument($0, syncedAt: nil) })
            },
            Endpoint(.get, "/api/v1/positions", "What is held of each product, the oldest lots sold first.") { _ in
                .document(try await ledger.productFills().map { PositionDocument($0) })
            },
            Endpoint(.get, "/api/v1/positions/summary", "Sums over all positions.") { _ in
                .document(PositionSummaryDocument(try await ledger.productFills()))
            },
        ]
    }
}

extension RawTradeDocument {
    /// - Parameter syncedAt: nil leaves the field out.
    init(_ fill: ListedFill, syncedAt: Date??) {
        self.init(
            id: fill.id, fillID: fill.fillID, orderID: fill.orderID, productID: fill.productID, side: fill.side,
            size: fill.size, sizeInQuote: fill.sizeInQuote, price: fill.price, commission: fill.commission ?? 0,
            createdAt: fill.createdAtText, syncedAt: syncedAt, usdValue: fill.usdValue)
    }
}

extension RawTradeStatsDocument {
    /// The gain is what was realized by average cost, in the order of time.
    init(_ products: [ProductFills]) {
        let profits = products.map(\.profit)
        self.init(
            totalTrades: profits.map(\.trades).reduce(0, +), totalProducts: products.count,
            totalVolumeUSD: profits.sum { $0.totalSpent + $0.totalReceived },
            totalFees: profits.sum(\.totalFees), netPnL: profits.sum(\.position.realized))
    }
}

extension PositionDocument {
    init(_ product: ProductFills) {
        self.init(
            productID: product.productID, quantity: product.lots.quantity.doubleValue,
            averageCost: product.lots.averageCost.doubleValue, realized: product.lots.realized.doubleValue,
            fees: product.profit.totalFees.doubleValue,
            trades: (all: product.profit.trades, buys: product.buyRows, sells: product.sellRows))
    }
}

extension PositionSummaryDocument {
    init(_ products: [ProductFills]) {
        self.init(
            realized: products.sum(\.lots.realized), fees: products.sum(\.profit.totalFees),
            trades: products.map(\.profit.trades).reduce(0, +), open: products.count { $0.lots.quantity.isPositive },
            products: products.count)
    }
}

extension Sequence {
    /// The exact sum, as the nearest number.
    func sum(_ amount: (Element) -> Amount) -> Double { reduce(Amount.zero) { $0 + amount($1) }.doubleValue }
}
