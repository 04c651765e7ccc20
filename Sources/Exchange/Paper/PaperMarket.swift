import Foundation
import Synchronization
public import Trading

/// The offline market: prices, books and candles as pure functions of market time.
///
/// Loads a product's files when it is first asked for and keeps them; a reader waits a few milliseconds then, once.
public final class PaperMarket: Sendable {
    /// Sub-tick length in seconds: the book changes this often.
    public static let subTick = 30

    /// In the order of products.json.
    public let listings: [PaperListing]
    private let byID: [ProductID: PaperListing]
    private let folder: String
    private let seed: String
    /// Guards what has been loaded.
    private let loaded = Mutex<[String: PaperCandles]>([:])

    /// - Parameters:
    ///   - folder: holds products.json, candles_5m and candles_1h, as ops/demo/market does.
    ///   - seed: of the invented depths and fills.
    public init(folder: String, seed: String = "paper-1") throws(ExchangeError) {
        self.folder = folder
        self.seed = seed
        listings = try PaperListing.list(atPath: folder + "/products.json")
        byID = Dictionary(listings.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
    }

    /// - Throws: `notFound` for a product the market does not have.
    public func listing(_ product: ProductID) throws(ExchangeError) -> PaperListing {
        guard let listing = byID[product] else { throw .notFound(what: "product \(product)") }
        return listing
    }

    func lists(_ product: ProductID) -> Bool { byID[product] != nil }

    /// From the first five-minute candle to the end of the last, UTC seconds: there are books in between.
    public func fiveMinuteSpan() throws(ExchangeError) -> Range<Int> {
        guard let first = listings.first else {
            throw .marketFile(path: folder + "/products.json", line: nil, reason: "there are no products")
        }
        let candles = try candles(first.id, seconds: 300)
        return candles.start..<candles.end
    }

    /// The book of the sub-tick that holds `time`.
    ///
    /// - Throws: `unavailable` before the five-minute candles begin. After their end the market is halted.
    public func book(_ product: ProductID, at time: Int) throws(ExchangeError) -> PaperBook {
        let listing = try listing(product)
        let candles = try candles(product, seconds: 300)
        let tick = time - time % Self.subTick
        guard let row = candles.row(at: tick) else {
            throw .unavailable(
                during: "the book of \(product)", reason: "market time \(time) is before the five-minute candles")
        }
        return PaperBook(
            listing: listing, row: row, volumeDecimals: candles.volumeDecimals, time: tick, seed: seed)
    }

    /// When the last trade can have happened: `time`, or during a gap the end of the last real candle.
    public func lastTrade(_ product: ProductID, before time: Int) throws(ExchangeError) -> Int {
        let candles = try candles(product, seconds: 300)
        guard let row = candles.row(at: time), !row.isReal else { return time }
        let slot = min(candles.rows.count, (time - candles.start) / 300)
        let last = candles.rows[..<slot].lastIndex { $0.isReal } ?? 0
        return candles.start + (last + 1) * 300
    }

    /// The file of one product; `seconds` is 300 or 3600.
    func candles(_ product: ProductID, seconds: Int) throws(ExchangeError) -> PaperCandles {
        let path = "\(folder)/candles_\(seconds == 300 ? "5m" : "1h")/\(product).txt"
        if let known = loaded.withLock({ $0[path] }) { return known }
        // Two first readers may both load it: the same result, and no reader waits behind another product's file.
        let candles = try PaperCandles(path: path)
        loaded.withLock { $0[path] = candles }
        return candles
    }
}
