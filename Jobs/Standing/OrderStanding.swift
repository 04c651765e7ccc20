public import Foundation
public import JobQueue
public import Ledger
import Trading

/// How far an order has come, and what it waits for, in words. Pure, of the ledger's record.
public struct OrderStanding: Sendable {
    /// A word that stays the same for the same cause, such as `order-unknown`.
    public let cause: String
    /// Without its full stop.
    public let sentence: String
    /// What it rests on, each with its place and time.
    public let facts: [(text: String, source: String, at: Date?)]
    /// What a person can do; nil when it passes by itself.
    public let remedy: String?
    /// The job that places or settles it, while that is not over; nil for an order whose fate is known.
    public let job: JobID?

    /// - Parameter record: as the ledger has it now.
    public init(_ record: IntentRecord, now: Date) {
        let intent = record.intent
        let limit = intent.limitPrice.map { " at \($0)" } ?? ""
        let size = "\(intent.side.rawValue) \(intent.baseSize) \(intent.product)\(limit)"
        let what = "order \(intent.clientOrderID), \(size),"
        let age = BotFacts.text(max(0, now.timeIntervalSince(record.updatedAt ?? intent.createdAt)))
        let why = record.reason.map { ": \($0)" } ?? ""
        let reconcile =
            "Reconciliation asks the exchange; at once with: flotilla enqueue \(KindDefinition.execution.name) "
            + "--args '{\"reconcile\": true}'"
        (cause, sentence, remedy) =
            switch record.state {
            case .intent: ("order-unsent", "\(what) was written down \(age) ago and never sent", nil)
            case .sent: ("order-sent", "\(what) was sent \(age) ago, and no answer is recorded yet", reconcile)
            case .open: ("order-resting", "\(what) rests in the book of the exchange since \(age)", reconcile)
            case .unknown:
                ("order-unknown", "whether the exchange has \(what) is not known since \(age)\(why)", reconcile)
            case .filled: ("order-filled", "\(what) was filled \(age) ago", nil)
            case .cancelled: ("order-cancelled", "\(what) was cancelled \(age) ago\(why)", nil)
            case .expired: ("order-expired", "\(what) expired \(age) ago\(why)", nil)
            case .failed: ("order-failed", "\(what) was refused or given up \(age) ago\(why)", nil)
            }
        let bot = record.botID.map { ", of bot \($0)" } ?? ""
        var facts: [(text: String, source: String, at: Date?)] = [
            ("state \(record.state.rawValue)\(bot), job \(intent.jobID)", "ledger", record.updatedAt),
            ("decided and written down", "ledger", intent.createdAt),
        ]
        if let id = record.orderID { facts.append(("the exchange calls it \(id)", "ledger", nil)) }
        self.facts = facts
        let isUnderWay = record.state == .intent || record.state == .sent || record.state == .unknown
        job = isUnderWay ? try? JobID(intent.jobID) : nil
    }
}
