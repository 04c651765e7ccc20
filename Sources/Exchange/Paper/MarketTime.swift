/// Maps real time to the offline market's time, so that the market never ends and always looks current.
///
/// Stateless: market time = origin + (real time mod cycle), and everything served is moved by their difference, a whole
/// number of hours. So every process agrees, and candles lie on the grid. Where a cycle ends, prices jump and the hours
/// served as history are again those before the origin.
public struct MarketTime: Sendable, Equatable {
    /// Market time at which each cycle starts, UTC seconds.
    public let origin: Int
    /// 0: real time is market time.
    public let cycleSeconds: Int

    /// No mapping: for replays of the market's own dates.
    public static let unshifted = MarketTime(uncheckedOrigin: 0, cycleSeconds: 0)

    /// - Throws: `invalid` unless both are whole hours and the cycle is at least one.
    public init(origin: Int, cycleSeconds: Int) throws(ExchangeError) {
        guard origin % 3600 == 0, cycleSeconds % 3600 == 0, cycleSeconds > 0 else {
            throw .invalid(
                what: "market time from \(origin) each \(cycleSeconds) s",
                reason: "both must be whole hours, or candles would not lie on the grid")
        }
        self.init(uncheckedOrigin: origin, cycleSeconds: cycleSeconds)
    }

    /// Repeats the five-minute candles of `market` but for their first day, which serves as five-minute history.
    public init(repeating market: PaperMarket) throws(ExchangeError) {
        let span = try market.fiveMinuteSpan()
        try self.init(origin: span.lowerBound + 86_400, cycleSeconds: span.count - 86_400)
    }

    private init(uncheckedOrigin origin: Int, cycleSeconds: Int) {
        self.origin = origin
        self.cycleSeconds = cycleSeconds
    }

    /// What to subtract from real time at `real` to get market time; a whole number of hours.
    public func shift(at real: Int) -> Int {
        guard cycleSeconds > 0 else { return 0 }
        let phase = real % cycleSeconds
        return real - (origin + (phase < 0 ? phase + cycleSeconds : phase))
    }

    /// Market time at the real time `real`, both UTC seconds.
    public func market(at real: Int) -> Int { real - shift(at: real) }
}
