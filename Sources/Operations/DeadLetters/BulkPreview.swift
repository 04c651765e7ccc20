import Documents
import Foundation
public import JobQueue

/// What a change of many jobs will touch, as far as that is known: kinds, products, notional, tokens.
public struct BulkPreview: Sendable {
    private let count: Int
    private let kinds: [(name: String, count: Int)]
    private let queues: [(name: QueueName, count: Int)]
    private let products: [(name: String, count: Int)]
    /// Base units by product, of the jobs whose arguments state a size.
    private let sizes: [String: (units: Double, jobs: Int)]

    private struct Arguments: Decodable {
        let product, pair, productID, baseSize: String?

        enum CodingKeys: String, CodingKey {
            case product, pair
            case productID = "product_id"
            case baseSize = "base_size"
        }
    }

    /// Reads the arguments of all of them.
    public init(_ jobs: [StoredJob]) {
        count = jobs.count
        kinds = Self.counts(jobs.map(\.envelope.kind.description))
        queues = Self.counts(jobs.map(\.queue))
        var (products, sizes): ([String], [String: (units: Double, jobs: Int)]) = ([], [:])
        let decoder = JSONDecoder()
        for job in jobs {
            guard let arguments = try? decoder.decode(Arguments.self, from: Data(job.envelope.payload)),
                let product = arguments.product ?? arguments.pair ?? arguments.productID
            else { continue }
            products.append(product)
            guard let size = arguments.baseSize.flatMap({ Double($0) }), size.isFinite else { continue }
            let known = sizes[product] ?? (0, 0)
            sizes[product] = (known.units + size, known.jobs + 1)
        }
        self.products = Self.counts(products)
        self.sizes = sizes
    }

    private static func counts<Name: Hashable & Comparable>(_ names: [Name]) -> [(name: Name, count: Int)] {
        Dictionary(grouping: names, by: { $0 }).map { ($0.key, $0.value.count) }
            .sorted { ($1.count, $0.name) < ($0.count, $1.name) }
    }

    /// Products of which an order's size is known.
    public var productsWithSizes: [String] { sizes.keys.sorted() }

    /// One line for each thing that is known of them.
    /// - Parameters:
    ///   - prices: quote currency for a base unit, of the products of which it is known.
    public func lines(prices: [String: Double] = [:]) -> [String] {
        var lines = ["kinds: \(Self.text(kinds.map { ($0.name, $0.count) }))"]
        if queues.count > 1 { lines.append("queues: \(Self.text(queues.map { ($0.name.description, $0.count) }))") }
        if !products.isEmpty { lines.append("products: \(Self.text(products))") }
        for (product, size) in sizes.sorted(by: { $0.key < $1.key }).prefix(Self.shown) {
            let value = prices[product].map { ", about \(Shown.rate($0 * size.units)) at the last quote" } ?? ""
            lines.append("orders of \(product): \(size.units) in \(size.jobs) jobs\(value)")
        }
        return lines
    }

    /// The tokens that the jobs take when they run.
    public func tokens(_ rules: [QueueRules], _ limits: [TokenBucket]) -> [String] {
        var needed: [String: Int] = [:]
        for (queue, count) in queues {
            for use in rules.first(where: { $0.name == queue })?.limits ?? [] {
                needed[use.name, default: 0] += use.cost * count
            }
        }
        return needed.sorted { $0.key < $1.key }.map { name, tokens in
            let rate = limits.first { $0.name == name }?.ratePerSecond ?? 0
            let time = rate > 0 ? ", \(Shown.age(milliseconds: Int64(Double(tokens) / rate * 1_000))) of its rate" : ""
            return "limit \(name): \(tokens) tokens\(time)"
        }
    }

    private static let shown = 5

    private static func text(_ counts: [(name: String, count: Int)]) -> String {
        let more = counts.count > shown ? ", and \(counts.count - shown) others" : ""
        return counts.prefix(shown).map { "\(PlainText.line($0.name, limit: 60)) \($0.count)" }.joined(separator: ", ")
            + more
    }
}
