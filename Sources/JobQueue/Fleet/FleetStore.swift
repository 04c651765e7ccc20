import Redis

/// What is asked of the hosts of the fleet, and what they say of themselves. Hosts run processes; this knows nothing of
/// them but numbers.
public struct FleetStore: Sendable {
    private let runner: ScriptRunner

    /// Reads and writes through a broker's connection; one that notes an operator writes the operator log too.
    public init(broker: Broker) { runner = broker.runner }

    /// A host that was silent for this long is gone: the others take over its share.
    public static let hostSilenceMilliseconds: Int64 = 10_000
    /// The field of the processes that were set that tells when.
    public static let scaledAt = ":at"
    private static let keptMilliseconds = 60_000
    private static let orderMilliseconds = 86_400_000

    /// The answer to a heartbeat.
    public struct Heartbeat: Sendable {
        /// With this host among the hosts.
        public let state: FleetState
        /// The report that was stored under the same id before; nil for none.
        public let previous: HostReport?
    }

    /// Stores this host's report, and reads the state of the fleet at the same moment.
    public func heartbeat(_ report: HostReport) async throws(JobQueueError) -> Heartbeat {
        let now = try await runner.clock.now()
        // A report of texts and numbers is always JSON.
        let text = (try? CompactJSON.text(report)) ?? "{}"
        let reply = try await runner.run(
            Scripts.heartbeatHost, [runner.keyspace.hosts] + stateKeys,
            [.text(report.id), .text(text), .integer(Int(now)), .integer(Self.keptMilliseconds)])
        return try runner.decode { () throws(RedisError) in
            let parts = try reply.array(of: "heartbeat_host", count: 5)
            return Heartbeat(
                state: try Self.state(Array(parts.dropFirst()), now: now),
                previous: try parts[0].optionalString(of: "heartbeat_host").flatMap { HostReport(stored: $0) })
        }
    }

    /// The state of the fleet; changes nothing.
    public func state() async throws(JobQueueError) -> FleetState {
        let now = try await runner.clock.now()
        let replies = try await runner.pipeline([
            ["HGETALL", .text(runner.keyspace.hosts)], ["HGETALL", .text(runner.keyspace.desired)],
            ["HGETALL", .text(runner.keyspace.automatic)], ["GET", .text(runner.keyspace.roll)],
        ])
        return try runner.decode { () throws(RedisError) in try Self.state(replies, now: now) }
    }

    /// Takes a host out at once, because it stops in order.
    public func leave(_ id: String) async throws(JobQueueError) {
        let reply = try await runner.send(["HDEL", .text(runner.keyspace.hosts), .text(id)])
        _ = try runner.decode { () throws(RedisError) in try reply.checked() }
    }

    private var stateKeys: [String] { [runner.keyspace.desired, runner.keyspace.automatic, runner.keyspace.roll] }

    /// - Parameter parts: hosts, what operators have set, what autoscaling has set, restarts.
    private static func state(_ parts: [RedisValue], now: Int64) throws(RedisError) -> FleetState {
        var state = FleetState()
        for (id, value) in try parts[0].pairs(of: "HGETALL") {
            guard let report = HostReport(stored: try value.shownText(of: "HGETALL")), report.id == id else { continue }
            let silence = now - report.heartbeatMilliseconds
            if abs(silence) <= hostSilenceMilliseconds {
                state.hosts.append(report)
            } else if silence > 0, silence <= keptMilliseconds {
                state.silent.append(report)
            }
        }
        state.hosts.sort { $0.id < $1.id }
        var desired = try numbers(parts[1])
        state.scaledMilliseconds = Int64(desired.removeValue(forKey: Self.scaledAt) ?? 0)
        state.desired = desired
        var automatic = try numbers(parts[2])
        let scaled = Int64(automatic.removeValue(forKey: Self.scaledAt) ?? 0)
        state.scaledMilliseconds = max(state.scaledMilliseconds, scaled)
        state.automatic = automatic
        state.roll = Int(try parts[3].optionalString(of: "GET") ?? "") ?? 0
        return state
    }

    private static func numbers(_ reply: RedisValue) throws(RedisError) -> [String: Int] {
        var numbers: [String: Int] = [:]
        for (pool, value) in try reply.pairs(of: "HGETALL") { numbers[pool] = Int(try value.shownText(of: "HGETALL")) }
        return numbers
    }
}

