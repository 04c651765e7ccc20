import Exchange
import JobQueue
import Jobs
import Ledger
import Redis
import ScheduleConfiguration
import Scheduler
import Trading

/// A source of entities that `for_each` of an entry may name: what the reader of schedules knows of it, and how it is
/// asked. A new source is one value here and one place in `all`.
struct EntitySource: Sendable {
    let known: KnownSource
    /// Its entities when a tick comes.
    let ask: @Sendable (EntityPlaces) async throws -> [String]
    /// Its entities for plans and forecasts, by the running bots: they need no Redis.
    let planned: @Sendable ([BotRecord]) -> [String]

    static let all = [runningBots, products]

    /// The bots that run, by their ids.
    static let runningBots = EntitySource(
        known: KnownSource(name: "running_bots", argument: "bot_id", noun: "bot", example: "1"),
        ask: { try await $0.ledger.opened().runningBots().map { "\($0.id)" } },
        planned: { bots in bots.map { "\($0.id)" } })

    /// The products that the market cache lists; for plans, those that the running bots trade.
    static let products = EntitySource(
        known: KnownSource(name: "products", argument: "product", noun: "product", example: "BTC-USD"),
        ask: { places in
            guard places.usesCache else {
                throw CommandFailure(
                    .failed, "CACHE_ENABLED is false here, so no products are listed. Set it to true.")
            }
            guard let listed = try await places.cache.products() else {
                throw CommandFailure(
                    .notFound,
                    "The market cache lists no products yet. Is \(KindDefinition.cacheRefresh.name) running?")
            }
            return listed.products.map(\.id.rawValue).sorted()
        },
        planned: { bots in Set(bots.map(\.pair)).sorted() })
}

/// Where sources look for their entities.
struct EntityPlaces: Sendable {
    let ledger: LazyLedger
    let cache: MarketDataCache
    let usesCache: Bool
}

extension Composition {
    /// Asks the sources of entities. Opens the ledger on first use, so that a schedule without a fan-out needs no
    /// database.
    func entityResolver(_ redis: RedisClient) -> EntityResolver {
        let places = EntityPlaces(
            ledger: LazyLedger {
                let ledger = try await self.ledger()
                do { try await LedgerClaim.refuseOther(self, Broker(redis: redis), ledger) } catch {
                    try? await ledger.close()
                    throw error
                }
                return ledger
            }, cache: MarketDataCache(redis: redis, logger: logger),
            usesCache: settings.switches.usesCache)
        var sources: [String: EntityResolver.Ask] = [:]
        for source in EntitySource.all { sources[source.known.name] = { try await source.ask(places) } }
        return EntityResolver(sources)
    }
}

/// Guards a ledger that is opened on first use; a failed attempt is repeated at the next use.
actor LazyLedger {
    private let open: @Sendable () async throws -> Ledger
    private var ledger: Ledger?

    init(_ open: @escaping @Sendable () async throws -> Ledger) { self.open = open }

    func opened() async throws -> Ledger {
        if let ledger {
            // The file may have been replaced since: the new one is opened after a pause, once writing to it has
            // stopped.
            if await ledger.fileTrouble() != nil {
                try await ContinuousClock().sleep(for: .milliseconds(1_100))
                _ = await ledger.look()
            }
            return ledger
        }
        let new = try await open()
        // Another call may have opened a ledger meanwhile; the first one stays, and this one is released after its last
        // use.
        if ledger == nil { ledger = new }
        return ledger ?? new
    }
}
