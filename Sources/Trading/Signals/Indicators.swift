import Foundation

/// Textbook indicators over closes, oldest first (domain rules, section 1; checked against TA-Lib).
///
/// Every function returns as many values as it was given, NaN before the first index at which the value is defined.
/// Sums run from old to new, always in the same order, so that two workers get the same bits.
public enum Indicators {
    /// Mean of the newest `period` values up to each index; first at `period` - 1. A period below 1 gives only NaN.
    public static func sma(_ values: [Double], period: Int) -> [Double] {
        var result = undefined(values.count)
        guard period >= 1, values.count >= period else { return result }
        // A running sum would be faster and would drift.
        for index in (period - 1)..<values.count { result[index] = mean(values, endingAt: index, count: period) }
        return result
    }

    /// Mean of the `count` values that end at `index`, inclusive.
    static func mean(_ values: [Double], endingAt index: Int, count: Int) -> Double {
        var sum = 0.0
        for position in (index - count + 1)...index { sum += values[position] }
        return sum / Double(count)
    }

    /// Exponential mean, seeded with the mean of `period` values from `start` on; first at `start` + `period` - 1.
    public static func ema(_ values: [Double], period: Int, start: Int = 0) -> [Double] {
        var result = undefined(values.count)
        guard period >= 1, start >= 0, values.count - start >= period else { return result }
        let first = start + period - 1
        let share = 2 / (Double(period) + 1)
        var average = mean(values, endingAt: first, count: period)
        result[first] = average
        for index in (first + 1)..<max(first + 1, values.count) {
            average += share * (values[index] - average)
            result[index] = average
        }
        return result
    }

    /// Wilder's RSI, 0 to 100; 50 when nothing moved; first at `period`.
    public static func rsi(_ closes: [Double], period: Int) -> [Double] {
        var result = undefined(closes.count)
        guard period >= 1, closes.count > period else { return result }
        var (up, down) = (0.0, 0.0)
        let wide = Double(period)
        for index in 1..<closes.count {
            let change = closes[index] - closes[index - 1]
            if index <= period {
                up += max(change, 0) / wide
                down += max(-change, 0) / wide
            } else {
                up = (up * (wide - 1) + max(change, 0)) / wide
                down = (down * (wide - 1) + max(-change, 0)) / wide
            }
            if index >= period { result[index] = up + down == 0 ? 50 : 100 * up / (up + down) }
        }
        return result
    }

    /// Appel's MACD: line, signal and histogram, all defined from `slow` + `signal` - 2 on.
    public struct Divergence: Sendable {
        /// Fast EMA less slow EMA, in price units.
        public var line: [Double]
        /// EMA of the line.
        public var signal: [Double]
        /// Line less signal.
        public var histogram: [Double]
    }

    /// The fast EMA is seeded `slow` - `fast` later than the slow one, so that both start at `slow` - 1.
    public static func macd(_ closes: [Double], fast: Int, slow: Int, signal: Int) -> Divergence {
        let empty = undefined(closes.count)
        var result = Divergence(line: empty, signal: empty, histogram: empty)
        guard fast >= 1, signal >= 1, fast < slow, slow <= closes.count else { return result }
        let fastMean = ema(closes, period: fast, start: slow - fast)
        let slowMean = ema(closes, period: slow)
        var line = empty
        for index in (slow - 1)..<closes.count { line[index] = fastMean[index] - slowMean[index] }
        result.signal = ema(line, period: signal, start: slow - 1)
        for index in closes.indices where !result.signal[index].isNaN {
            result.line[index] = line[index]
            result.histogram[index] = line[index] - result.signal[index]
        }
        return result
    }

    static func undefined(_ count: Int) -> [Double] { Array(repeating: .nan, count: count) }
}
