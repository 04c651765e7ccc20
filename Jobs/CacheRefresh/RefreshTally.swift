import Exchange
import JobQueue
import Logging
import Trading
import Worker

/// The result of one refresh, product by product: an error of one product does not fail the others.
struct RefreshTally: Sendable {
    private(set) var stored = 0
    /// Why a product was not refreshed.
    private(set) var faults: [ProductID: ExchangeError] = [:]

    /// Whether the exchange has answered any request, if only that it does not know a product.
    var isAnswered: Bool { stored > 0 || faults.values.contains { !$0.isTransient } }

    mutating func count(_ products: Int) { stored += products }
    mutating func fail(_ product: ProductID, _ error: ExchangeError) { faults[product] = error }

    /// - Parameter what: names the count in the result.
    /// - Throws: when no product could be refreshed and at least one of them is known to the exchange: the job is then
    ///   retried.
    func output(_ what: String, _ context: JobContext) throws(ExchangeError) -> JobOutput {
        let failed = faults.sorted { $0.key < $1.key }
        if stored == 0, let first = failed.first(where: { !$0.value.isNotFound }) { throw first.value }
        guard !failed.isEmpty else { return JobOutput(result: ResultText.of([what: "\(stored)"])) }
        let shown = failed.prefix(5).map { "\($0.key): \($0.value)" }.joined(separator: " ")
        let rest = failed.count > 5 ? " And \(failed.count - 5) more." : ""
        context.logger.warning("\(failed.count) products were not refreshed. \(shown)\(rest)")
        return JobOutput(
            result: ResultText.of([what: "\(stored)", "failed": "\(failed.count)", "reason": shown + rest]))
    }
}

extension ExchangeError {
    var isNotFound: Bool { if case .notFound = self { true } else { false } }

    /// Whether the error may concern one product only, so that others may still be refreshed.
    var mayConcernOneProduct: Bool {
        switch self {
        case .notFound, .unreadable, .invalid, .refused, .marketFile, .unavailable: true
        case .rateLimited, .unauthorized, .outcomeUnknown: false
        }
    }
}
