/// Reads durations and rates as ops people write them.
public enum DurationParser {
    /// Reads `500ms`, `30s`, `5m`, `2h`, `1d`, and sums of them in falling order (`1h30m`); whole numbers only.
    ///
    /// - Returns: milliseconds, 1 up to 366 days.
    /// - Throws: `quantity` for anything else: zero, a sign, a fraction, a missing unit, more than 366 days.
    public static func milliseconds(_ text: String) throws(TimeError) -> Int64 {
        var rest = Substring(text)
        var total: Int64 = 0
        var smallest = Int64.max
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            let letters = rest.dropFirst(digits.count).prefix { $0.isASCII && $0.isLetter }
            guard !digits.isEmpty, let unit = units[String(letters)], unit < smallest else { throw malformed(text) }
            // More digits than a number holds are too many of any unit.
            let count = Int64(digits) ?? .max
            let (product, overflow) = count.multipliedReportingOverflow(by: unit)
            guard !overflow, product <= longest, total + product <= longest else {
                throw .quantity(text: text, "the duration '\(text)' is too long. Use at most 366d.")
            }
            total += product
            smallest = unit
            rest = rest.dropFirst(digits.count + letters.count)
        }
        guard !text.isEmpty else { throw malformed(text) }
        guard total > 0 else { throw .quantity(text: text, "the duration '\(text)' is zero. Use at least 1ms.") }
        return total
    }

    /// Reads `10/s`, `600/m`, `1000/h`.
    ///
    /// - Throws: `quantity` for anything else: zero, a fraction, another unit, more than a million in one unit.
    public static func rate(_ text: String) throws(TimeError) -> Rate {
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        let periods: [Substring: Int64] = ["s": 1000, "m": 60_000, "h": 3_600_000]
        guard halves.count == 2, halves[0].allSatisfy({ $0.isASCII && $0.isNumber }), let count = Int(halves[0]),
            let period = periods[halves[1]]
        else {
            throw .quantity(text: text, "'\(text)' is not a rate. Use a whole number per s, m or h, for example 10/s.")
        }
        guard (1...1_000_000).contains(count) else {
            throw .quantity(text: text, "the rate '\(text)' is out of range. Use 1 to 1000000 per s, m or h.")
        }
        return Rate(count: count, periodMilliseconds: period)
    }

    private static func malformed(_ text: String) -> TimeError {
        .quantity(
            text: text,
            "'\(text)' is not a duration. Use whole numbers with a unit, largest first: 500ms, 30s, 5m, 2h, "
                + "1d or 1h30m."
        )
    }

    private static let units: [String: Int64] = ["ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
    private static let longest: Int64 = 366 * 86_400_000
}

/// So many tokens in so much time.
public struct Rate: Sendable, Equatable {
    /// At least 1.
    public let count: Int
    /// The unit that `count` is for, in milliseconds: 1000, 60,000 or 3,600,000 where it was read from a file.
    public let periodMilliseconds: Int64

    /// Checks no range; `DurationParser.rate` does.
    public init(count: Int, periodMilliseconds: Int64) {
        self.count = count
        self.periodMilliseconds = periodMilliseconds
    }

    /// Tokens a second, the unit of `TokenBucket`.
    public var perSecond: Double { Double(count) * 1000 / Double(periodMilliseconds) }
}
