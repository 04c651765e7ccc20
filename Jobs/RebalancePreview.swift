public import Exchange
import Foundation
import JobQueue
import Ledger
import Trading
import Worker

/// Plans a rebalance without a job, for an operator to check before agreeing. Places no orders.
public struct RebalancePreview: Sendable {
    private let dependencies: JobDependencies
    private let exchange: any ExchangeClient

    /// - Parameter beforeRequest: takes a token before each request to the exchange.
    public init(_ dependencies: JobDependencies, beforeRequest: @escaping BeforeRequest) {
        self.dependencies = dependencies
        exchange = dependencies.makeExchange(beforeRequest)
    }

    /// Whether a job with these arguments rebalances the portfolio, and not the weights of signals.
    public static func concerns(_ arguments: String) -> Bool {
        [nil, RebalanceJob.Payload.What.portfolio.rawValue].contains(LoadArguments(arguments).what)
    }

    /// - Parameter arguments: the arguments of the job, JSON.
    /// - Throws: `JobStop.refuse` for arguments that the job would refuse; `ExchangeError`; `LedgerError`.
    public func report(arguments: String) async throws -> RebalanceReport {
        let payload: RebalanceJob.Payload
        do {
            payload = try JSONDecoder().decode(RebalanceJob.Payload.self, from: Data(arguments.utf8))
        } catch {
            throw JobStop.refuse(type: "bad-arguments", message: "The arguments are not those of a rebalance: \(error)")
        }
        guard Self.concerns(arguments) else {
            throw JobStop.refuse(
                type: "bad-arguments",
                message: "what is '\(payload.what?.rawValue ?? "")'. Leave it out for a preview.")
        }
        guard dependencies.switches.usesCache else {
            throw JobStop.refuse(
                type: TradingSwitches.cacheDisabled, message: "CACHE_ENABLED is false: nothing is priced.")
        }
        let terms = try payload.terms(try await dependencies.ledger.consent(.rebalance))
        let planner = RebalancePlanner(dependencies: dependencies, exchange: exchange, terms: terms)
        let proposal = try await planner.propose()
        var report = proposal.report
        report.orders = (proposal.plan?.orders ?? []).map { RebalanceReport.Order($0) }
        return report
    }
}
