import Exchange
import JobQueue
import Logging
import Trading
import Worker

/// What one refresh came to, product by product: the fault of one is not the others'.
struct RefreshTally: Sendable {
    private(set) var stored = 0
    /// Why a product was not refreshed.
    private(set) var faults: [ProductID: ExchangeError] = [:]

    /// Whether the exchange has answered anything, if only that it does not know a product.
    var isAnswered: Bool { stored > 0 || faults.values.contains { !$0.isTransient } }

    mutating func count(_ products: Int) { stored += products }
    mutating func fail(_ product: ProductID, _ error: ExchangeError) { faults[product] = error }

    /// - Parameter what: names the count in the result.
    /// - Throws: when nothing at all could be refreshed: that is the exchange's fault, and tried again. Products that
    ///   it does not know are an answer.
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

    /// Whether another product may be refreshed all the same.
    var mayConcernOneProduct: Bool {
        switch self {
        case .notFound, .unreadable, .invalid, .refused, .marketFile, .unavailable: true
        case .rateLimited, .unauthorized, .outcomeUnknown: false
        }
    }
}
