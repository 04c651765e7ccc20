public import Exchange
public import JobQueue
public import Trading

/// The sales that turn an account into cash: one order for each product that is held. Places no orders.
public struct FlattenPlan: Sendable {
    /// One order to be placed.
    public struct Sale: Sendable, Equatable {
        public let product: ProductID
        /// All that is free of it, in base units; the order is cut to the product's step.
        public let baseSize: Amount
    }

    /// By product.
    public let sales: [Sale]
    /// Currencies that are held and that no listed product sells for dollars.
    public let unsellable: [String]

    /// Reads the account: one request.
    /// - Parameters:
    ///   - product: of which alone everything is sold; nil for all.
    ///   - beforeRequest: takes a token before the request.
    /// - Throws: `ExchangeError`; the error of reading the cache.
    public init(
        _ dependencies: JobDependencies, product: ProductID?, beforeRequest: @escaping BeforeRequest
    ) async throws {
        let accounts = try await dependencies.makeExchange(beforeRequest).accounts()
        let listing = try await dependencies.cache.products()?.products
        let listed = listing.map { Set($0.map(\.id)) }
        var (sales, unsellable): ([Sale], [String]) = ([], [])
        for account in accounts where account.available.isPositive {
            guard account.currency != AccountReading.cash, !AccountReading.dollars.contains(account.currency) else {
                continue
            }
            let id = AccountReading.product(account.currency)
            guard product == nil || id == product else { continue }
            if let id, listed?.contains(id) ?? true {
                sales.append(Sale(product: id, baseSize: account.available))
            } else {
                unsellable.append(account.currency)
            }
        }
        self.sales = sales.sorted { $0.product < $1.product }
        self.unsellable = unsellable.sorted()
    }

    /// The job that places one of the sales.
    /// - Parameters:
    ///   - flatten: the id from which that of the job is derived: the same sale of the same flatten is one job.
    ///   - attempt: from 1; a later one for a sale whose job has ended and has not sold all.
    public static func job(_ sale: Sale, of flatten: String, attempt: Int) throws -> NewJob {
        let payload = ExecutionJob.Payload(
            product: sale.product, side: .sell, baseSize: sale.baseSize, reason: "flatten")
        var job = NewJob(
            id: try JobID("\(flatten):\(sale.product):\(sale.baseSize)" + (attempt == 1 ? "" : ":\(attempt)")),
            kind: KindDefinition.execution.kind, queue: KindDefinition.execution.queue,
            payload: try JobPayload(json: try CompactJSON.text(payload)))
        job.priority = 5
        job.freshForMilliseconds = OrderPlanner.decisionAgeMilliseconds
        job.options.concurrencyKey = sale.product.rawValue
        return job
    }
}
