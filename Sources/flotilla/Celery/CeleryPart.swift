import CeleryBridge
import Foundation
import JobQueue
import Logging
import Redis
import ScheduleConfiguration
import ServiceLifecycle
import Synchronization
import Worker

/// What one worker process has to take Celery's place for the queues of its pool.
final class CeleryPart: Sendable {
    let bridge: TaskBridge
    /// Ends after the worker, so that its last events go out.
    let events: EventSender
    /// Answers as long as the worker drains.
    let service: BridgeService
    private let tasks: @Sendable (CeleryRules) -> TaskTable
    private let place: CeleryPlace
    private let pool: String
    private let clients: [RedisClient]
    private let actions: CeleryActions

    /// - Parameters:
    ///   - rules: the pool has Celery queues.
    ///   - tasks: what runs under which name, by the schedule.
    /// - Throws: `CommandFailure` with status `usage` for a broker on another server.
    init(
        _ pool: WorkerPool, _ rules: CeleryRules, composition: Composition, broker: Broker,
        tasks: @escaping @Sendable (CeleryRules) -> TaskTable
    ) throws {
        let settings = composition.settings
        let (address, results) = (try settings.celeryBroker(), try settings.celeryResults())
        var place = CeleryPlace(database: broker.redis.address.database)
        place.brokerDatabase = address.database
        place.resultsDatabase = results.address.database
        place.resultsAreElsewhere = !results.isSameServer
        self.place = place
        self.tasks = tasks
        self.pool = pool.name
        var options = RedisOptions()
        options.waitForConnection = .seconds(10)
        options.namespace = settings.namespace
        let logger = composition.logger
        let messages = RedisClient(address: address, options: options, logger: logger)
        let stored = RedisClient(address: results.address, options: options, logger: logger)
        clients = [messages, stored]
        let first = Self.bridgeRules(rules, pool.name, place, tasks)
        let process = settings.environment["FLOTILLA_WORKER_NAME"] ?? "\(pool.name)-\(ServiceRunner.pid)"
        let node = CeleryNode(
            NodeProfile(
                name: "\(process)@\(ServiceRunner.host)", pid: Int(ServiceRunner.pid), version: Flotilla.version,
                slots: pool.concurrency, queues: first.queues.map(\.name), tasks: first.tasks.names,
                broker: .init(address, prefix: first.place.brokerPrefix),
                configuration: Self.configuration(rules, address, results.address)),
            now: { broker.clock.estimate(atLeast: 0) })
        bridge = TaskBridge(
            node: node, rules: first, broker: broker, messages: messages, results: stored, logger: logger)
        let registry = NodeRegistry(
            redis: broker.redis, key: bridge.nodesKey, serverTime: { try await broker.clock.now() })
        events = EventSender(
            node: node, broker: messages, registry: registry, clock: ContinuousClock(), logger: logger)
        actions = CeleryActions(bridge: bridge, broker: broker, composition: composition, pool: pool.name)
        service = BridgeService(
            bridge: bridge, actions: actions, events: events,
            allowsChanges: rules.pool(pool.name)?.control != .readOnly, clock: ContinuousClock(), logger: logger)
    }

    /// What a control request to shut down does.
    func onShutdown(_ drain: @escaping @Sendable () -> Void) { actions.onShutdown(drain) }

    /// Obeys a version of the schedule, and says how the jobs of the pool's Celery queues run by it.
    func intakes(by rules: CeleryRules) -> [QueueName: JobIntake] {
        let next = Self.bridgeRules(rules, pool, place, tasks)
        bridge.rules = next
        return Dictionary(
            next.queues.map { ($0.native, bridge.intake(of: $0.name)) }, uniquingKeysWith: { first, _ in first })
    }

    /// Closes its connections, after its services have ended.
    func close() async { for client in clients { await client.close() } }

    private static func bridgeRules(
        _ rules: CeleryRules, _ pool: String, _ place: CeleryPlace, _ tasks: (CeleryRules) -> TaskTable
    ) -> BridgeRules {
        let own = rules.pool(pool)
        var place = place
        place.brokerPrefix = own?.prefix ?? rules.prefix
        place.resultPrefix = rules.resultPrefix
        place.resultSeconds = Int(rules.resultExpires.components.seconds)
        place.tracksStarted = rules.tracksStarted
        place.isExtended = rules.extendsResults
        place.visibilitySeconds = Int(rules.visibilityTimeout.components.seconds)
        let queues = zip(own?.queues ?? [], own?.nativeQueues ?? []).map { (name: $0.0, native: $0.1) }
        return BridgeRules(place: place, tasks: tasks(rules), queues: queues)
    }

    /// What `inspect conf` shows, in Celery's names; passwords are hidden.
    private static func configuration(
        _ rules: CeleryRules, _ broker: RedisAddress, _ results: RedisAddress
    ) -> WireObject {
        WireObject([
            ("broker_url", .text("\(broker)")), ("result_backend", .text("\(results)")),
            ("task_serializer", .text("json")), ("result_serializer", .text("json")),
            ("accept_content", .list([.text("json")])), ("timezone", .text("UTC")), ("enable_utc", .bool(true)),
            ("task_track_started", .bool(rules.tracksStarted)),
            ("result_expires", .number("\(rules.resultExpires.components.seconds)")),
            ("result_extended", .bool(rules.extendsResults)), ("task_acks_late", .bool(true)),
            ("worker_prefetch_multiplier", .number("1")),
        ])
    }
}

extension NodeProfile.BrokerPlace {
    /// Of an address, without user and password.
    fileprivate init(_ address: RedisAddress, prefix: String) {
        switch address.endpoint {
        case .tcp(let host, let port):
            self.init(host: host, port: port, database: address.database, prefix: prefix)
        case .unixSocket(let path): self.init(host: path, port: 0, database: address.database, prefix: prefix)
        case .sentinels(let hosts, let primary):
            self.init(
                host: hosts.first?.name ?? primary, port: hosts.first?.port ?? 0, database: address.database,
                prefix: prefix)
        }
    }
}
