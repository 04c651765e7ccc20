import Exchange
import Foundation
import JobQueue
import Ledger
import Logging
import Trading
import Worker

/// Settles open and unknown orders by asking the exchange. Places no orders; it only copies the exchange's state, so it
/// may run beside any other job.
struct Reconciliation: Sendable {
    let dependencies: JobDependencies
    let exchange: any ExchangeClient

    /// How many orders one run asks about: the next run asks about the rest.
    private static let limit = 100

    private struct Tally {
        var settled = 0
        var open = 0
        /// The error of the first order that could not be settled.
        var failure: (any Error)?
    }

    func run(_ context: JobContext) async throws -> JobOutput {
        var tally = Tally()
        for record in try await dependencies.ledger.unsettledIntents().prefix(Self.limit) {
            try await count(in: &tally) { try await settle(record, context) }
        }
        let known = Set(try await dependencies.ledger.unsettledIntents().compactMap(\.orderID))
        for trade in try await dependencies.ledger.pendingTrades().prefix(Self.limit) {
            guard let orderID = trade.orderID, !known.contains(orderID) else { continue }
            try await count(in: &tally) { try await record(orderID, context) }
        }
        if let failure = tally.failure { throw failure }
        return JobOutput(result: ResultText.of(["settled": "\(tally.settled)", "open": "\(tally.open)"]))
    }

    /// Settles one order. An error of this order alone is thrown at the end, after the other orders.
    private func count(in tally: inout Tally, _ settle: () async throws -> Bool) async throws {
        try Task.checkCancellation()
        do {
            if try await settle() { tally.settled += 1 } else { tally.open += 1 }
        } catch where Self.concernsOneOrder(error) {
            tally.failure = tally.failure ?? error
        }
    }

    private static func concernsOneOrder(_ error: any Error) -> Bool {
        switch error {
        case is JobStop, ExchangeError.notFound, ExchangeError.unreadable: true
        case LedgerError.intentDiffers, LedgerError.illegalMove, LedgerError.unreadable: true
        default: false
        }
    }

    /// - Returns: whether the order has ended now.
    private func settle(_ record: IntentRecord, _ context: JobContext) async throws -> Bool {
        if let orderID = record.orderID { return try await self.record(orderID, context) }
        let search = OrderSearch(exchange: exchange)
        guard let found = try await search.order(of: record) else {
            return try await closeIfAbandoned(record, context)
        }
        try search.compare(found, with: record)
        return try await self.record(found.orderID, context)
    }

    /// Leaves an order that the exchange does not list to its job while that is unfinished, since the job may be about
    /// to send it. When the job has finished and ten minutes have passed, the order was never placed, and the bot may
    /// trade again.
    private func closeIfAbandoned(_ record: IntentRecord, _ context: JobContext) async throws -> Bool {
        let intent = record.intent
        let age = dependencies.now().timeIntervalSince(record.updatedAt ?? intent.createdAt)
        let job = try await QueueInspector(broker: dependencies.broker).job(try JobID(intent.jobID))
        guard age > Self.abandonedSeconds, job?.state.isFinal ?? true else {
            context.logger.info("the exchange does not list order \(intent.clientOrderID), \(record.state.rawValue)")
            return false
        }
        try await dependencies.ledger.markIntent(
            intent.clientOrderID, state: .failed, reason: "its job is over and the exchange never listed it",
            fence: nil)
        return true
    }

    private static let abandonedSeconds: TimeInterval = 600

    private func record(_ orderID: String, _ context: JobContext) async throws -> Bool {
        guard let order = try await order(orderID, context) else { return false }
        let fills = try await exchange.fills(orderID: orderID)
        let filled = try await dependencies.ledger.recordFills(
            fills.map(\.report), of: order.report, jobID: context.id.description, fence: nil)
        await StatusAnnouncement(dependencies: dependencies, context: context).tell(order, filled)
        return order.status.isTerminal
    }

    /// Nil when the exchange does not know the order.
    private func order(_ id: String, _ context: JobContext) async throws -> ExchangeOrder? {
        do {
            return try await exchange.order(id)
        } catch ExchangeError.notFound {
            context.logger.error("the exchange does not know order \(id), which the ledger holds as open")
            return nil
        }
    }
}
