import Documents
import Exchange
import Ledger
import Trading

extension Endpoint {
    /// Prices, balances and products, as jobs have left them in the cache.
    static func market(_ dependencies: DashboardDependencies) -> [Endpoint] {
        let reading = MarketReading(dependencies)
        return [
            Endpoint(.get, "/api/v1/market/accounts", "The account's balances, without those that are zero.") { _ in
                .document(
                    try await reading.accounts().accounts.map {
                        AccountBalanceDocument(
                            currency: $0.currency, available: $0.available.doubleValue, hold: $0.hold.doubleValue)
                    })
            },
            Endpoint(
                .get, "/api/v1/market/ticker/{product_id}", "The price of a product.", [.path("product_id", .text)]
            ) { call in
                .document(try await reading.ticker(call.text("product_id") ?? ""))
            },
            Endpoint(.get, "/api/v1/market/products", "Every product of the exchange.") { _ in
                .document(ListedProductsDocument(try await reading.products().map { ListedProductDocument($0) }))
            },
            Endpoint(.get, "/api/v1/market/portfolio/live", "What the account is worth.") { _ in
                .document(try await reading.portfolio())
            },
            Endpoint(.get, "/api/v1/market/system/status", "Whether market data is there and new.") { _ in
                .document(await reading.status())
            },
        ] + history(dependencies)
    }

    /// Kept candles, and the job that fetches them.
    private static func history(_ dependencies: DashboardDependencies) -> [Endpoint] {
        [
            Endpoint(
                .get, "/api/v1/market/candles/{product_id}", "Candles that the ledger keeps, oldest first.",
                [
                    .path("product_id", .text), .query("timeframe", .text, standard: "1h"),
                    .query("limit", .integer, standard: "100"),
                ]
            ) { call in
                let (product, timeframe) = (call.text("product_id") ?? "", call.text("timeframe") ?? "")
                let limit = min(max(0, call.integer("limit")), mostCandles)
                let candles = try await dependencies.ledger.candles(of: product, timeframe: timeframe, limit: limit)
                return .document(candles.map { RecordedCandleDocument($0, of: product, timeframe: timeframe) })
            },
            Endpoint(
                .post, "/api/v1/market/fetch-data/{product_id}", "Starts a job that fetches a product's candles.",
                [.path("product_id", .text), .query("timeframe", .text, standard: "1h")]
            ) { call in
                let (name, timeframe) = (call.text("product_id") ?? "", call.text("timeframe") ?? "")
                guard let product = ProductID(rawValue: name) else {
                    throw DashboardError.notFound("Product \(name) not found")
                }
                guard MarketJobs.timeframes.contains(timeframe) else {
                    throw DashboardError.badRequest(
                        "There is no timeframe '\(timeframe)'. Use one of: "
                            + MarketJobs.timeframes.joined(separator: ", ") + ".")
                }
                let job = try await MarketJobs(dependencies).fetch(product, timeframe: timeframe)
                return .document(
                    MarketTaskDocument(message: "Market data fetch initiated for \(product)", taskID: job))
            },
        ]
    }

    /// More than a page shows.
    private static var mostCandles: Int { 1_000 }
}
