import Trading

/// The last 24 hours of the offline market.
extension PaperMarket {
    /// What an exchange tells of a product beside its rules, from hourly candles; what they do not cover is unknown.
    /// - Parameters:
    ///   - price: the present one.
    ///   - time: market time.
    func facts(_ listing: PaperListing, price: Amount, at time: Int) -> ProductFacts {
        var facts = listing.product.facts
        let hour = time - time % 3600
        func hours(_ range: Range<Int>) -> [Candle] {
            (try? history(listing.id, seconds: 3600, range: range, now: hour)) ?? []
        }
        let (day, before) = (hours(hour - 24 * 3600..<hour), hours(hour - 48 * 3600..<hour - 24 * 3600))
        guard let first = day.first, first.open > 0 else { return facts }
        let volume = day.reduce(0) { $0 + $1.volume }
        let earlier = before.reduce(0) { $0 + $1.volume }
        facts.priceChange = (price.doubleValue / first.open - 1) * 100
        facts.volume = volume
        facts.volumeChange = earlier > 0 ? (volume / earlier - 1) * 100 : nil
        facts.quoteVolume = (volume * price.doubleValue * 100).rounded() / 100
        return facts
    }
}
