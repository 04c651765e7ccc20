public import Trading

/// What pages show of an evaluation beside its score, action, confidence and price. No rule reads it.
public struct EvaluationView: Sendable, Equatable {
    /// What the bot trades; its trend is stored under it.
    public var product: ProductID
    /// The rules of the evaluation.
    public var scoring: Scoring
    /// What the bot's own gate said.
    public var gate: ActionGate.Reason
    /// The account can neither buy nor sell: pages show HOLD and the score from before.
    public var isBlocked: Bool
    /// Why the account cannot pay for the action, as a sentence; nil when it can, or is not known.
    public var balanceProblem: String?
    /// Why the price has not moved enough for the action; nil when it has.
    public var priceStepProblem: String?
    /// Whether the account can pay for a buy and for a sell of the bot's size; nil when it is not known.
    public var balance: BalanceSummary?
    /// What the enabled signals said.
    public var signals: [SignalDetail]
    /// Nil for a bot that does not size its positions.
    public var sizing: LegacySizing?
    /// Of the product, at the time of the evaluation; nil leaves the stored one, and so does one that says nothing.
    public var trend: TrendAnalysis?

    /// A sentence about the balance, and whether it is a good one.
    public struct BalanceSummary: Sendable, Equatable {
        /// Whether a buy and a sell of the bot's size can be paid.
        public var isSufficient: Bool
        /// For people.
        public var message: String

        /// Checks nothing.
        public init(isSufficient: Bool, message: String) {
            self.isSufficient = isSufficient
            self.message = message
        }
    }

    /// Writes nothing; `Ledger.record` does, with the evaluation.
    public init(
        product: ProductID, scoring: Scoring, gate: ActionGate.Reason, isBlocked: Bool = false,
        balanceProblem: String? = nil, priceStepProblem: String? = nil, balance: BalanceSummary? = nil,
        signals: [SignalDetail] = [], sizing: LegacySizing? = nil, trend: TrendAnalysis? = nil
    ) {
        self.product = product
        self.scoring = scoring
        self.gate = gate
        self.isBlocked = isBlocked
        self.balanceProblem = balanceProblem
        self.priceStepProblem = priceStepProblem
        self.balance = balance
        self.signals = signals
        self.sizing = sizing
        self.trend = trend
    }
}
