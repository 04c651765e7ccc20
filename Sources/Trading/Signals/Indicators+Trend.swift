import Foundation

extension Indicators {
    /// The widest of today's range and the distances from yesterday's close; first at 1.
    public static func trueRange(_ history: PriceHistory) -> [Double] {
        var result = undefined(history.count)
        for index in 1..<max(1, history.count) {
            let (high, low, before) = (history.highs[index], history.lows[index], history.closes[index - 1])
            result[index] = max(high - low, abs(high - before), abs(low - before))
        }
        return result
    }

    /// Wilder's average true range, in price units; first at `period`.
    public static func atr(_ history: PriceHistory, period: Int) -> [Double] {
        wilder(trueRange(history), period: period, start: 1)
    }

    /// Wilder average: the mean of `period` values from `start` on, then (average x (n-1) + value) / n.
    private static func wilder(_ values: [Double], period: Int, start: Int) -> [Double] {
        var result = undefined(values.count)
        guard period >= 1, start >= 0, values.count - start >= period else { return result }
        let (first, wide) = (start + period - 1, Double(period))
        var average = mean(values, endingAt: first, count: period)
        result[first] = average
        for index in (first + 1)..<max(first + 1, values.count) {
            average = (average * (wide - 1) + values[index]) / wide
            result[index] = average
        }
        return result
    }

    /// Wilder's directional movement, 0 to 100 each.
    public struct DirectionalMovement: Sendable {
        /// +DI and -DI, first at the period.
        public var plus: [Double]
        /// -DI, first at the period.
        public var minus: [Double]
        /// Strength of the trend whatever its direction, first at twice the period - 1.
        public var adx: [Double]
    }

    /// Wilder's +DI, -DI and ADX with his smoothing over `period` candles; a period below 1 gives only NaN.
    public static func directionalMovement(_ history: PriceHistory, period: Int) -> DirectionalMovement {
        let empty = undefined(history.count)
        var result = DirectionalMovement(plus: empty, minus: empty, adx: empty)
        guard period >= 1, history.count > period else { return result }
        let range = trueRange(history)
        var index = empty
        var (plusSum, minusSum, rangeSum) = (0.0, 0.0, 0.0)
        for day in 1..<history.count {
            let up = history.highs[day] - history.highs[day - 1]
            let down = history.lows[day - 1] - history.lows[day]
            let kept = day < period ? 1 : 1 - 1 / Double(period)
            plusSum = plusSum * kept + (up > down && up > 0 ? up : 0)
            minusSum = minusSum * kept + (down > up && down > 0 ? down : 0)
            rangeSum = rangeSum * kept + range[day]
            guard day >= period else { continue }
            let (plus, minus) = rangeSum == 0 ? (0, 0) : (100 * plusSum / rangeSum, 100 * minusSum / rangeSum)
            (result.plus[day], result.minus[day]) = (plus, minus)
            index[day] = plus + minus == 0 ? 0 : 100 * abs(plus - minus) / (plus + minus)
        }
        result.adx = wilder(index, period: period, start: period)
        return result
    }

    /// Kaufman's efficiency ratio, 0 (to and fro) to 1 (straight); first at `period`.
    public static func efficiencyRatio(_ closes: [Double], period: Int) -> [Double] {
        var result = undefined(closes.count)
        guard period >= 1, closes.count > period else { return result }
        for index in period..<closes.count {
            var path = 0.0
            for step in (index - period + 1)...index { path += abs(closes[step] - closes[step - 1]) }
            result[index] = path == 0 ? 0 : abs(closes[index] - closes[index - period]) / path
        }
        return result
    }

    /// Sample standard deviation of the newest `period` log returns, annualised from hourly data; first at `period`.
    public static func realisedVolatility(_ closes: [Double], period: Int) -> [Double] {
        var result = undefined(closes.count)
        guard period >= 2, closes.count > period else { return result }
        let returns = logReturns(closes)
        for index in period..<closes.count {
            result[index] = sampleDeviation(returns[(index - period)..<index]) * 8760.0.squareRoot()
        }
        return result
    }

    /// ln(c_t / c_(t-1)), one fewer than the closes.
    static func logReturns(_ closes: [Double]) -> [Double] {
        zip(closes.dropFirst(), closes).map { log($0 / $1) }
    }

    /// Divides by n - 1; NaN for fewer than two values.
    static func sampleDeviation(_ values: ArraySlice<Double>) -> Double {
        guard values.count >= 2 else { return .nan }
        var sum = 0.0
        for value in values { sum += value }
        let mean = sum / Double(values.count)
        var squares = 0.0
        for value in values { squares += (value - mean) * (value - mean) }
        return (squares / Double(values.count - 1)).squareRoot()
    }
}
