import Jobs
import Ledger
import Logging
import Synchronization

/// Checks with each heartbeat whether this worker may place orders: whether the open database is the file at its
/// address and accepts the records of an order, and whether the clock of this host is right.
///
/// The worker reports the reasons against it with its heartbeats. The jobs themselves check again before they decide.
final class OrderWatch: Sendable {
    private let logger: Logger
    private let watched = Mutex<JobDependencies?>(nil)
    private let reasons = Mutex<[String]>([])

    init(logger: Logger) { self.logger = logger }

    /// Why no orders are placed at present, in sentences; empty when they are.
    var heldBecause: [String] { reasons.withLock { $0 } }

    /// Makes the first check.
    func begin(_ dependencies: JobDependencies) async {
        watched.withLock { $0 = dependencies }
        await look()
    }

    /// - Returns: whether the reasons have changed.
    @discardableResult
    func look() async -> Bool {
        guard let dependencies = watched.withLock({ $0 }) else { return false }
        // The ledger itself logs the change.
        let ledger = await dependencies.ledger.look().map { "\($0)" }
        // Without Redis no job runs, and the clock cannot be compared.
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
