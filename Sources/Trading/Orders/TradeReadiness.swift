/// Whether a bot could trade its action at a moment, and what stands against it: for pages. `ActionGate` decides.
public struct TradeReadiness: Sendable, Equatable {
    /// Raw values are what the API says.
    public enum Status: String, Sendable, Codable, CaseIterable {
        /// The action is HOLD.
        case noSignal = "no_signal"
        case coolingDown = "cooling_down"
        case stopped
        /// The balance or the price step.
        case blocked
        case confirming
        case ready
    }

    /// The first that applies, in the order of the rules.
    public let status: Status
    /// With HOLD it says whether a signal could be traded.
    public let canTrade: Bool
    /// Nil for none.
    public let blockingReason: String?

    /// The order of the rules is the Python system's: cooldown, stopped, balance, price step, confirmation.
    /// - Parameters:
    ///   - balanceProblem: why the account cannot pay for the action; nil when it can, or is not known.
    ///   - priceStepProblem: as the balance, of the price.
    public init(
        of action: Action, isRunning: Bool, isCoolingDown: Bool, balanceProblem: String?, priceStepProblem: String?,
        isConfirmed: Bool
    ) {
        let reason: (Status, String?) =
            if action == .hold {
                (.noSignal, nil)
            } else if isCoolingDown {
                (.coolingDown, "cooldown")
            } else if !isRunning {
                (.stopped, "bot_stopped")
            } else if let balanceProblem {
                (.blocked, "insufficient_balance: \(balanceProblem)")
            } else if let priceStepProblem {
                (.blocked, priceStepProblem)
            } else if !isConfirmed {
                (.confirming, "awaiting_confirmation")
            } else {
                (.ready, nil)
            }
        (status, blockingReason) = reason
        canTrade = isRunning && !isCoolingDown && (status == .ready || status == .noSignal)
    }
}
