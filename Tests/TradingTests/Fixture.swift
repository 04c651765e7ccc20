import Foundation

@testable import Trading

/// Recorded numbers of independent implementations (TA-Lib, pandas, Python's decimal), and ways to make input.
enum Fixture {
    static func load<Content: Decodable>(_ name: String, as type: Content.Type = Content.self) throws -> Content {
        let url = Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Fixtures")
        guard let url else { throw CocoaError(.fileNoSuchFile) }
        return try JSONDecoder().decode(type, from: Data(contentsOf: url))
    }

    /// Columns as the fixtures store them.
    struct Series: Decodable {
        var start: [Int]
        var open, high, low, close, volume: [Double]

        var candles: [Candle] {
            start.indices.map {
                Candle(
                    start: start[$0], open: open[$0], high: high[$0], low: low[$0], close: close[$0],
                    volume: volume[$0])
            }
        }
    }

    /// One file of `indicators/`.
    struct Indicated: Decodable {
        var input: Series
        var output: [String: [Double?]]
        /// Starts of the slots that were filled in.
        var missing: [Int]?
    }

    static let seriesNames = ["trend", "range", "gap", "flat", "crash", "noisy"]

    static func indicated(_ name: String) throws -> Indicated { try load("indicators/\(name)") }

    /// Hourly candles that move as little as their closes; `first` is on the grid.
    static func candles(_ closes: [Double], first: Int = 1_699_999_200) -> [Candle] {
        closes.enumerated().map { index, close in
            Candle(start: first + index * 3600, open: close, high: close, low: close, close: close, volume: 1)
        }
    }

    static func history(_ closes: [Double]) -> PriceHistory { PriceHistory(candles(closes)) }

    static func product(_ id: String = "BTC-USD", baseIncrement: String = "0.00000001") throws -> Product {
        Product(
            id: try ProductID(id), price: Amount(100), baseIncrement: try Amount(baseIncrement),
            quoteIncrement: try Amount("0.01"), priceIncrement: try Amount("0.01"),
            baseMinSize: try Amount(baseIncrement), baseMaxSize: Amount(1_000_000), quoteMinSize: Amount(1),
            quoteMaxSize: Amount(10_000_000))
    }
}

/// Repeatable numbers for property tests (SplitMix64).
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// An amount with 1 to `digits` digits before the point and 0 to `decimals` after it.
    mutating func amount(digits: Int, decimals: Int, signed: Bool = true) throws -> Amount {
        func some(_ count: ClosedRange<Int>) -> String {
            (0..<Int.random(in: count, using: &self)).map { _ in String(Int.random(in: 0...9, using: &self)) }.joined()
        }
        let (whole, fraction) = (some(1...digits), some(0...decimals))
        let sign = signed && Bool.random(using: &self) ? "-" : ""
        return try Amount(sign + whole + (fraction.isEmpty ? "" : ".") + fraction)
    }
}

/// A configuration that stands in a fixture as JSON.
struct FixtureConfig: Decodable {
    let value: ConfigValue

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        value =
            if container.decodeNil() {
                .null
            } else if let flag = try? container.decode(Bool.self) {
                .flag(flag)
            } else if let number = try? container.decode(Double.self) {
                .number(number)
            } else if let text = try? container.decode(String.self) {
                .text(text)
            } else if let list = try? container.decode([FixtureConfig].self) {
                .list(list.map(\.value))
            } else {
                .object(try container.decode([String: FixtureConfig].self).mapValues(\.value))
            }
    }
}
