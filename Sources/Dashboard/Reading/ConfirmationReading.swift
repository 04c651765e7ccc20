import Documents
import Foundation
import Ledger
import Trading

/// How far a bot's stored confirmation has come.
struct ConfirmationReading {
    let document: ConfirmationStatusDocument

    /// - Parameter newest: the bot's newest evaluation, if the confirmation still looks at it.
    init(_ bot: BotRecord, newest: SignalRecord?, now: Date) {
        let status: ConfirmationStatusDocument.Status
        if let start = bot.confirmationStart {
            // Whatever the action is: its start alone counts here.
            let progress = ConfirmationProgress(
                of: .buy, since: start, minutes: bot.confirmationMinutes, isAllowed: false, isCoolingDown: false,
                now: now
            ).progress
            status = ConfirmationStatusDocument.Status(
                isConfirmed: progress >= 1, needsConfirmation: progress < 1,
                status: progress < 1 ? "confirming" : "confirmed", action: newest?.action.rawValue.lowercased(),
                startedAt: NaiveTime(start), progress: progress,
                remainingMinutes: (1 - progress) * Double(bot.confirmationMinutes))
        } else {
            status = ConfirmationStatusDocument.Status(
                isConfirmed: false, needsConfirmation: false, status: "no_active_confirmation", action: nil,
                startedAt: NaiveTime(nil), progress: 0, remainingMinutes: 0)
        }
        document = ConfirmationStatusDocument(bot: bot.id, name: bot.name, status: status)
    }

    /// How far back an evaluation still counts for the confirmation.
    static func window(of bot: BotRecord) -> TimeInterval { TimeInterval(bot.confirmationMinutes + 5) * 60 }
}
