/// What `market load` has loaded.
public struct MarketLoadDocument: Encodable, Sendable {
    let file: String
    let products, quotes, series, accounts: Int
    let seconds: Int

    /// - Parameters:
    ///   - series: of candles.
    ///   - seconds: how long it lasts.
    public init(file: String, products: Int, quotes: Int, series: Int, accounts: Int, seconds: Int) {
        self.file = file
        self.products = products
        self.quotes = quotes
        self.series = series
        self.accounts = accounts
        self.seconds = seconds
    }
}
