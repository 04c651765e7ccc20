/// What one product's price did in one slot of time. Statistics only: an order's price never comes from a candle.
public struct Candle: Sendable, Equatable {
    /// Start of the slot, UTC Unix seconds, on the granularity's grid.
    public var start: Int
    /// Price of the first trade in the slot, in quote currency.
    public var open: Double
    /// Highest price in the slot.
    public var high: Double
    /// Lowest price in the slot.
    public var low: Double
    /// Price of the last trade in the slot.
    public var close: Double
    /// In units of the product's base.
    public var volume: Double

    /// Checks nothing; `isSound` does.
    public init(start: Int, open: Double, high: Double, low: Double, close: Double, volume: Double) {
        self.start = start
        self.open = open
        self.high = high
        self.low = low
        self.close = close
        self.volume = volume
    }

    /// Whether the indicators may see it: finite positive prices, high and low that enclose open and close, a volume
    /// that is not negative, a start on the grid.
    public func isSound(on granularity: Granularity) -> Bool {
        guard [open, high, low, close].allSatisfy({ $0.isFinite && $0 > 0 }), volume.isFinite, volume >= 0 else {
            return false
        }
        return high >= max(open, close) && low <= min(open, close) && start >= 0 && start % granularity.seconds == 0
    }
}
