import Foundation
import Trading

/// A market file as it is spelled.
struct MarketFileText: Decodable {
    struct Price: Decodable {
        var price: Double
        var volume_24h: Double?
    }

    struct Balance: Decodable {
        var currency: String
        var total_crypto: Double?
        var available_crypto: Double?
    }

    var ticker: [String: Price]
    var balances: [Balance]?
    var candle_columns: [String]?
    var candles: [String: [String: [[Double?]]]]?
    var products: [Product]?

    func file(_ path: String, _ products: [Product]) throws(ExchangeError) -> MarketFile {
        var tickers: [ProductID: MarketFile.Ticker] = [:]
        for (name, ticker) in ticker {
            let product = try Self.product(name, path)
            tickers[product] = MarketFile.Ticker(
                price: try Self.amount(ticker.price, "the price of \(name)", path), volume: ticker.volume_24h ?? 0)
        }
        var accounts: [Account] = []
        for balance in balances ?? [] {
            let available = balance.available_crypto ?? balance.total_crypto ?? 0
            let free = try Self.amount(available, "the balance of \(balance.currency)", path)
            let total = try Self.amount(balance.total_crypto ?? available, "the balance of \(balance.currency)", path)
            let hold = total - free
            accounts.append(
                Account(currency: balance.currency, available: free, hold: hold.isPositive ? hold : .zero))
        }
        return MarketFile(
            tickers: tickers, accounts: accounts, candles: try series(path), products: products)
    }

    private func series(_ path: String) throws(ExchangeError) -> [ProductID: [Granularity: [Candle]]] {
        let names = candle_columns ?? ["start", "open", "high", "low", "close", "volume"]
        let columns = ["open", "high", "low", "close", "volume"].compactMap(names.firstIndex(of:))
        guard columns.count == 5 else {
            throw .marketFile(path: path, line: nil, reason: "candle_columns lacks open, high, low, close or volume")
        }
        var series: [ProductID: [Granularity: [Candle]]] = [:]
        for (name, granularities) in candles ?? [:] {
            let product = try Self.product(name, path)
            for (seconds, rows) in granularities {
                guard let granularity = Int(seconds).flatMap(Granularity.init(rawValue:)) else {
                    throw .marketFile(path: path, line: nil, reason: "\(name) has candles of '\(seconds)' seconds")
                }
                series[product, default: [:]][granularity] = try rows.enumerated().map { row throws(ExchangeError) in
                    let cells = columns.map { $0 < row.element.count ? row.element[$0] : nil }
                    let numbers = cells.compactMap { $0 }
                    guard numbers.count == 5, numbers.allSatisfy(\.isFinite) else {
                        throw .marketFile(
                            path: path, line: nil,
                            reason: "candle \(row.offset) of \(name) at \(seconds) s is no candle")
                    }
                    return Candle(
                        start: 0, open: numbers[0], high: numbers[1], low: numbers[2], close: numbers[3],
                        volume: numbers[4])
                }
            }
        }
        return series
    }

    private static func product(_ name: String, _ path: String) throws(ExchangeError) -> ProductID {
        guard let product = ProductID(rawValue: name) else {
            throw .marketFile(path: path, line: nil, reason: "'\(name.prefix(40))' is no product")
        }
        return product
    }

    private static func amount(_ number: Double, _ what: String, _ path: String) throws(ExchangeError) -> Amount {
        guard number >= 0, let amount = try? Amount(approximating: number, scale: Amount.maximumScale) else {
            throw .marketFile(path: path, line: nil, reason: "\(what) is \(number)")
        }
        return amount
    }
}

/// A list of products: `{"products": [...]}`, or that in the member `body` of a recording.
struct ProductListText: Decodable {
    let products: [Product]

    private enum CodingKeys: String, CodingKey { case products, body }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        if fields.contains(.body) {
            let body = try fields.nestedContainer(keyedBy: CodingKeys.self, forKey: .body)
            products = try body.decode([Product].self, forKey: .products)
        } else {
            products = try fields.decode([Product].self, forKey: .products)
        }
    }
}
