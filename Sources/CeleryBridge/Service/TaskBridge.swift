package import JobQueue
package import Logging
package import Redis
import Synchronization
package import Worker

/// Celery's place, taken by one worker process: its messages become jobs here, and its clients get their results,
/// answers and events.
///
/// `intake(of:)` gives the worker what it needs for one Celery queue; `BridgeService` runs what goes on beside the
/// jobs.
package final class TaskBridge: Sendable {
    /// This process as Celery's clients see it.
    package let node: CeleryNode
    let broker: Broker
    /// On the results' database.
    let results: RedisClient
    /// On the broker's database.
    let messages: RedisClient
    let keys: CeleryKeys
    let scripts = CeleryScripts()
    let ended = EndedTasks()
    /// Whether too many results wait for their own server.
    let outboxIsFull = FullMark()
    let bounds = MessageBounds()
    let logger: Logger
    private let current: Mutex<BridgeRules>

    /// Connects to nothing yet.
    /// - Parameters:
    ///   - broker: of the fleet's own keys, on the server of Celery's broker.
    ///   - messages, results: clients on the databases of Celery's broker and results.
    package init(
        node: CeleryNode, rules: BridgeRules, broker: Broker, messages: RedisClient, results: RedisClient,
        logger: Logger
    ) {
        self.node = node
        self.broker = broker
        self.messages = messages
        self.results = results
        self.logger = logger
        keys = CeleryKeys(broker.keyspace)
        current = Mutex(rules)
    }

    /// The hash of the nodes that are alive.
    package var nodesKey: String { keys.nodes }

    /// The rules now. New ones bring new queues with them; those that control requests have added or cancelled stay so.
    package var rules: BridgeRules {
        get { current.withLock { $0 } }
        set {
            let before = current.withLock { current in
                defer { current = newValue }
                return current.queues.map(\.name)
            }
            let names = newValue.queues.map(\.name)
            for name in names where !before.contains(name) { _ = node.queues.add(name) }
            for name in before where !names.contains(name) { node.queues.remove(name) }
        }
    }

    /// The lists whose messages become jobs of a native queue: those of its Celery queue; and, with the first one,
    /// those that `add_consumer` has added.
    /// - Returns: nil when none may be taken.
    func source(of queue: String) -> MessageSource? {
        guard !outboxIsFull.isSet else { return nil }
        let rules = rules
        var names = node.queues.contains(queue) ? [queue] : []
        if queue == rules.queues.first?.name {
            names += node.queues.all.filter { name in !rules.queues.contains { $0.name == name } }
        }
        guard let first = names.first else { return nil }
        var source = rules.place.source(of: first)
        // The most urgent lists of all come first, as in Celery.
        let others = names.dropFirst().map { rules.place.lists(of: $0) }
        source.lists = source.lists.indices.flatMap { step in [source.lists[step]] + others.map { $0[step] } }
        return source
    }

    /// What the bell listens to.
    func lines() -> [MessageBell.Line] {
        rules.queues.flatMap { queue -> [MessageBell.Line] in
            guard let source = source(of: queue.name) else { return [] }
            // A quarter of the lists are those of step 0.
            let urgent = source.lists.prefix(source.lists.count / 4)
            let others = Array(source.lists.dropFirst(urgent.count))
            return urgent.enumerated().map { position, list in
                MessageBell.Line(queue: queue.native, lists: [list] + (position == 0 ? others : []))
            }
        }
    }

    /// How the jobs of a Celery queue run.
    /// - Parameter queue: the name of a list, without prefix and step.
    package func intake(of queue: String) -> JobIntake {
        JobIntake(
            source: { [self] in source(of: queue) },
            isKnown: { [self] kind in rules.tasks[kind.description] != nil },
            run: { [self] context in try await TaskRun(bridge: self).run(context) },
            close: { [self] attempt in TaskClosing(bridge: self).close(attempt) })
    }

    /// Decides what is written.
    /// - Parameter now: unix ms.
    func planner(_ now: Int64) -> WorkflowPlanner {
        let place = rules.place
        var names = BridgeKeys(brokerPrefix: place.brokerPrefix, resultPrefix: place.resultPrefix)
        names.publishedPrefix = keys.sentPrefix
        let settings = BridgeSettings(
            keys: names, resultTTLSeconds: place.resultSeconds, extendsResults: place.isExtended, node: node.name,
            pid: node.profile.pid)
        return WorkflowPlanner(settings: settings, now: now)
    }

    /// The writes as words for the script that settles a job; nil for none.
    /// - Parameter now: unix ms.
    func settlementWrites(_ writes: [BridgeWrite], now: Int64) -> SettlementWrites? {
        let words = WriteWords(place: rules.place, outbox: keys.outbox, now: now).words(for: writes)
        return words.isEmpty ? nil : SettlementWrites(by: scripts.settlement, words: words.map { .text($0) })
    }

    /// Makes writes that belong to no settlement; each is harmless when it is made twice.
    /// - Parameter queue: where a chord that they complete is started.
    func make(_ writes: [BridgeWrite], now: Int64, queue: QueueName) async throws {
        let words = WriteWords(place: rules.place, outbox: keys.outbox, now: now).words(for: writes)
        guard !words.isEmpty else { return }
        let reply = try await broker.redis.run(
            scripts.apply, keys: [], arguments: [.text("\(now)")] + words.map { .text($0) })
        try await startChords(reply, in: queue)
    }

    /// Starts the chords that a script has found complete: ids and records in turn.
    func startChords(_ reply: RedisValue, in queue: QueueName) async throws {
        let asked = try reply.array(of: "effects").map { value throws(RedisError) in try value.bytes(of: "effects") }
        for at in stride(from: 0, to: asked.count - 1, by: 2) {
            let id = String(decoding: asked[at], as: UTF8.self)
            let envelope = try JobEnvelope(record: asked[at + 1], id: id)
            try await broker.enqueue(
                NewJob(
                    id: try JobID(id), kind: envelope.kind, queue: queue,
                    payload: try JobPayload(json: envelope.payload)))
        }
    }

    /// The value of a task that had succeeded before; nil for any other state.
    func storedSuccess(of id: String) async throws -> WireValue? {
        let reply = try await results.send(["GET", .text(rules.place.resultKey(id))])
        guard let text = try reply.optionalBytes(of: "GET"), let object = try? WireValue.parse(text).object,
            object["status"]?.string == "SUCCESS"
        else { return nil }
        return object["result"] ?? .null
    }
}
