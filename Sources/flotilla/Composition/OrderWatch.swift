import Jobs
import Ledger
import Logging
import Synchronization

/// Looks with each heartbeat whether this worker may place orders: whether the database file is the one at its address
/// and takes what an order leaves behind, and whether the clock of this host is right.
///
/// What speaks against it is told with the worker's heartbeats. The jobs themselves look again before they decide.
final class OrderWatch: Sendable {
    private let logger: Logger
    private let watched = Mutex<JobDependencies?>(nil)
    private let reasons = Mutex<[String]>([])

    init(logger: Logger) { self.logger = logger }

    /// Why no orders are placed at present, in sentences; empty when they are.
    var heldBecause: [String] { reasons.withLock { $0 } }

    /// The first look.
    func begin(_ dependencies: JobDependencies) async {
        watched.withLock { $0 = dependencies }
        await look()
    }

    /// - Returns: whether the reasons are others than before.
    @discardableResult
    func look() async -> Bool {
        guard let dependencies = watched.withLock({ $0 }) else { return false }
        // The ledger says in the log itself what has changed.
        let ledger = await dependencies.ledger.look().map { "\($0)" }
        // Without Redis no job runs; nothing is known of the clock then.
        let time = try? await dependencies.hostClock?.trouble()
        let now = [ledger, time].compactMap(\.self)
        let before = reasons.withLock { reasons in
            defer { reasons = now }
            return reasons
        }
        if let time, !before.contains(where: { $0.hasPrefix("the clock") }) {
            logger.error("\(time)")
        }
        return now != before
    }
}
