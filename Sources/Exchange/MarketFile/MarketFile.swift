import Foundation
public import Trading

/// A market at one moment, as a file holds it: prices, balances and candles without times. A snapshot of another
/// system, loaded to be compared with.
///
///     { "ticker":   { "BTC-USD": { "price": 1.5, "volume_24h": 2 } },
///       "balances": [ { "currency": "BTC", "total_crypto": 1.5, "available_crypto": 1.25 } ],
///       "candle_columns": [ "start", "open", "high", "low", "close", "volume" ],
///       "candles":  { "BTC-USD": { "3600": [ [ ... ] ], "300": [ ... ], "86400": [ ... ] } },
///       "products": [ Coinbase's fields; may be missing ] }
///
/// Candles are oldest first. Their times do not count: the newest is the last full slot before the file is loaded.
public struct MarketFile: Sendable, Equatable {
    /// One price.
    public struct Ticker: Sendable, Equatable {
        /// Last price, in quote currency.
        public let price: Amount
        /// Traded within 24 h, in base currency.
        public let volume: Double
    }

    /// By product.
    public let tickers: [ProductID: Ticker]
    /// In the file's order.
    public let accounts: [Account]
    /// Prices and volumes without times: every `start` is 0.
    public let candles: [ProductID: [Granularity: [Candle]]]
    /// The products that the file describes; those that it only prices are not among them.
    public let products: [Product]

    /// Checks nothing.
    public init(
        tickers: [ProductID: Ticker], accounts: [Account], candles: [ProductID: [Granularity: [Candle]]],
        products: [Product]
    ) {
        self.tickers = tickers
        self.accounts = accounts
        self.candles = candles
        self.products = products
    }

    /// Reads a file.
    /// - Parameter products: of a list of products, which counts instead of the file's own: Coinbase's answer, or that
    ///   of `/api/v1/market/products`, with or without the envelope of a recording.
    /// - Throws: `marketFile` with the place of what cannot be read.
    public static func read(path: String, products: String? = nil) throws(ExchangeError) -> MarketFile {
        let text: MarketFileText = try decoded(path)
        guard let products else { return try text.file(path, text.products ?? []) }
        let list: ProductListText = try decoded(products)
        return try text.file(path, list.products)
    }

    private static func decoded<Value: Decodable>(_ path: String) throws(ExchangeError) -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: try Data(contentsOf: URL(filePath: path)))
        } catch let error as DecodingError {
            throw .marketFile(path: path, line: nil, reason: place(error))
        } catch {
            throw .marketFile(path: path, line: nil, reason: error.localizedDescription)
        }
    }

    private static func place(_ error: DecodingError) -> String {
        let (context, missing): (DecodingError.Context, String) =
            switch error {
            case .keyNotFound(let key, let context): (context, "'\(key.stringValue)' is missing")
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
                (context, context.debugDescription)
            @unknown default: (DecodingError.Context(codingPath: [], debugDescription: ""), "\(error)")
            }
        let path = context.codingPath.map { $0.intValue.map { "\($0)" } ?? $0.stringValue }.joined(separator: ".")
        return path.isEmpty ? missing : "at \(path): \(missing)"
    }
}
