import Foundation
public import Trading

/// One product of the offline market: what the exchange tells of it, and how deep its invented book is.
public struct PaperListing: Sendable, Equatable {
    /// As products.json has it; price and halt at a moment come from `PaperBook`.
    public let product: Product
    /// Full spread in hundredths of a basis point, in calm times.
    public let spread: Int
    /// US dollars on the best level, on average.
    public let depthDollars: Int
    let price: IncrementScale
    let size: IncrementScale

    /// The product's id.
    public var id: ProductID { product.id }
    /// Scale of price × size in increments.
    var value: IncrementScale { IncrementScale(decimals: price.decimals + size.decimals) }

    /// - Parameter spreadBps: full spread in basis points; kept to two decimals.
    init(product: Product, spreadBps: Double, depthDollars: Int) throws(ExchangeError) {
        self.product = product
        spread = Int((spreadBps * 100).rounded())
        self.depthDollars = depthDollars
        price = try IncrementScale(increment: product.quoteIncrement, of: "\(product.id) prices")
        size = try IncrementScale(increment: product.baseIncrement, of: "\(product.id) sizes")
    }

    /// Whether an order may have the same prices and sizes as one of `other`.
    func hasIncrements(of other: Product) -> Bool {
        product.priceIncrement == other.priceIncrement && product.quoteIncrement == other.quoteIncrement
            && product.baseIncrement == other.baseIncrement
    }

    /// Reads `products.json`: Coinbase's fields, with `x_paper` for spread and depth.
    static func list(atPath path: String) throws(ExchangeError) -> [PaperListing] {
        let entries: [Entry]
        do {
            entries = try JSONDecoder().decode(File.self, from: Data(contentsOf: URL(filePath: path))).products
        } catch {
            throw .marketFile(path: path, line: nil, reason: "\(error)")
        }
        var listings: [PaperListing] = []
        for entry in entries {
            guard (0...1e6).contains(entry.paper.spread_bps), (0...1_000_000_000).contains(entry.paper.depth_l1_usd)
            else {
                throw .marketFile(
                    path: path, line: nil,
                    reason: "spread_bps of \(entry.product.id) is not within 0...1000000, or its depth not within 10^9")
            }
            listings.append(
                try PaperListing(
                    product: entry.product, spreadBps: entry.paper.spread_bps, depthDollars: entry.paper.depth_l1_usd))
        }
        return listings
    }

    private struct File: Decodable { let products: [Entry] }

    private struct Entry: Decodable {
        struct Paper: Decodable { let spread_bps: Double, depth_l1_usd: Int }
        enum CodingKeys: String, CodingKey { case paper = "x_paper" }
        let product: Product
        let paper: Paper

        init(from decoder: any Decoder) throws {
            product = try Product(from: decoder)
            paper = try decoder.container(keyedBy: CodingKeys.self).decode(Paper.self, forKey: .paper)
        }
    }
}
