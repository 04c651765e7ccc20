/// What closing parts of a pair's position has earned.
public struct PairResult: Sendable, Equatable {
    /// Such as `BTC-USD`.
    public let pair: String
    /// Quote units.
    public let profit: Amount
    /// How many fills closed something, and how many of them at a gain.
    public let closings, gains: Int

    /// Checks nothing.
    public init(pair: String, profit: Amount, closings: Int, gains: Int) {
        self.pair = pair
        self.profit = profit
        self.closings = closings
        self.gains = gains
    }

    /// Quote units for one closing; 0 without one.
    public var profitPerTrade: Double { closings > 0 ? profit.doubleValue / Double(closings) : 0 }
    /// Share of closings at a gain, 0 to 1; 0 without one.
    public var winRate: Double { closings > 0 ? Double(gains) / Double(closings) : 0 }
}

/// Which pairs have earned and which have lost, and what follows from it in words. Every number comes from fills.
public struct MarketSelection: Sendable, Equatable {
    /// How much of what was won the losers have lost: under a quarter, under all of it, or more.
    public enum Risk: String, Sendable, CaseIterable {
        case low = "Low"
        case medium = "Medium"
        case high = "High"
        /// Nothing was closed yet.
        case unknown = "Unknown"
    }

    /// Pairs with a profit, the greatest first.
    public let winners: [PairResult]
    /// Pairs with a loss, the greatest first.
    public let losers: [PairResult]
    private let majors: Mean
    private let others: Mean

    /// The coins that the old backend calls major; all others are alt-coins.
    public static let majorPairs: Set<String> = [
        "BTC-USD", "ETH-USD", "ADA-USD", "SUI-USD", "SOL-USD", "XRP-USD", "DOGE-USD",
    ]

    private struct Mean: Equatable {
        var sum = 0.0
        var count = 0
        var value: Double? { count > 0 ? sum / Double(count) : nil }
    }

    /// - Parameter results: one for each pair, whatever its order. Pairs without a closing are neither.
    public init(_ results: [PairResult]) {
        let closed = results.filter { $0.closings > 0 }
        winners = closed.filter(\.profit.isPositive).sorted { ($1.profit, $0.pair) < ($0.profit, $1.pair) }
        losers = closed.filter(\.profit.isNegative).sorted { ($0.profit, $0.pair) < ($1.profit, $1.pair) }
        var (majors, others) = (Mean(), Mean())
        for result in closed {
            if Self.majorPairs.contains(result.pair) {
                (majors.sum, majors.count) = (majors.sum + result.profit.doubleValue, majors.count + 1)
            } else {
                (others.sum, others.count) = (others.sum + result.profit.doubleValue, others.count + 1)
            }
        }
        (self.majors, self.others) = (majors, others)
    }

    /// Quote units of all winners.
    public var won: Amount { winners.reduce(Amount.zero) { $0 + $1.profit } }
    /// Quote units of all losers, below zero.
    public var lost: Amount { losers.reduce(Amount.zero) { $0 + $1.profit } }

    public var risk: Risk {
        guard !winners.isEmpty || !losers.isEmpty else { return .unknown }
        let (won, lost) = (won.doubleValue, -lost.doubleValue)
        return lost * 4 < won || lost == 0 ? .low : lost < won ? .medium : .high
    }

    /// Three texts, in this order: which coins do better by their average profit, the risk, and what to do.
    public var insights: [String] {
        let alts: Bool? =
            switch (majors.value, others.value) {
            case (nil, nil): nil
            case (let majors, let others): (others ?? 0) > (majors ?? 0)
            }
        return [
            alts.map { $0 ? "Alt-coins outperforming major coins" : "Major coins outperforming alt-coins" }
                ?? "No position was closed yet",
            "Risk Level: \(risk.rawValue)",
            alts.map { "Strategy: Focus on \($0 ? "alt-coin" : "major coin") opportunities" }
                ?? "Strategy: Wait for closed positions",
        ]
    }
}
