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
        let own = try await sighting(of: ledger, holder: holder)
        let claim = LedgerClaim(composition: composition, registry: LedgerRegistry(broker: broker), own: own)
        if let problem = try await problem(with: own, composition, broker) { throw CommandFailure(.refused, problem) }
        try await claim.registry.report(own)
        return claim
    }

    /// Refuses before the database is opened for writing, so that none is created or migrated in vain.
    /// - Throws: as `begin`; errors of a file that cannot be read are left to the call that opens it.
    static func precede(_ composition: Composition, _ broker: Broker) async throws {
        guard let address = try? LedgerAddress(composition.settings.databaseURL) else { return }
        var own = sighting(at: address.path, id: "", holder: "")
        do throws(LedgerError) {
            let ledger = try await composition.ledgerToRead()
            own.id = try await ledger.identity()
            try await ledger.close()
        } catch {
            // One that is missing or old has no id, so it is known by its place alone: another host's may be the same.
            guard try await LedgerRegistry(broker: broker).live().contains(where: { $0.host == own.host }) else {
                return
            }
        }
        if let problem = try await problem(with: own, composition, broker) { throw CommandFailure(.refused, problem) }
    }

    /// Refuses what a command would read or change in another database than that of the fleet. Reports nothing.
    /// - Throws: `CommandFailure` when a live process of the fleet writes to another database.
    static func refuseOther(_ composition: Composition, _ broker: Broker, _ ledger: Ledger) async throws {
        let own = try await sighting(of: ledger, holder: "")
        if let problem = try await problem(with: own, composition, broker) { throw CommandFailure(.refused, problem) }
    }

    private static func sighting(of ledger: Ledger, holder: String) async throws -> LedgerSighting {
        sighting(at: ledger.path, id: try await ledger.identity(), holder: holder)
    }

    private static func sighting(at path: String, id: String, holder: String) -> LedgerSighting {
        let path = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        let file = FileStatus(path: path).map { "\($0.device):\($0.inode)" } ?? ""
        return LedgerSighting(holder: holder, host: ServiceRunner.host, path: path, id: id, file: file)
    }

    private static func problem(
        with own: LedgerSighting, _ composition: Composition, _ broker: Broker
    ) async throws -> String? {
        let live = try await LedgerRegistry(broker: broker).live()
        guard let other = live.first(where: { $0.isOther(than: own) }) else { return nil }
        return "The fleet '\(composition.settings.namespace)' on this Redis writes to \(Shown.line(other.place, 300)) "
            + "already, and this process would write to \(own.place): one fleet has one database. Set DATABASE_URL to "
            + "that one, or give this fleet a FLOTILLA_NAMESPACE of its own."
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
