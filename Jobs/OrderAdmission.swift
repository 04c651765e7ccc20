import Exchange
import Foundation
import Ledger
import Trading

/// Why an order is not placed although it was decided; the job's result holds the raw value. `ActionGate` and
/// `ExposureCaps` have further codes.
enum OrderObjection: String, Sendable, CaseIterable {
    /// The bot was deleted.
    case noSuchBot = "NO_SUCH_BOT"
    /// The id belongs to another bot by now, or this one's row was put back from an older copy.
    case anotherBot = "ANOTHER_BOT"
    case botNotRunning = "BOT_NOT_RUNNING"
    /// A setting of the bot is no usable number; its next evaluation puts the bot into ERROR with the setting's name.
    case botUnusable = "BOT_UNUSABLE"
    /// The bot trades another product by now.
    case otherProduct = "OTHER_PRODUCT"
    /// The signals that decided were changed.
    case botEdited = "BOT_EDITED"
    case openOrder = "OPEN_ORDER"
    /// The bot has ordered since it decided.
    case decisionSpent = "DECISION_SPENT"
    /// The bot has made another decision since.
    case decisionWithdrawn = "DECISION_WITHDRAWN"
    case staleDecision = "STALE_DECISION"
    /// Its rebalance is not, or never was, the open one.
    case rebalanceOver = "REBALANCE_OVER"
    /// The holding is close enough to its target by now.
    case notWanted = "NOT_WANTED_ANY_MORE"
    /// The order would bring the product above the sizes of its bots.
    case botSize = "BOT_SIZE_CAP"
    /// The product is not priced in US dollars, so no cap can be checked.
    case notInDollars = "NOT_IN_USD"
    /// The exchange does not list the product.
    case notListed = "NOT_LISTED"
    /// The order was written by an earlier run, and is larger than an order planned now.
    case tooLarge = "TOO_LARGE_BY_NOW"
    /// An operator had halted orders like this one when it was about to be sent.
    case halted = "HALTED"
    /// Orders were halted, and the decision is from before they were resumed.
    case decidedBeforeResume = "DECIDED_BEFORE_RESUME"
    /// Balances or quote are older than the ledger's orders: plan the order again.
    case outdated = "OUTDATED"
}

/// Checks whether the conditions of an order's decision still hold when it is about to be placed. Pure: a function of
/// the ledger's data at that moment.
struct OrderAdmission: Sendable {
    let origin: OrderOrigin
    let side: Side
    let product: ProductID
    /// The bot that the payload names; `nil` for an order without a bot.
    let botID: Int?
    let identity: BotIdentity?
    let decidedAt: Date
    let now: Date
    /// The numbers that the order was planned with; `nil` before.
    var terms: OrderTerms?

    func objection(to record: PlacementRecord) -> String? {
        byOrigin(record) ?? terms?.objection(to: record, side: side, product: product, origin: origin)
    }

    private func byOrigin(_ record: PlacementRecord) -> String? {
        if case .rebalance = origin, !record.isRebalanceOpen { return OrderObjection.rebalanceOver.rawValue }
        guard botID != nil else { return nil }
        guard let bot = record.bot else { return OrderObjection.noSuchBot.rawValue }
        if let objection = sameBot(bot) { return objection.rawValue }
        guard bot.status == .running else { return OrderObjection.botNotRunning.rawValue }
        guard bot.fault == nil else { return OrderObjection.botUnusable.rawValue }
        guard origin == .signal, let rules = bot.bot else {
            return record.gate.hasOpenOrder ? OrderObjection.openOrder.rawValue : nil
        }
        guard now.timeIntervalSince(decidedAt) <= Double(OrderPlanner.decisionAgeMilliseconds) / 1_000 else {
            return OrderObjection.staleDecision.rawValue
        }
        if let reason = ActionGate(rules).obstacle(at: terms?.mid, record: record.gate, now: now) {
            return reason.rawValue
        }
        if record.isSpent { return OrderObjection.decisionSpent.rawValue }
        guard let newest = record.newestAction, newest.side != side else { return nil }
        return OrderObjection.decisionWithdrawn.rawValue
    }

    private func sameBot(_ bot: BotRecord) -> OrderObjection? {
        if let identity {
            let present = BotIdentity(bot)
            guard identity.createdAt == present.createdAt else { return .anotherBot }
            // The decision was written to this row, unless the row is newer or was restored from a backup.
            if origin == .signal, bot.lastEvaluation.map({ $0 < decidedAt }) ?? true { return .anotherBot }
            guard bot.pair == product.rawValue else { return .otherProduct }
            return identity.signals == present.signals ? nil : .botEdited
        }
        if let created = bot.createdAt, created > decidedAt { return .anotherBot }
        return bot.pair == product.rawValue ? nil : .otherProduct
    }
}

/// The numbers that an order was planned with, and the limits that they must still meet.
struct OrderTerms: Sendable {
    let mid: Amount
    let quote: CachedQuote
    var now: Date
    /// `PlacementRecord.settledOrders` before the balances were read; `nil` when no balance was read.
    var settledOrders: Int?
    var account: AccountValue?
    /// The cost of a buy at its limit.
    var worth = Amount.zero

    func objection(to record: PlacementRecord, side: Side, product: ProductID, origin: OrderOrigin) -> String? {
        guard quote.ageSeconds(at: now) <= EvaluationJob.freshQuoteSeconds else {
            return OrderObjection.outdated.rawValue
        }
        guard let account, let settledOrders else { return nil }
        guard record.settledOrders == settledOrders else { return OrderObjection.outdated.rawValue }
        guard side == .buy else { return nil }
        // The planned order fitted; when it does not now, another order has begun meanwhile.
        guard let room = try? room(account, record, product, origin), worth <= room.worth else {
            return OrderObjection.outdated.rawValue
        }
        return nil
    }

    /// The most that a buy may cost at its limit: by the caps, and for a rebalance by the sizes of the product's bots.
    func room(
        _ account: AccountValue, _ record: PlacementRecord, _ product: ProductID, _ origin: OrderOrigin
    ) throws -> (worth: Amount, reason: String) {
        let buys = record.undecided.filter { $0.intent.side == .buy }
        let inProduct = try held(account, product) + cost(of: buys.filter { $0.intent.product.base == product.base })
        let room = try ExposureCaps().room(
            secureEquity: account.secureEquity, equity: account.equity, product: inProduct,
            exposure: account.exposure + cost(of: buys), undecided: cost(of: buys))
        guard case .rebalance(let rebalance) = origin, rebalance?.isCappedByBots ?? true else {
            return (room.worth, room.cap.rawValue)
        }
        let left = max(.zero, (record.runningSize ?? .zero) - inProduct)
        return left < room.worth ? (left, OrderObjection.botSize.rawValue) : (room.worth, room.cap.rawValue)
    }

    /// The worth of the holding at the price that the order is planned with.
    private func held(_ account: AccountValue, _ product: ProductID) throws -> Amount {
        try mid.worth(of: account.holding(product.base)?.quantity ?? .zero)
    }

    /// Undecided orders count in full, since it is unknown how much of them fills.
    private func cost(of buys: [IntentRecord]) throws -> Amount {
        try buys.reduce(.zero) { try $0 + ($1.intent.limitPrice ?? mid).worth(of: $1.intent.baseSize) }
    }
}
