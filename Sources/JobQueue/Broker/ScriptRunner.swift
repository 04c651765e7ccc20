package import Redis
import Synchronization

/// Runs the scripts and reads their replies; the only place where the stores of this module reach Redis.
///
/// It adds what every step needs: errors as `JobQueueError`, the entry of the operator log, and the durability that a
/// queue demands. It makes no decision about jobs.
package struct ScriptRunner: Sendable {
    package let redis: RedisClient
    package let clock: RedisClock
    package let keyspace: QueueKeys
    /// Finished jobs that each queue keeps; the number bounds Redis' memory.
    package var finishedLimit = 1_000
    /// The operator's change that the scripts write into the operator log; nil for programs.
    var operation: NotedOperation?
    private let registered = RegisteredQueues()

    init(redis: RedisClient, clock: RedisClock) {
        self.redis = redis
        self.clock = clock
        keyspace = QueueKeys(redis.namespace, database: redis.address.database)
    }

    /// Adds a queue to the list of queues. Checks again every ten seconds, because a Redis that lost its data has lost
    /// the list.
    func register(_ queue: QueueName) async throws(JobQueueError) {
        let now = try await clock.now()
        guard !registered.contains(queue, at: now) else { return }
        // A Redis with full memory refuses SADD, so the set is read first.
        let isListed = try await send(["SISMEMBER", .text(keyspace.queues), .text(queue.description)])
        if isListed != .integer(1) { try await list(queue) }
        registered.insert(queue, at: now)
    }

    /// Adds a queue to the list of queues, and publishes a message to the fleet when it is new there.
    func list(_ queue: QueueName) async throws(JobQueueError) {
        let added = try await send(["SADD", .text(keyspace.queues), .text(queue.description)])
        guard added == .integer(1) else { return }
        // A worker that misses the message sees the queue at its next heartbeat.
        _ = try await send(["PUBLISH", .text(keyspace.changes), .text("queue \(queue)")])
    }

    package func run(
        _ script: RedisScript, _ keys: [String], _ arguments: [RedisWord]
    ) async throws(JobQueueError) -> RedisValue {
        let step = try await logged(script, keys, arguments)
        let reply: RedisValue
        do { reply = try await redis.run(step.script, keys: step.keys, arguments: step.arguments) } catch {
            throw .redis(error)
        }
        try refuseUndone(reply)
        return reply
    }

    /// - Throws: `JobQueueError.alreadyUndone` when the logged form of a script answered so.
    private func refuseUndone(_ reply: RedisValue) throws(JobQueueError) {
        guard let undone = operation?.note.undoes, case .array(let parts) = reply, parts.count == 2,
            (try? parts[0].string()) == "undone", let undoer = try? parts[1].string()
        else { return }
        throw .alreadyUndone(operation: undone, by: undoer)
    }

    /// Runs a script that enqueues jobs. Returns when they are as durable as their queue demands.
    ///
    /// Children and callback jobs need no such check: a script enqueues them in the step that finishes their parent. A
    /// Redis that loses the step loses both; the parent then runs again and enqueues them under the same ids.
    /// - Throws: `JobQueueError.notDurable` when that is not known; they may be enqueued then.
    func run(
        _ script: RedisScript, _ keys: [String], _ arguments: [RedisWord], durablyFor queue: QueueName, ids: [JobID]
    ) async throws(JobQueueError) -> RedisValue {
        guard try await demands(of: queue).isDurable else { return try await run(script, keys, arguments) }
        let (reply, durability): (RedisValue, Durability)
        let step = try await logged(script, keys, arguments)
        do {
            (reply, durability) = try await redis.runDurably(
                step.script, keys: step.keys, arguments: step.arguments, timeout: Self.durabilityTimeout)
        } catch { throw .redis(error) }
        guard durability.isSatisfied else {
            throw .notDurable(
                queue: queue.description, ids: ids.map(\.description),
                why: "Redis proves it only with appendonly yes and appendfsync always, or as of version 7.2.")
        }
        return reply
    }

    /// The step as it writes the operator log too, where an operator makes the change.
    private func logged(
        _ script: RedisScript, _ keys: [String], _ arguments: [RedisWord]
    ) async throws(JobQueueError) -> RedisScriptCall {
        guard let operation, let logged = Scripts.logged[script.name], let first = keys.first,
            let entry = try? operation.entry(at: try await clock.now())
        else { return RedisScriptCall(script, keys: keys, arguments: arguments) }
        // In a cluster all of them lie in one slot.
        let tag = String(first.drop { $0 != "{" }.dropFirst().prefix { $0 != "}" })
        let (bin, binned) = keyspace.bin(tag)
        return RedisScriptCall(
            logged, keys: keys + [bin, binned, keyspace.operations(tag)],
            arguments: arguments + [.integer(operation.note.isForGood ? 0 : OperatorBin.jobLimit), .text(entry)])
    }

    /// Runs scripts that do not depend on one another, with one write.
    func runAll(_ calls: [RedisScriptCall]) async throws(JobQueueError) -> [RedisValue] {
        do { return try await redis.runAll(calls) } catch { throw .redis(error) }
    }

    private static let durabilityTimeout = Duration.seconds(3)

    /// The policy of a queue for new jobs that this process applies, not the scripts; read again every ten seconds.
    func demands(of queue: QueueName) async throws(JobQueueError) -> QueuePolicy {
        let now = try await clock.now()
        if let known = registered.demands(of: queue, at: now) { return known }
        let reply = try await send(["HMGET", .text(keyspace.of(queue).meta), "durability", "fresh_for"])
        let demands = try decode { () throws(RedisError) in
            let values = try reply.array(of: "HMGET")
            return QueuePolicy(
                isDurable: try values.first?.optionalString(of: "HMGET") == "fsync",
                freshForMilliseconds: try values.last?.optionalInt(of: "HMGET").map { Int64($0) })
        }
        registered.note(queue, demands, at: now)
        return demands
    }

    /// Called where this process itself sets the policy, so that it does not use the old one until the next read.
    func note(_ queue: QueueName, _ demands: QueuePolicy) async throws(JobQueueError) {
        registered.note(queue, demands, at: try await clock.now())
    }

    func send(_ command: RedisCommand) async throws(JobQueueError) -> RedisValue {
        do { return try await redis.send(command) } catch { throw .redis(error) }
    }

    func pipeline(_ commands: [RedisCommand]) async throws(JobQueueError) -> [RedisValue] {
        guard !commands.isEmpty else { return [] }
        do { return try await redis.pipeline(commands) } catch { throw .redis(error) }
    }

    func decode<Value>(_ body: () throws(RedisError) -> Value) throws(JobQueueError) -> Value {
        do { return try body() } catch { throw .redis(error) }
    }
}