/// What operators ask for.
extension FleetStore {
    /// A change of one pool's number.
    public struct PoolChange: Sendable, Equatable {
        /// The pool's name; it is not checked.
        public let pool: String
        /// The number that the caller has read; nil for none, the schedule's.
        public let seen: Int?
        /// The number from now on; nil to go back to the schedule's.
        public let wanted: Int?

        /// Checks nothing.
        public init(pool: String, seen: Int?, wanted: Int?) {
            self.pool = pool
            self.seen = seen
            self.wanted = wanted
        }
    }

    /// What became of a change.
    public enum ScaleAnswer: Sendable, Equatable {
        case set
        /// Each pool had its number already.
        case same
        /// Somebody else has changed this pool meanwhile, to this number; nil for the schedule's. Nothing was changed.
        case conflict(pool: String, number: Int?)
    }

    /// Sets the numbers of pools, all or none.
    /// - Parameter automatically: as autoscaling does it, which yields to what operators set.
    public func scale(
        _ changes: [PoolChange], automatically: Bool = false
    ) async throws(JobQueueError) -> ScaleAnswer {
        var arguments: [RedisWord] = [.integer(Int(try await runner.clock.now())), .integer(changes.count)]
        for change in changes {
            arguments += [
                .text(change.pool), .text(change.seen.map(String.init) ?? ""),
                .text(change.wanted.map(String.init) ?? ""),
            ]
        }
        let key = automatically ? runner.keyspace.automatic : runner.keyspace.desired
        let reply = try await runner.run(Scripts.scale, [key], arguments)
        let words = try runner.decode { () throws(RedisError) in try reply.strings(of: "scale") }
        switch words.first {
        case "set": return .set
        case "same": return .same
        case "conflict" where words.count == 3: return .conflict(pool: words[1], number: Int(words[2]))
        default:
            throw .redis(
                .unexpectedReply(
                    command: "scale", expected: "what became of it", got: words.joined(separator: " ")))
        }
    }

    /// Asks every host to restart its processes one after the other, one host after the other.
    /// - Returns: the number of this restart; a host that is done has reached it.
    public func restartAll() async throws(JobQueueError) -> Int {
        let reply = try await runner.run(Scripts.rollFleet, [runner.keyspace.roll], [])
        return try runner.decode { () throws(RedisError) in try reply.int(of: "roll_fleet") }
    }

    /// Tells a worker what to do; it hears it at once, or at its next heartbeat.
    /// - Returns: false when it had been told that already.
    public func tell(_ worker: WorkerID, _ order: WorkerOrder) async throws(JobQueueError) -> Bool {
        try await tell(worker, order, after: nil).first == "set"
    }

    /// Takes an order back: the worker is told what it had been told before, or to take jobs.
    /// - Parameter entry: of the operator log.
    /// - Returns: nil for an entry of another shape.
    /// - Throws: `JobQueueError.alreadyUndone`.
    public func takeBack(_ entry: OperatorLogEntry) async throws(JobQueueError) -> RestoreAnswer? {
        guard let left = WorkerOrder(logged: entry.after) else { return nil }
        let worker = WorkerID(unchecked: entry.target)
        let answer = try await tell(worker, WorkerOrder(logged: entry.before) ?? .run, after: left)
        return answer.first == "set" ? .restored(1) : .moved(what: "the order of \(worker)", now: answer.last ?? "")
    }

    private func tell(
        _ worker: WorkerID, _ order: WorkerOrder, after last: WorkerOrder?
    ) async throws(JobQueueError) -> [String] {
        let reply = try await runner.run(
            Scripts.orderWorker, [runner.keyspace.workerOrders],
            [
                .text(worker.description), .text(order.rawValue), .integer(Self.orderMilliseconds),
                .text(runner.keyspace.changes), .text(last?.rawValue ?? ""),
            ])
        return try runner.decode { () throws(RedisError) in try reply.strings(of: "order_worker") }
    }

    /// What a worker was told last; nil for nothing, or what this version does not know.
    public func order(for worker: WorkerID) async throws(JobQueueError) -> WorkerOrder? {
        let reply = try await runner.send(
            ["HGET", .text(runner.keyspace.workerOrders), .text(worker.description)])
        return try runner.decode { () throws(RedisError) in try reply.optionalString(of: "HGET") }
            .flatMap { WorkerOrder(rawValue: $0) }
    }
}
