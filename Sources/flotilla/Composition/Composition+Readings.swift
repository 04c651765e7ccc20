import Exchange
import Foundation
import JobQueue
import Ledger
import Operations
import TestJobs

/// What readings of the fleet are told.
extension Composition {
    func fleetView(_ broker: Broker) -> FleetView {
        FleetView(
            broker: broker, activeSchedule: { try await activeSchedule(broker) }, ownSchedule: { try schedule() },
            orderQueues: { try orderQueues($0) },
            danger: { (try? await RedisWatch.judge(broker.redis))?.dangers.first?.seen },
            isTestKind: { TestJobCatalog.isTest($0.description) })
    }

    func statusSources(_ broker: Broker) -> StatusSources {
        StatusSources(
            fleetView(broker), options: settings.given,
            ordersHeldHere: { await ledgerProblem().map { "\($0)" } },
            isRebalanced: { try? await isRebalanced() })
    }

    /// Redis' memory by use.
    /// - Parameter used: bytes that Redis uses in all; nil when that is not known.
    func memory(_ broker: Broker, used: Int?) async throws -> MemoryReading {
        let cache = try? await MarketDataCache(redis: broker.redis, logger: logger).memory()
        return try await MemoryReading(await fleetView(broker).schedule(), broker, used: used, cache: cache)
    }

    /// The error that a worker that starts here would get. A worker creates or migrates a file that is missing or old.
    private func ledgerProblem() async -> LedgerError? {
        do throws(LedgerError) {
            let address = try LedgerAddress(settings.databaseURL)
            let ledger = try await Ledger.openReadOnly(address, now: { Date() })
            let problem = try await ledger.schemaProblem()
            try await ledger.close()
            return problem
        } catch {
            switch error {
            case .notADatabase, .foreignTables, .otherSchema, .newerSchema: return error
            // A worker may be able to read a file that this user cannot.
            default: return error.holdsOrders ? error : nil
            }
        }
    }
}
