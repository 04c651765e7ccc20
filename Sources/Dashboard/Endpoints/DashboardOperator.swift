import Documents
import JobQueue
import Ledger
import Logging

import struct Foundation.Date

/// Writes the operator log for what a person changes in the ledger by way of the dashboard. A change of bots takes
/// `bots` into its transaction; for others `note` is called right after it.
///
/// An entry that Redis does not take is an error in the log of the service; the change stands, and is answered for.
struct DashboardOperator: Sendable {
    let broker: Broker
    let logger: Logger
    private let now: @Sendable () -> Date

    /// The API has no names of users.
    static let name = "dashboard"

    init(_ dependencies: DashboardDependencies) {
        broker = dependencies.broker
        logger = dependencies.logger
        now = dependencies.now
    }

    /// What the ledger writes of a change of bots.
    /// - Parameter action: such as `bot.start`.
    func bots(_ action: String) -> LedgerNote {
        var random = SystemRandomNumberGenerator()
        let milliseconds = Int64((now().timeIntervalSince1970 * 1_000).rounded())
        return LedgerNote(id: OperationID.make(at: milliseconds, using: &random), by: Self.name, action) {
            Self.text(of: BotDocument($0))
        }
    }

    /// - Parameters:
    ///   - action: such as `bot.start`.
    ///   - target: for people, such as `bot 7 'BTC-USD Bot'`.
    ///   - subject: the last 1000 entries of each are kept.
    func note(
        _ action: String, _ target: String, about subject: String, before: some Encodable, after: some Encodable
    ) async {
        let note = OperatorNote(by: Self.name, action, target)
        let (before, after) = (Self.text(of: before), Self.text(of: after))
        // The entry must outlive the request: a client may go away as soon as the change is made.
        await Task {
            do throws(JobQueueError) {
                try await OperatorLog(broker: broker).add(note, about: subject, before: before, after: after)
            } catch {
                logger.error("\(action) of \(note.target) was done, and is missing in the operator log: \(error)")
            }
        }.value
    }

    /// A thousand entries of what a client has sent must not fill Redis.
    private static let mostBytes = 8_192

    private static func text(of value: some Encodable) -> String {
        let text = JSONText.of(value)
        return text.utf8.count <= mostBytes ? text : JSONText.of("\(text.utf8.count) bytes, not kept")
    }
}
