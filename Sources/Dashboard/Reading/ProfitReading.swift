import Documents
import Exchange
import Ledger
import Trading

/// Gains by the fills of the ledger and the prices of the cache.
struct ProfitReading: Sendable {
    private let ledger: Ledger
    private let cache: MarketDataCache

    init(_ dependencies: DashboardDependencies) {
        ledger = dependencies.ledger
        cache = dependencies.cache
    }

    /// The greatest gain first; equal ones by product.
    ///
    /// Realized is what closing earned by average cost, in the order of time, and unrealized what is held over its cost
    /// by the same walk: together they are the net, whatever was bought after a sell.
    /// - Throws: `DashboardError.unavailable` without Redis: without prices every gain would be wrong.
    func byProduct() async throws -> ProfitByProductDocument {
        let products = try await ledger.productFills()
        let prices = try await prices(products.filter { !$0.profit.holdings.isZero }.map(\.productID))
        let gains = products.map { (product: $0, gain: ProductGain($0.profit, price: prices[$0.productID])) }
        let sorted = gains.sorted {
            ($1.gain.net, $0.product.productID) < ($0.gain.net, $1.product.productID)
        }
        return ProfitByProductDocument(sorted.map { ProductProfitDocument($0.product, $0.gain) })
    }

    /// What the fills of a bot's product add up to; fills do not say which bot they are of.
    func performance(of bot: BotRecord) async throws -> BotPerformanceDocument {
        var sums = BotPerformanceDocument.Sums()
        if let product = try await ledger.productFills(of: bot.pair).first {
            let price = try await prices([bot.pair])[bot.pair]
            sums = BotPerformanceDocument.Sums(product, price: price)
        }
        return BotPerformanceDocument(botID: bot.id, botName: bot.name, pair: bot.pair, sums: sums)
    }

    /// Middle of bid and ask, for products of which the cache has a quote.
    private func prices(_ products: [String]) async throws -> [String: Amount] {
        do {
            let quotes = try await cache.quotes(products.compactMap { ProductID(rawValue: $0) })
            return Dictionary(uniqueKeysWithValues: quotes.map { ($0.key.rawValue, $0.value.quote.mid) })
        } catch {
            throw DashboardError.unavailable("\(error)")
        }
    }
}

/// The gain of one product at a price.
struct ProductGain: Sendable {
    /// Nil when nothing is held, or its price is not known.
    let price: Amount?
    let value: Amount
    let unrealized: Amount
    let net: Amount

    init(_ profit: ProductProfit, price: Amount?) {
        let position = profit.position
        guard let price, !position.quantity.isZero, let worth = try? position.value(at: price),
            let open = try? position.unrealized(at: price)
        else {
            (self.price, value, unrealized, net) = (nil, .zero, .zero, position.realized)
            return
        }
        (self.price, value, unrealized, net) = (price, worth, open, position.realized + open)
    }
}

extension ProductProfitDocument {
    init(_ product: ProductFills, _ gain: ProductGain) {
        let profit = product.profit
        let isShort = profit.holdings.isNegative
        let open = gain.price.map { price in
            OpenPosition(
                currentPrice: price.doubleValue,
                averagePrice: (isShort ? profit.averageSellPrice : profit.averageBuyPrice)?.doubleValue ?? 0,
                isShort: isShort)
        }
        self.init(
            productID: product.productID, trades: (all: profit.trades, buys: product.buyRows, sells: product.sellRows),
            spent: profit.totalSpent.doubleValue, received: profit.totalReceived.doubleValue,
            fees: profit.totalFees.doubleValue, realized: profit.position.realized.doubleValue,
            unrealized: gain.unrealized.doubleValue, net: gain.net.doubleValue,
            holdings: profit.holdings.doubleValue, value: gain.value.doubleValue, open: open)
    }
}

extension BotPerformanceDocument.Sums {
    /// The gain over the average of all buys, as the old backend showed it for a bot.
    init(_ product: ProductFills, price: Amount?) {
        self.init()
        let profit = product.profit
        (trades, buys, sells) = (profit.trades, product.buyRows, product.sellRows)
        spent = profit.totalSpent.doubleValue
        received = profit.totalReceived.doubleValue
        fees = profit.totalFees.doubleValue
        realized = profit.realizedOverAllBuys.doubleValue
        position = profit.holdings.doubleValue
        let entry = profit.holdings.isNegative ? profit.averageSellPrice : profit.averageBuyPrice
        averageEntryPrice = entry?.doubleValue ?? 0
        if let price {
            currentPrice = price.doubleValue
            unrealized = profit.unrealizedOverAllBuys(at: price).doubleValue
        }
        (firstTrade, lastTrade) = (product.firstText, product.lastText)
    }
}
