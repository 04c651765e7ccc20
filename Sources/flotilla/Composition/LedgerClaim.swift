import Documents
import Fleet
import Foundation
import JobQueue
import Ledger
import Logging
import Redis
import ServiceLifecycle
import Synchronization

/// Reports the database of a process for as long as it lives, and refuses to start a process in a fleet that writes to
/// another database.
final class LedgerClaim: Service {
    private let composition: Composition
    private let registry: LedgerRegistry
    private let own: LedgerSighting
    private let heartbeats = Mutex(0)

    private init(composition: Composition, registry: LedgerRegistry, own: LedgerSighting) {
        self.composition = composition
        self.registry = registry
        self.own = own
    }

    /// Checks the reports of the fleet, then refuses or reports the own database.
    /// - Throws: `CommandFailure` when a live process of the fleet writes to another database.
    static func begin(
        _ composition: Composition, _ broker: Broker, _ ledger: Ledger, holder: String
    ) async throws -> LedgerClaim {
        let id = try await ledger.identity()
        let path = URL(fileURLWithPath: ledger.path).resolvingSymlinksInPath().path
        let file = FileStatus(path: path).map { "\($0.device):\($0.inode)" } ?? ""
        let claim = LedgerClaim(
            composition: composition, registry: LedgerRegistry(broker: broker),
            own: LedgerSighting(holder: holder, host: ServiceRunner.host, path: path, id: id, file: file))
        try await claim.refuseOther(composition.settings.namespace)
        try await claim.registry.report(claim.own)
        return claim
    }

    private func refuseOther(_ namespace: RedisNamespace) async throws {
        guard let other = try await registry.live().first(where: { $0.isOther(than: own) }) else { return }
        throw CommandFailure(
            .refused,
            "The fleet '\(namespace)' on this Redis writes to \(Shown.line(other.place, 300)) already, and this "
                + "process would write to \(own.place): one fleet has one database. Set DATABASE_URL to that one, or "
                + "give this fleet a FLOTILLA_NAMESPACE of its own.")
    }

    /// Repeats the report at every second heartbeat; a report holds for 20 s.
    func report() async {
        let isTurn = heartbeats.withLock { count in
            defer { count += 1 }
            return count.isMultiple(of: 2)
        }
        guard isTurn else { return }
        do { try await registry.report(own) } catch {
            composition.logger.debug("Redis was not told which database this process writes to: \(error)")
        }
    }

    /// Removes the report on graceful shutdown.
    func run() async throws {
        try? await gracefulShutdown()
        await Self.leave(composition, holder: own.holder)
    }

    /// Removes the report of a process that has ended.
    static func leave(_ composition: Composition, holder: String) async {
        // Without Redis the report expires by itself, so this does not wait for long.
        guard let client = try? composition.redis(patience: .milliseconds(500)) else { return }
        try? await LedgerRegistry(broker: Broker(redis: client)).remove(holder)
        await client.close()
    }
}
