public import Foundation

/// How far a bot's action is confirmed at a moment, by stored facts: for pages. `ActionGate` decides.
public struct ConfirmationProgress: Sendable, Equatable {
    /// Whether an action is being confirmed: it is neither HOLD nor confirmed, and no cooldown suspends it.
    public let isActive: Bool
    /// Nil while nothing is confirmed.
    public let action: Action?
    /// Whether the cooldown suspends it.
    public let isSuspended: Bool
    /// 0 to 1.
    public let progress: Double
    /// Whole seconds until it is confirmed.
    public let remainingSeconds: Int
    /// Since when the action has persisted; nil when that is not stored, or it is suspended.
    public let startedAt: Date?

    /// Whether the action may be traded as far as its confirmation goes.
    public var isConfirmed: Bool { action != nil && progress >= 1 }

    /// - Parameters:
    ///   - action: of the newest evaluation.
    ///   - start: since when it has persisted, as stored with the bot.
    ///   - minutes: how long it must.
    ///   - isAllowed: whether the newest evaluation let it be traded, which cleared its start.
    public init(
        of action: Action, since start: Date?, minutes: Int, isAllowed: Bool, isCoolingDown: Bool, now: Date
    ) {
        guard action != .hold, !isCoolingDown else {
            (isActive, self.action, progress, remainingSeconds, startedAt) = (false, nil, 0, 0, nil)
            isSuspended = isCoolingDown
            return
        }
        let needed = Double(max(0, minutes)) * 60
        let elapsed = start.map { max(0, now.timeIntervalSince($0)) } ?? (isAllowed ? needed : 0)
        progress = needed > 0 ? min(elapsed / needed, 1) : 1
        remainingSeconds = Int(exactly: max(0, needed - elapsed).rounded(.down)) ?? 0
        isActive = progress < 1
        self.action = action
        isSuspended = false
        startedAt = start
    }
}
