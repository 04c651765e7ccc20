import Documents
import JobQueue
import Logging

/// Writes the operator log for what a person changes in the ledger by way of the dashboard. Call it right after the
/// transaction.
///
/// An entry that Redis does not take is an error in the log of the service; the change stands, and is answered for.
struct DashboardOperator: Sendable {
    let broker: Broker
    let logger: Logger

    /// The API has no names of users.
    static let name = "dashboard"

    init(_ dependencies: DashboardDependencies) {
        broker = dependencies.broker
        logger = dependencies.logger
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
