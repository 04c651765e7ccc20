import Documents
import Exchange
import Foundation
import Ledger
import Trading

extension ListedProductDocument {
    init(_ product: Product) {
        func text(_ number: Double?, _ decimals: Int) -> String {
            number.map { String(format: "%.\(decimals)f", $0) } ?? ""
        }
        let facts = product.facts
        self.init(
            id: product.id.rawValue, base: product.id.base, quote: product.id.quote,
            baseName: facts.baseName ?? product.id.base, quoteName: facts.quoteName ?? product.id.quote,
            price: product.price.isPositive ? product.price.description : "", status: product.status,
            rules: Rules(
                baseIncrement: product.baseIncrement.description, quoteIncrement: product.quoteIncrement.description,
                priceIncrement: product.priceIncrement.description, baseMinSize: product.baseMinSize.description,
                baseMaxSize: product.baseMaxSize.description, quoteMinSize: product.quoteMinSize.description,
                quoteMaxSize: product.quoteMaxSize.description),
            flags: Flags(
                isDisabled: product.isDisabled, cancelOnly: product.cancelOnly, limitOnly: product.limitOnly,
                postOnly: product.postOnly, tradingDisabled: product.tradingDisabled,
                auctionMode: product.auctionMode, viewOnly: product.viewOnly, isNew: facts.isNew),
            day: Day(
                priceChange: text(facts.priceChange, 8), volume: text(facts.volume, 4),
                volumeChange: text(facts.volumeChange, 8), quoteVolume: text(facts.quoteVolume, 2)))
    }
}

extension RecordedCandleDocument {
    init(_ candle: RecordedCandle, of product: String, timeframe: String) {
        self.init(
            product: product, start: candle.start, timeframe: timeframe, open: candle.open, high: candle.high,
            low: candle.low, close: candle.close, volume: candle.volume)
    }
}
