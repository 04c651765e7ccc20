public import Foundation
public import Trading

/// Which order is about to be placed: the key to everything that may speak against it.
public struct PlacementQuestion: Sendable, Equatable {
    /// The execution; its own intent does not speak against it.
    public var jobID: String
    /// The bot whose order it will be; `nil` for none.
    public var botID: Int?
    /// The product that is to be ordered.
    public var product: ProductID
    /// When it was decided.
    public var decidedAt: Date
    /// The rebalance that planned it.
    public var rebalanceID: String?

    /// - Parameter rebalanceID: `nil` for an order that no rebalance planned.
    public init(jobID: String, botID: Int?, product: ProductID, decidedAt: Date, rebalanceID: String? = nil) {
        self.jobID = jobID
        self.botID = botID
        self.product = product
        self.decidedAt = decidedAt
        self.rebalanceID = rebalanceID
    }
}

/// What the ledger knows at one moment that may speak against an order.
public struct PlacementRecord: Sendable, Equatable {
    /// `nil` when there is no bot of this id, or none was asked for.
    public let bot: BotRecord?
    /// Cooldown, price step and open orders of the bot; its confirmation is not asked for.
    public let gate: ActionGate.Record
    /// The action of the bot's newest evaluation; `nil` without any.
    public let newestAction: Action?
    /// An order of the bot began or was filled at or after the decision, by another job: the decision is spent.
    public let isSpent: Bool
    /// All orders, of whatever bot, whose fate is not known yet.
    public let undecided: [IntentRecord]
    /// Rises whenever an order's fate becomes known. Balances that were read before it rose may lack what the order
    /// moved, and the order is not among `undecided` any more.
    public let settledOrders: Int
    /// Whether the rebalance that planned the order is still the open one.
    public let isRebalanceOpen: Bool
    /// The sizes of all running bots of the product, added up; `nil` when no bot runs there.
    public let runningSize: Amount?
}

/// A say in whether an order begins.
public struct PlacementCheck: Sendable {
    /// Decides what is read for `objection`.
    public let question: PlacementQuestion
    /// Pure; runs inside the transaction. Why the order must not begin; `nil` when it may.
    public let objection: @Sendable (PlacementRecord) -> String?

    /// - Parameter objection: pure and quick; it runs while the ledger is locked for writing.
    public init(question: PlacementQuestion, objection: @escaping @Sendable (PlacementRecord) -> String?) {
        self.question = question
        self.objection = objection
    }
}
