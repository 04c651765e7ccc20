public import Trading

/// One price level, in whole increments: `price` in quote increments, `size` in base increments.
public struct BookLevel: Sendable, Equatable {
    /// In quote increments.
    public let price: Int
    /// In base increments.
    public let size: Int

    /// Checks nothing; both are positive in a book.
    public init(price: Int, size: Int) {
        self.price = price
        self.size = size
    }
}

/// What an order of a given size takes from one side of a book, best level first. Domain specification 7.1.
public struct DepthWalk: Sendable, Equatable {
    /// The part taken from each level touched.
    public let taken: [BookLevel]
    /// Asked for and not there, or beyond the limit; in base increments.
    public let unfilled: Int

    /// - Parameters:
    ///   - levels: the side that is taken, best first.
    ///   - size: in base increments.
    ///   - limit: worst price accepted, in quote increments; none for a market order.
    public init(_ levels: some Sequence<BookLevel>, side: Side, size: Int, limit: Int? = nil) {
        var rest = size
        var taken: [BookLevel] = []
        for level in levels {
            guard rest > 0 else { break }
            if let limit, side == .buy ? level.price > limit : level.price < limit { break }
            let part = min(rest, level.size)
            if part > 0 { taken.append(BookLevel(price: level.price, size: part)) }
            rest -= part
        }
        self.taken = taken
        unfilled = rest
    }

    /// In base increments.
    public var filled: Int { taken.reduce(0) { $0 + $1.size } }
    /// Sum of price × size, in quote increments × base increments.
    public var cost: Int128 { taken.reduce(0) { $0 + Int128($1.price) * Int128($1.size) } }
    /// In quote increments; `nil` when nothing was filled.
    public var worstPrice: Int? { taken.last?.price }

    /// How much worse than the mid the average price is, in basis points; positive is bad; `nil` when nothing filled.
    ///
    /// - Parameter doubledMid: best bid + best ask, in quote increments, so that a half increment stays exact.
    public func slippageBps(side: Side, doubledMid: Int) -> Double? {
        guard filled > 0 else { return nil }
        let average = Double(cost) / Double(filled)
        let change = (average / (Double(doubledMid) / 2) - 1) * 10_000
        return side == .buy ? change : -change
    }

    /// The worst acceptable price `bps` away from the mid, in quote increments, never beyond it.
    public static func limit(side: Side, doubledMid: Int, bps: Int) -> Int {
        switch side {
        case .buy: return doubledMid * (10_000 + bps) / 20_000
        case .sell: return (doubledMid * (10_000 - bps) + 19_999) / 20_000
        }
    }
}
