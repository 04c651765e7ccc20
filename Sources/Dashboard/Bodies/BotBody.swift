import Ledger
import Trading

/// A bot as a client makes or changes it, checked. Beyond the old backend's rules a number must be one that a trading
/// rule can use: with any other the bot would never trade.
struct BotBody: Sendable {
    private let edit: BotEdit
    private let signals: SignalConfigBody?

    private static let minutes = 0...525_600

    /// A new bot.
    /// - Throws: all that is wrong with it.
    init(creating members: [String: JSONValue]) throws(DashboardError) {
        var (body, edit) = (BodyReader(members), BotEdit())
        edit.name = body.text("name", .required)
        edit.note = body.text("description", .required)
        edit.pair = body.text("pair", .required)
        Self.readNumbers(&body, .optional, into: &edit)
        signals = SignalConfigBody.read(Self.signalsName, from: &body)
        if body[Self.signalsName] == nil {
            edit.signalConfig = SignalConfigBody.standard
        } else {
            edit.signalConfig = signals?.text(keeping: nil) ?? SignalConfigBody.ofNull
        }
        guard body.issues.isEmpty else { throw .invalid(body.issues) }
        self.edit = edit
    }

    /// Changes of a bot; what is missing or null stays as it is, and so do signals that are given as they are shown.
    /// - Parameter bot: as it is shown; nil when there is none.
    /// - Throws: all that is wrong with them.
    init(changing members: [String: JSONValue], of bot: KeptBot?) throws(DashboardError) {
        var members = members
        if let bot, let given = members[Self.signalsName], SignalConfigReading(bot.signalConfig).isShown(as: given) {
            members[Self.signalsName] = nil
        }
        var (body, edit) = (BodyReader(members), BotEdit())
        edit.name = body.text("name", .nullable)
        edit.note = body.text("description", .nullable)
        if let word = body.text("status", .nullable) {
            edit.status = BotStatus(rawValue: word)
            if edit.status == nil {
                let words = BotStatus.allCases.map(\.rawValue).joined(separator: ", ")
                body.add(.rule("status must be one of \(words)"), at: "status", input: .text(word))
            }
        }
        Self.readNumbers(&body, .nullable, into: &edit)
        signals = SignalConfigBody.read(Self.signalsName, from: &body)
        edit.usesTrendDetection = body.flag("use_trend_detection", .nullable)
        edit.usesPositionSizing = body.flag("use_position_sizing", .nullable)
        guard body.issues.isEmpty else { throw .invalid(body.issues) }
        self.edit = edit
    }

    /// What is written. Thresholds that are not set stay as they are, and so does what a client cannot set.
    /// - Parameter bot: as it is; nil for a new one.
    func edit(of bot: KeptBot?) -> BotEdit {
        guard let bot, let signals else { return edit }
        var edit = edit
        edit.signalConfig = signals.text(keeping: StoredSignalConfig(bot.signalConfig))
        return edit
    }

    private static let signalsName = "signal_config"

    private static func readNumbers(
        _ body: inout BodyReader, _ presence: BodyReader.Presence, into edit: inout BotEdit
    ) {
        edit.positionSizeUSD = body.number("position_size_usd", in: 0...1e12, presence)
        edit.maxPositions = body.integer("max_positions", in: 0...1_000_000_000, presence)
        edit.stopLossPct = body.number("stop_loss_pct", in: -1e9...1e9, presence)
        edit.takeProfitPct = body.number("take_profit_pct", in: -1e9...1e9, presence)
        edit.confirmationMinutes = body.integer("confirmation_minutes", in: minutes, presence)
        edit.tradeStepPct = body.number("trade_step_pct", in: 0...1e6, presence)
        edit.cooldownMinutes = body.integer("cooldown_minutes", in: minutes, presence)
    }
}
