public import Foundation

/// One product's candles made fit for indicators: sound, in order, without holes, finished (domain rules 0.1 and 0.6).
public struct CandleSeries: Sendable, Equatable {
    /// Newest slots that an evaluation looks at. EMA and Wilder averages depend on where they start, so it is fixed.
    public static let window = 300
    /// Slots that `isThin` looks at.
    static let thinWindow = 100

    /// Length of every slot.
    public let granularity: Granularity
    /// Oldest first, one per slot, at most `limit`. A slot without a sound candle repeats the last close, volume 0.
    public let candles: [Candle]
    /// Received candles that were refused: not finite, not positive, impossible, or off the grid.
    public let rejected: Int
    /// How many of `candles` had to be filled in.
    public let filled: Int
    /// The newest real candle ended more than two slots and 60 s before `now`, or there is none: hold, no new order.
    public let isStale: Bool
    /// More than a tenth of the newest 100 slots were filled in: sizes are halved.
    public let isThin: Bool

    /// - Parameters:
    ///   - received: in any order; of two with the same start the later one in the array counts.
    ///   - receivedAt: when the exchange answered. A candle still forming then is dropped, however old it is now, and
    ///     slots that were over by then but are missing count as slots without trades.
    ///   - now: only for `isStale`.
    ///   - limit: newest slots to keep, 1 to 100,000.
    public init(
        _ received: [Candle], granularity: Granularity, receivedAt: Date, now: Date, limit: Int = CandleSeries.window
    ) {
        let step = granularity.seconds
        let openSlot = CandleSeries.slot(of: receivedAt, step: step)
        let sound = received.filter { $0.isSound(on: granularity) }
        let finished = sound.filter { $0.start < openSlot }
        let real = CandleSeries.newestOfEach(finished)
        self.granularity = granularity
        rejected = received.count - sound.count
        guard let first = real.first, let last = real.last else {
            (candles, filled, isStale, isThin) = ([], 0, true, false)
            return
        }
        let from = max(first.start, openSlot - min(max(1, limit), 100_000) * step)
        (candles, filled, isThin) = CandleSeries.withoutHoles(real, from: from, to: openSlot, step: step)
        isStale = !(now.timeIntervalSince1970 - Double(last.start + step) <= Double(2 * step + 60))
    }

    /// Start of the slot that `date` lies in; a date that is no usable number gives 0, so that no candle is finished.
    private static func slot(of date: Date, step: Int) -> Int {
        let seconds = date.timeIntervalSince1970
        guard seconds.isFinite, seconds >= 0, seconds < 1e12 else { return 0 }
        return Int(seconds) / step * step
    }

    private static func newestOfEach(_ candles: [Candle]) -> [Candle] {
        // Arrival order breaks ties, so the last of equal starts is the last received.
        let order = candles.indices.sorted { (candles[$0].start, $0) < (candles[$1].start, $1) }
        var unique: [Candle] = []
        unique.reserveCapacity(candles.count)
        for index in order {
            if unique.last?.start == candles[index].start { unique.removeLast() }
            unique.append(candles[index])
        }
        return unique
    }

    private static func withoutHoles(
        _ real: [Candle], from: Int, to: Int, step: Int
    ) -> (candles: [Candle], filled: Int, isThin: Bool) {
        var next = real.firstIndex { $0.start >= from } ?? real.endIndex
        var close = next > 0 ? real[next - 1].close : 0
        var candles: [Candle] = []
        var holes: [Bool] = []
        candles.reserveCapacity((to - from) / step)
        for start in stride(from: from, to: to, by: step) {
            let isHole = next == real.endIndex || real[next].start != start
            if isHole {
                candles.append(Candle(start: start, open: close, high: close, low: close, close: close, volume: 0))
            } else {
                candles.append(real[next])
                close = real[next].close
                next += 1
            }
            holes.append(isHole)
        }
        let recent = holes.suffix(thinWindow)
        let isThin = recent.count { $0 } * 10 > recent.count
        return (candles, holes.count { $0 }, isThin)
    }

    /// Highs, lows and closes as columns.
    public var history: PriceHistory { PriceHistory(candles) }
}
