import Trading

/// Candles of the offline market as an exchange would serve them at a given moment: nothing of the future.
extension PaperMarket {
    /// The most candles one request gives.
    static let candleLimit = 300

    /// Candles that start in `range` and have begun by `now`, oldest first; all in market time.
    ///
    /// The last one may still be forming: it then holds only what had happened by `now`. Slots without a trade are left
    /// out. Hours come from the hourly file, since the five-minute one is shorter.
    /// - Parameter shift: what is added to market time where the candles are served: slots lie on the grid of that
    ///   time, as a day begins at another hour there.
    /// - Throws: `invalid` for a granularity that is no multiple of five minutes, or for more than 300 slots.
    func history(
        _ product: ProductID, seconds: Int, range: Range<Int>, now: Int, shift: Int = 0
    ) throws(ExchangeError) -> [Candle] {
        guard seconds % 300 == 0, seconds > 0 else {
            throw .invalid(what: "granularity \(seconds) s", reason: "the offline market has multiples of 300 s")
        }
        guard range.count <= Self.candleLimit * seconds else {
            throw .invalid(what: "\(range.count / seconds) candles", reason: "one request gives at most 300")
        }
        let listing = try listing(product)
        let source = try candles(product, seconds: seconds % 3600 == 0 ? 3600 : 300)
        var result: [Candle] = []
        let over = (range.lowerBound + shift) % seconds
        var start = range.lowerBound + (over > 0 ? seconds - over : -over)
        while start < min(range.upperBound, now) {
            let rows =
                start + seconds <= now
                ? source.rows(from: start, to: start + seconds)
                : try forming(product, from: start, now: now)
            if let candle = Candle(
                merging: rows.rows, start: start, price: listing.price.decimals, volume: rows.volumeDecimals)
            {
                result.append(candle)
            }
            start += seconds
        }
        return result
    }

    /// The five-minute rows of an unfinished bucket, the last of them cut off at `now`.
    private func forming(
        _ product: ProductID, from start: Int, now: Int
    ) throws(ExchangeError) -> (rows: ArraySlice<PaperCandles.Row>, volumeDecimals: Int) {
        let source = try candles(product, seconds: 300)
        let current = now / 300 * 300
        var rows = Array(source.rows(from: start, to: current).rows)
        if let row = source.row(at: current), row.isReal {
            let mids = (0...(now - current) / Self.subTick).map { PaperBook.mid(of: row, subTick: $0) }
            rows.append(
                PaperCandles.Row(
                    open: row.open, high: mids.max() ?? row.open, low: mids.min() ?? row.open,
                    close: mids.last ?? row.open, volume: row.volume * (mids.count - 1) / 10, isReal: true))
        }
        return (rows[...], source.volumeDecimals)
    }
}

extension PaperCandles {
    /// The rows whose slots lie in `start..<end`, gaps included.
    func rows(from start: Int, to end: Int) -> (rows: ArraySlice<Row>, volumeDecimals: Int) {
        let first = min(max(0, (start - self.start + seconds - 1) / seconds), rows.count)
        let last = min(max(first, (end - self.start) / seconds), rows.count)
        return (rows[first..<last], volumeDecimals)
    }
}

extension Candle {
    /// One candle over several rows; `nil` when there was no trade in any of them.
    fileprivate init?(merging rows: ArraySlice<PaperCandles.Row>, start: Int, price: Int, volume: Int) {
        let real = rows.filter(\.isReal)
        guard let first = real.first, let last = real.last else { return nil }
        // A whole number below 2^53 divided by a power of ten is the double nearest to the decimal text.
        let priceUnit = powerOfTen(price)
        self.init(
            start: start, open: Double(first.open) / priceUnit,
            high: Double(real.reduce(first.high) { max($0, $1.high) }) / priceUnit,
            low: Double(real.reduce(first.low) { min($0, $1.low) }) / priceUnit,
            close: Double(last.close) / priceUnit,
            volume: Double(real.reduce(0) { $0 + $1.volume }) / powerOfTen(volume))
    }
}

private func powerOfTen(_ exponent: Int) -> Double {
    (0..<exponent).reduce(1.0) { value, _ in value * 10 }
}
