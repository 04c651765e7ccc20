public import Trading

/// The invented order book of one product in one 30-second sub-tick. Pure integers; domain specification 9.
///
/// The book does not remember what was taken from it.
public struct PaperBook: Sendable {
    /// Price levels on each side.
    public static let levels = 20

    /// Increments, spread and depth of the product.
    public let listing: PaperListing
    /// Start of the sub-tick, market time, UTC seconds.
    public let time: Int
    /// In quote increments, like all prices here.
    public let mid: Int
    /// From the mid to the best level of either side.
    public let halfSpread: Int
    /// Base increments traded during the whole five-minute candle.
    public let candleVolume: Int
    /// There was no trade in this candle: the price is the last close.
    public let isStale: Bool
    /// Trading in the product is halted: nothing fills.
    public let isHalted: Bool
    private let seed: String

    /// - Parameters:
    ///   - time: a multiple of 30 s, market time.
    ///   - volumeDecimals: of `row.volume`.
    init(listing: PaperListing, row: PaperCandles.Row, volumeDecimals: Int, time: Int, seed: String) {
        self.listing = listing
        self.time = time
        self.seed = seed
        isStale = !row.isReal
        isHalted = !row.isTrading
        mid = Self.mid(of: row, subTick: time % 300 / 30)
        // Volume is stored with as many decimals as it needs, never more than the size increment has.
        var units = row.volume
        for _ in volumeDecimals..<max(volumeDecimals, listing.size.decimals) { units *= 10 }
        candleVolume = units
        let range = row.isReal ? 10_000 * (row.high - row.low) / row.open : 0
        let spread = listing.spread * (100 + min(400, range / 2)) / 100
        halfSpread = max(1, (mid * spread + 1_999_999) / 2_000_000)
    }

    /// Highest bid, in quote increments.
    public var bestBid: Int { mid - halfSpread }
    /// Lowest ask, in quote increments.
    public var bestAsk: Int { mid + halfSpread }

    /// The price on which an order of `side` rests at the front, and the one that it would take.
    public func best(own side: Side) -> Int { side == .buy ? bestBid : bestAsk }
    /// The price that an order of `side` takes first, in quote increments.
    public func best(against side: Side) -> Int { side == .buy ? bestAsk : bestBid }

    /// The levels that an order of `side` takes, best first: the asks for a buyer, the bids for a seller.
    public func levels(against side: Side) -> some Sequence<BookLevel> {
        (0..<Self.levels).lazy.map { level(against: side, index: $0) }
    }

    /// A fill at once: `size` base increments, never beyond `limit`.
    public func take(_ size: Int, side: Side, limit: Int? = nil) -> DepthWalk {
        if isHalted { return DepthWalk([], side: side, size: size) }
        return DepthWalk(levels(against: side), side: side, size: size, limit: limit)
    }

    /// What a resting order gets in this sub-tick, in base increments: all when the other side reached its price; now
    /// and then a quarter of the sub-tick's volume while it stands at the front.
    public func restingFill(side: Side, price: Int, remaining: Int, clientOrderID: ClientOrderID) -> Int {
        if isHalted { return 0 }
        let other = best(against: side)
        if side == .buy ? other <= price : other >= price { return remaining }
        let own = best(own: side)
        guard side == .buy ? price >= own : price <= own else { return 0 }
        guard DeterministicHash.unit(seed, "fill", clientOrderID.rawValue, "\(time)") < 0.35 else { return 0 }
        return min(remaining, Int(Int128(candleVolume) * 25 / 1000))
    }

    private func level(against side: Side, index: Int) -> BookLevel {
        let distance = halfSpread + index * max(1, halfSpread / 2)
        // Far levels of a coin priced in few increments could pass zero, so they stay at one increment.
        let price = max(1, side == .buy ? mid + distance : mid - distance)
        let hash = DeterministicHash.value(seed, "depth", listing.id.rawValue, "\(time)", side.rawValue, "\(index)")
        let jitter = 600 + Int(hash % 801)
        let cents = 100 * listing.depthDollars * (100 + 35 * index) / 100 * jitter / 1000
        var units = Int128(cents)
        for _ in 0..<listing.value.decimals { units *= 10 }
        return BookLevel(price: price, size: Int(units / Int128(100 * price)))
    }

    /// The path through the candle: open, the nearer extreme first, then the other, then close.
    static func mid(of row: PaperCandles.Row, subTick: Int) -> Int {
        let rising = row.close >= row.open
        let (first, second) = rising ? (row.low, row.high) : (row.high, row.low)
        let anchors = [(0, row.open), (3, first), (7, second), (10, row.close)]
        let leg = subTick < 3 ? 0 : subTick < 7 ? 1 : 2
        let ((from, price), (to, next)) = (anchors[leg], anchors[leg + 1])
        let rise = (next - price) * (subTick - from)
        // Division rounds toward zero; the path is defined with the floor.
        let length = to - from
        return price + (rise >= 0 ? rise / length : -((-rise + length - 1) / length))
    }
}
