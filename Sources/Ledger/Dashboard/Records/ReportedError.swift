public import Foundation
import GRDB

/// What went wrong, and whether somebody has dismissed it: an entry of `error_log`, or a row of `system_errors`.
public struct ReportedError: Sendable, Equatable {
    /// Unique among them; for an entry of `error_log` its time and its number.
    public var id: String
    /// The bot that it concerns; `nil` for none.
    public var botID: Int?
    /// Of that bot, also when it is gone; `nil` when it is not known.
    public var botName: String?
    /// A word for the kind of error, such as `InvalidConfiguration`.
    public var type: String
    /// In sentences for people.
    public var message: String
    /// `nil` for a stored time that cannot be read.
    public var at: Date?
    /// Whether somebody has dismissed it.
    public var isResolved: Bool
    /// JSON text that the reporter has added; `nil` for none.
    public var context: String?
    /// What the bot trades, and its configuration, when the bot is still there.
    public var pair, signalConfig: String?

    /// Writes nothing. For errors that are kept elsewhere than in the ledger, such as dead jobs.
    public init(
        id: String, botID: Int? = nil, botName: String? = nil, type: String, message: String, at: Date?,
        isResolved: Bool = false, context: String? = nil
    ) {
        self.id = id
        self.botID = botID
        self.botName = botName
        self.type = type
        self.message = message
        self.at = at
        self.isResolved = isResolved
        self.context = context
    }

    /// A row of `error_log`, with name, pair and configuration of its bot.
    init(logged row: Row) {
        let at = row.time("created_at")
        let number = row.integer("id") ?? 0
        self.init(
            id: Self.id(of: number, at: at), botID: row.integer("bot_id"), botName: row.text("bot_name"),
            type: row.text("error_type") ?? "", message: row.text("message") ?? "", at: at,
            context: row.text("context"))
        pair = row.text("pair")
        signalConfig = row.text("signal_config")
    }

    /// A row of `system_errors`.
    init(kept row: Row) {
        self.init(
            id: row.text("error_id") ?? "", botID: row.integer("bot_id"), botName: row.text("bot_name"),
            type: row.text("error_type") ?? "", message: row.text("message") ?? "", at: row.time("timestamp"),
            isResolved: row.flag("resolved"))
        pair = row.text("pair")
        signalConfig = row.text("signal_config")
    }

    /// With the time, an id of one database names nothing in another that has taken its place.
    private static func id(of number: Int, at: Date?) -> String {
        (at.map { String(LedgerTime($0).isoText.dropLast()) } ?? "unknown") + "_\(number)"
    }
}