/// The policy of a queue for new jobs.
struct QueuePolicy: Sendable {
    /// New jobs are on disk before they are reported as enqueued.
    var isDurable: Bool
    /// How long after its time a job without an own expiry may start.
    var freshForMilliseconds: Int64?
}

/// Guards this process's cache of queues: which ones are registered, and their policies.
private final class RegisteredQueues: Sendable {
    private struct Facts {
        var names: [QueueName: Int64] = [:]
        var demands: [QueueName: (told: QueuePolicy, at: Int64)] = [:]
    }

    private let facts = Mutex(Facts())
    private static let maximumAgeMilliseconds: Int64 = 10_000

    /// Whether a recent check found the queue on the list of queues.
    func contains(_ queue: QueueName, at now: Int64) -> Bool {
        facts.withLock { $0.names[queue].map { abs(now - $0) < Self.maximumAgeMilliseconds } ?? false }
    }
    func insert(_ queue: QueueName, at now: Int64) { facts.withLock { $0.names[queue] = now } }

    /// Nil when the policy is not cached, or too old.
    /// - Parameter now: unix ms. A clock that was set back makes the cache old, too.
    func demands(of queue: QueueName, at now: Int64) -> QueuePolicy? {
        facts.withLock { facts in
            guard let known = facts.demands[queue], abs(now - known.at) < Self.maximumAgeMilliseconds
            else { return nil }
            return known.told
        }
    }

    func note(_ queue: QueueName, _ demands: QueuePolicy, at now: Int64) {
        facts.withLock { $0.demands[queue] = (demands, now) }
    }
}
