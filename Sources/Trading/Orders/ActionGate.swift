public import Foundation

/// Whether a bot may trade an action now: it must have persisted, the bot must have cooled down, and the price must
/// have moved since its last trade (domain rules 1.1). Judges durable state only, so any worker rules alike.
public struct ActionGate: Sendable, Equatable {
    /// What the ledger knows about the bot.
    public struct Record: Sendable, Equatable {
        /// The bot's action at its newest evaluation, if that is at most confirmation + 5 minutes ago; else `nil`.
        public var previousAction: Action?
        /// Since when `previousAction` has persisted, as stored with the bot.
        public var confirmationStart: Date?
        /// Time of the bot's newest fill; the cooldown begins with it.
        public var lastFillAt: Date?
        /// Average price of the bot's newest trade.
        public var lastTradePrice: Amount?
        /// An order of the bot is on its way or in the book, or its fate is unknown.
        public var hasOpenOrder: Bool

        /// The defaults describe a bot that has never traded nor been evaluated.
        public init(
            previousAction: Action? = nil, confirmationStart: Date? = nil, lastFillAt: Date? = nil,
            lastTradePrice: Amount? = nil, hasOpenOrder: Bool = false
        ) {
            self.previousAction = previousAction
            self.confirmationStart = confirmationStart
            self.lastFillAt = lastFillAt
            self.lastTradePrice = lastTradePrice
            self.hasOpenOrder = hasOpenOrder
        }
    }

    /// Why; raw values are stored.
    public enum Reason: String, Sendable, Codable, CaseIterable {
        case allowed = "ALLOWED"
        case hold = "HOLD"
        case botNotRunning = "BOT_NOT_RUNNING"
        case confirming = "CONFIRMING"
        case openOrder = "OPEN_ORDER"
        case coolingDown = "COOLING_DOWN"
        case priceStep = "PRICE_STEP"
        /// The price, or the bot's own step, cannot be compared.
        case priceUnusable = "PRICE_UNUSABLE"
    }

    /// Whether the action may be traded now, and why.
    public struct Ruling: Sendable, Equatable {
        /// True for the reason `allowed` alone.
        public var isAllowed: Bool { reason == .allowed }
        /// The first rule that refuses, in the order in which they are applied; `allowed` when none does.
        public let reason: Reason
        /// To be stored with the bot, in the same write as the enqueued execution. `nil` after HOLD, and after an
        /// allowed action, so that the next order needs a confirmation of its own.
        public let confirmationStart: Date?
    }

    private let isRunning: Bool
    private let confirmation: TimeInterval
    private let cooldown: TimeInterval
    private let stepPct: Double
    private let scoring: Scoring

    /// Takes the bot's status, confirmation, cooldown and price step; negative times count as 0.
    /// - Parameter scoring: under legacy scoring a confirmation also goes on across a pause of the evaluations.
    public init(_ bot: Bot, scoring: Scoring = .v2) {
        self.scoring = scoring
        isRunning = bot.status == .running
        confirmation = Double(max(0, bot.confirmationMinutes)) * 60
        cooldown = Double(max(0, bot.cooldownMinutes)) * 60
        stepPct = bot.tradeStepPct
    }

    /// - Parameter price: the mid of a fresh quote.
    public func ruling(on action: Action, at price: Amount, record: Record, now: Date) -> Ruling {
        guard action != .hold else { return Ruling(reason: .hold, confirmationStart: nil) }
        let start = confirmationStart(of: action, record: record, now: now)
        func refused(_ reason: Reason) -> Ruling { Ruling(reason: reason, confirmationStart: start) }
        guard isRunning else { return Ruling(reason: .botNotRunning, confirmationStart: nil) }
        guard now.timeIntervalSince(start) >= confirmation else { return refused(.confirming) }
        if let reason = obstacle(at: price, record: record, now: now) { return refused(reason) }
        return Ruling(reason: .allowed, confirmationStart: nil)
    }

    /// What stands against an order of the bot at this moment, its confirmation apart: asked for the ruling, and once
    /// more when the order is about to be placed. `nil` when nothing does.
    /// - Parameter price: the mid of a fresh quote; `nil` leaves the price step out.
    public func obstacle(at price: Amount?, record: Record, now: Date) -> Reason? {
        guard isRunning else { return .botNotRunning }
        guard !record.hasOpenOrder else { return .openOrder }
        if let fill = record.lastFillAt, cooldown > 0, !(now.timeIntervalSince(fill) >= cooldown) {
            return .coolingDown
        }
        guard let price else { return nil }
        switch hasMoved(from: record.lastTradePrice, to: price) {
        case .some(true): return nil
        case .some(false): return .priceStep
        case .none: return .priceUnusable
        }
    }

    /// The stored start while the same action goes on. Any doubt restarts the clock: it can only delay a trade. The
    /// Python system restarts it only after another action, not when no action is known.
    private func confirmationStart(of action: Action, record: Record, now: Date) -> Date {
        guard let start = record.confirmationStart, start <= now else { return now }
        let goesOn = record.previousAction.map { $0 == action } ?? (scoring == .legacy)
        return goesOn ? start : now
    }

    /// Whether |price - last| / last x 100 >= step, exactly; `nil` when that cannot be told.
    /// - Parameter last: the price of the bot's newest trade; `nil` for none, from which any price has moved.
    public func hasMoved(from last: Amount?, to price: Amount) -> Bool? {
        guard price.isPositive, stepPct.isFinite else { return nil }
        guard let last, stepPct > 0 else { return true }
        guard last.isPositive, let step = try? Amount(approximating: stepPct, scale: 6),
            let move = try? (price - last).magnitude.times(Amount(100)), let needed = try? last.times(step)
        else { return nil }
        return move >= needed
    }
}
