import Exchange
import Foundation
import JobQueue
import Ledger
import Logging
import Trading
import Worker

/// Settles open and unknown orders by asking the exchange. Places no orders, so it may run beside any other job: it
/// copies the exchange's state, and cancels resting orders that a halt covers.
///
/// It tells the gate of orders whether it came back clean: that releases the hold after an unclean stop, and lets an
/// operator resume orders after a halt.
struct Reconciliation: Sendable {
    let dependencies: JobDependencies
    let exchange: any ExchangeClient

    /// How many orders one run asks about: the next run asks about the rest.
    private static let limit = 100

    /// The state in which an order was found.
    private enum Fate {
        case settled
        /// The exchange has it, and it may still fill.
        case open(ExchangeOrder)
        /// The exchange does not list it. Whether its job is not over, and asks again before it sends it.
        case unlisted(isAwaited: Bool)
        /// The exchange does not know it under the id that it gave itself.
        case unknown
    }

    func run(_ context: JobContext) async throws -> JobOutput {
        let store = OrderGateStore(broker: dependencies.broker)
        // Before anything is asked: a halt or a hold that begins later wants another reconciliation.
        let gate = try await store.read()
        let began = try await context.now()
        var tally = Tally()
        let intents = try await dependencies.ledger.unsettledIntents()
        tally.left = max(0, intents.count - Self.limit)
        for record in intents.prefix(Self.limit) {
            let id = record.intent.clientOrderID
            try await count(id, in: &tally, isOurs: true) { try await settle(record, context) }
        }
        let known = Set(try await dependencies.ledger.unsettledIntents().compactMap(\.orderID))
        for trade in try await dependencies.ledger.pendingTrades().prefix(Self.limit) {
            guard let orderID = trade.orderID, !known.contains(orderID) else { continue }
            try await count(orderID, in: &tally, isOurs: false) { try await record(orderID, context) }
        }
        try await cancelResting(under: gate, &tally, context)
        let problem = tally.problem(isHalted: !gate.halts.isEmpty)
        if try await store.noteReconciliation(under: gate, began: began, problem: problem) {
            context.logger.notice("the orders are reconciled: the hold after an unclean stop is released")
        }
        if let failure = tally.failure { throw failure }
        return JobOutput(result: tally.result)
    }

    /// Cancels the resting orders that a halt covers, and records their end. A run that dies in between is followed by
    /// another, which finds the same orders.
    private func cancelResting(
        under gate: OrderGate, _ tally: inout Tally, _ context: JobContext
    ) async throws {
        let covered = tally.resting.filter { gate.halt(ofBuy: $0.side == .buy) != nil }
        tally.resting = []
        for start in stride(from: 0, to: covered.count, by: Self.limit) {
            let batch = covered[start..<min(start + Self.limit, covered.count)]
            // A worker that lost the job must not cancel after the halt has ended.
            try await context.checkLease()
            _ = try await exchange.cancel(batch.map(\.orderID))
            for order in batch {
                context.logger.notice("cancelled \(order.side.rawValue) \(order.orderID): orders are halted")
                tally.open -= 1
                try await count(order.orderID, in: &tally, isOurs: true) { try await record(order.orderID, context) }
            }
        }
    }

    /// Settles one order. An error of this order alone is thrown at the end, after the other orders.
    /// - Parameter isOurs: false for an order of the past, which another program may have placed elsewhere.
    private func count(
        _ id: String, in tally: inout Tally, isOurs: Bool, _ settle: () async throws -> Fate
    ) async throws {
        try Task.checkCancellation()
        do {
            switch try await settle() {
            case .settled: tally.settled += 1
            case .open(let order):
                tally.open += 1
                tally.resting.append(order)
            case .unlisted(let isAwaited):
                tally.open += 1
                if isAwaited { tally.awaited.append(id) } else { tally.unexplained.append(id) }
            case .unknown:
                tally.open += 1
                if isOurs { tally.unexplained.append(id) }
            }
        } catch  where Self.concernsOneOrder(error) {
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

    private func settle(_ record: IntentRecord, _ context: JobContext) async throws -> Fate {
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
    private func closeIfAbandoned(_ record: IntentRecord, _ context: JobContext) async throws -> Fate {
        let intent = record.intent
        let age = dependencies.now().timeIntervalSince(record.updatedAt ?? intent.createdAt)
        let job = try await QueueInspector(broker: dependencies.broker).job(try JobID(intent.jobID))
        let isOver = job?.state.isFinal ?? true
        guard age > Self.abandonedSeconds, isOver else {
            context.logger.info("the exchange does not list order \(intent.clientOrderID), \(record.state.rawValue)")
            return .unlisted(isAwaited: !isOver)
        }
        try await dependencies.ledger.markIntent(
            intent.clientOrderID, state: .failed, reason: "its job is over and the exchange never listed it",
            fence: nil)
        return .settled
    }

    private static let abandonedSeconds: TimeInterval = 600

    private func record(_ orderID: String, _ context: JobContext) async throws -> Fate {
        guard let order = try await order(orderID, context) else { return .unknown }
        let fills = try await exchange.fills(orderID: orderID)
        let filled = try await dependencies.ledger.recordFills(
            fills.map(\.report), of: order.report, jobID: context.id.description, fence: nil)
        await StatusAnnouncement(dependencies: dependencies, context: context).tell(order, filled)
        return order.status.isTerminal ? .settled : .open(order)
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

/// What a reconciliation has found.
private struct Tally {
    var settled = 0
    var open = 0
    /// Orders that one run does not ask about.
    var left = 0
    /// Open orders at the exchange; after the cancellation those that a halt covers and that rest still.
    var resting: [ExchangeOrder] = []
    /// Orders that the exchange does not list and whose jobs are not over.
    var awaited: [String] = []
    /// Orders that the exchange does not list or know, and that no job asks about any more.
    var unexplained: [String] = []
    /// The error of the first order that could not be settled.
    var failure: (any Error)?

    var result: String { ResultText.of(["settled": "\(settled)", "open": "\(open)"]) }

    /// Why the orders are not reconciled, one line without a full stop; nil when they are.
    /// - Parameter isHalted: an order that is still to be sent keeps a halt from being ended. It does not keep a hold:
    ///   its job asks the exchange before it sends the order.
    func problem(isHalted: Bool) -> String? {
        var problems: [String] = []
        if let failure { problems.append("an order could not be settled: \(failure)") }
        if left > 0 { problems.append("\(left) orders are not asked about yet") }
        let unlisted = unexplained + (isHalted ? awaited : [])
        if !unlisted.isEmpty { problems.append("the fate of \(Self.list(unlisted)) is not known") }
        if !resting.isEmpty { problems.append("\(Self.list(resting.map(\.orderID))) is not cancelled yet") }
        return problems.isEmpty ? nil : problems.joined(separator: "; ")
    }

    private static func list(_ ids: [String]) -> String {
        let shown = ids.prefix(3).joined(separator: ", ")
        return ids.count == 1 ? "order \(shown)" : "\(ids.count) orders (\(shown)\(ids.count > 3 ? ", …" : ""))"
    }
}
