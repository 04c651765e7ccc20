import Documents
public import JobQueue
public import ScheduleConfiguration

/// What can hold jobs back, as it is at one moment.
public struct FleetHolds: Sendable {
    /// The live ones.
    public let workers: [WorkerReport]
    /// Those of the schedule.
    public let circuits: [CircuitState]
    /// The limits of the schedule.
    let levels: [BucketLevel]
    let rules: [String: QueueRules]
    private let orderQueues: Set<String>
    /// Why workers fetch no orders; nil when they do, or it is not known.
    private let danger: String?
    private let isTestKind: @Sendable (JobKind) -> Bool
    /// Whether orders may be placed.
    let gate: OrderGate
    /// By id.
    private let fuses: [String: Fuse]
    /// Unix milliseconds, by Redis' clock.
    public let now: Int64

    /// How long a queue may stand still before `status --check` calls that trouble.
    static let patienceMilliseconds: Int64 = 60_000

    /// Reads Redis, and changes nothing.
    /// - Parameter file: the active schedule; nil when it cannot be read.
    /// - Throws: what `view` throws, and `JobQueueError`.
    public init(_ file: ScheduleFile?, _ view: FleetView) async throws {
        let broker = view.broker
        workers = try await WorkerRegistry(broker: broker).live()
        now = try await broker.clock.now()
        rules = Dictionary((file?.queues ?? []).map { ($0.name.description, $0) }, uniquingKeysWith: { $1 })
        circuits = try await CircuitBreaker(broker: broker, circuits: file?.circuits ?? []).states()
        levels = try await file.map { RateLimiter(broker: broker, buckets: $0.limits) }?.levels() ?? []
        orderQueues = try file.map { Set(try view.orderQueues($0).map(\.description)) } ?? []
        // Without an answer it is unknown; `doctor` says more.
        danger = await view.danger()
        isTestKind = view.isTestKind
        gate = try await OrderGateStore(broker: broker).read()
        let queues = try await QueueInspector(broker: broker).queues()
        let all = try await FuseStore(broker: broker).fuses(of: queues).map { ($0.fuse.id, $0.fuse) }
        fuses = Dictionary(all, uniquingKeysWith: { $1 })
    }

    /// All queues by name.
    public func readings(_ inspector: QueueInspector) async throws -> [QueueReading] {
        var readings: [QueueReading] = []
        for name in try await inspector.queues() { readings.append(try await reading(of: name, inspector)) }
        return readings
    }

    /// One queue; all zeros when it has never had a job.
    public func reading(of queue: QueueName, _ inspector: QueueInspector) async throws -> QueueReading {
        let counts = try await inspector.counts(of: queue)
        let waiting = counts.ready + counts.parked + counts.waiting + counts.scheduled + counts.retrying
        let backlog = waiting == 0 ? QueueBacklog() : try await inspector.backlog(of: queue)
        return QueueReading(
            counts: counts, backlog: backlog, holds: holds(counts, backlog),
            canaryInterval: rules[queue.description]?.maintenance.canary, now: now)
    }

    func serving(_ queue: String) -> [WorkerReport] { workers.filter { $0.serves(queue) } }

    /// Whether jobs of a queue place orders.
    func placesOrders(_ queue: String) -> Bool { orderQueues.contains(queue) }

    /// Why workers fetch no jobs of a queue that places orders; nil for any other queue, and while Redis is safe.
    func danger(to queue: String) -> String? { orderQueues.contains(queue) ? danger : nil }

    /// In the order in which they have to end before a job can run.
    func holds(_ counts: QueueCounts, _ backlog: QueueBacklog) -> [Hold] {
        stops(counts, backlog) + parked(counts, backlog) + later(counts, backlog)
    }

    /// What stops all ready jobs of a queue.
    func stops(_ counts: QueueCounts, _ backlog: QueueBacklog) -> [Hold] {
        let queue = counts.name
        let capped = backlog.parked.reduce(0) { sum, group in
            if case .concurrencyKey = group.reason { sum + group.count } else { sum }
        }
        var holds: [Hold] = []
        if let reason = counts.pausedBecause {
            holds.append(
                Hold(
                    cause: .paused, queue: queue, count: counts.ready, until: counts.pausedUntilMilliseconds,
                    reason: reason))
        }
        holds += gateHolds(counts, backlog)
        let serving = serving(queue)
        if serving.isEmpty, counts.ready + capped > 0 {
            let since = ([backlog.readySinceMilliseconds] + backlog.parked.map(\.sinceMilliseconds)).compactMap(\.self)
            holds.append(
                Hold(cause: .unserved, queue: queue, count: counts.ready + capped, since: since.min()))
        }
        if let state = circuits.first(where: { $0.name == rules[queue]?.circuit }), state.phase != .closed {
            holds.append(Self.hold(state, queue, counts.ready))
        }
        guard counts.ready > 0 else { return holds }
        if let danger, orderQueues.contains(queue) {
            holds.append(Hold(cause: .unsafeRedis, queue: queue, count: counts.ready, reason: danger))
        }
        for use in rules[queue]?.limits ?? [] {
            guard let level = levels.first(where: { $0.bucket.name == use.name }) else { continue }
            if let hold = hold(level, use.cost, queue, counts.ready) { holds.append(hold) }
        }
        if holds.isEmpty, serving.allSatisfy({ $0.running >= $0.slots }) {
            holds.append(Hold(cause: .busy, queue: queue, count: counts.ready))
        }
        return holds
    }

    /// What the gate of orders stops of a queue whose jobs place orders.
    private func gateHolds(_ counts: QueueCounts, _ backlog: QueueBacklog) -> [Hold] {
        guard orderQueues.contains(counts.name) else { return [] }
        func count(_ sentence: String) -> Int {
            counts.ready + backlog.postponed.reduce(0) { $0 + ($1.reason == sentence ? $1.count : 0) }
        }
        let halted = gate.halts.map { halt in
            Hold(
                cause: .halted, name: halt.level.rawValue, queue: counts.name, count: count(halt.sentence),
                since: halt.since, until: halt.until, reason: halt.sentence)
        }
        let held = gate.hold.map { hold in
            Hold(
                cause: .held, queue: counts.name, count: count(hold.sentence), since: hold.since,
                reason: hold.sentence)
        }
        return halted + [held].compactMap(\.self)
    }

    /// The hold of a job that was postponed for this reason, as the gate of orders words it; nil for any other reason.
    func gateHold(_ reason: String, _ queue: String) -> Hold? {
        if let halt = gate.halts.first(where: { $0.sentence == reason }) {
            return Hold(
                cause: .halted, name: halt.level.rawValue, queue: queue, count: 1, since: halt.since,
                until: halt.until, reason: reason)
        }
        guard let hold = gate.hold, hold.sentence == reason else { return nil }
        return Hold(cause: .held, queue: queue, count: 1, since: hold.since, reason: reason)
    }

    private static func hold(_ state: CircuitState, _ queue: String, _ count: Int) -> Hold {
        let why = state.isByHand ? "by hand" + (state.reason.isEmpty ? "" : ": " + state.reason) : state.reason
        let phase = state.phase.rawValue + (why.isEmpty ? "" : " (\(Shown.line(why, 120)))")
        return Hold(
            cause: .circuit, name: state.name, queue: queue, count: count, since: state.sinceMilliseconds,
            until: state.untilMilliseconds, reason: phase)
    }

    private func hold(_ level: BucketLevel, _ cost: Int, _ queue: String, _ count: Int) -> Hold? {
        let missing = Double(cost + level.bucket.floor(for: queue)) - level.available
        guard level.closedMilliseconds > 0 || missing > 0 else { return nil }
        let fills = missing > 0 && level.bucket.ratePerSecond > 0 ? missing / level.bucket.ratePerSecond * 1_000 : 0
        let wait = level.closedMilliseconds + Int64(min(fills, 86_400_000))
        let reason = level.closedMilliseconds > 0 ? "it gives none, because the server behind it refused a call" : ""
        return Hold(
            cause: .limit, name: level.bucket.name, queue: queue, count: count, until: now + max(1, wait),
            reason: reason)
    }

    /// Jobs that are parked, each group for its own reason.
    private func parked(_ counts: QueueCounts, _ backlog: QueueBacklog) -> [Hold] {
        backlog.parked.map { group in
            var hold = Hold(
                cause: .children, queue: counts.name, count: group.count, since: group.sinceMilliseconds)
            switch group.reason {
            case .concurrencyKey(let key):
                hold = Hold(
                    cause: .concurrencyKey, name: key, queue: counts.name, count: group.count,
                    since: group.sinceMilliseconds)
            case .unknownKind(let kind, let version):
                hold = unknownKind(kind, version, counts.name, group.count, since: group.sinceMilliseconds)
                if isKnown(kind, version, in: counts.name) {
                    hold = Hold(
                        cause: .busy, name: Self.text(kind, version), queue: counts.name, count: group.count,
                        since: group.sinceMilliseconds)
                }
            case .fuse(let id): hold = fuseHold(id, counts.name, group.count, since: group.sinceMilliseconds)
            case .children: break
            case .crashed, .crashOpen:
                hold = Hold(cause: .crashed, queue: counts.name, count: group.count, since: group.sinceMilliseconds)
            }
            return hold
        }
    }

    /// Whether a live worker that serves the queue knows the kind.
    func isKnown(_ kind: JobKind, _ version: Int, in queue: String) -> Bool {
        serving(queue).contains { $0.knows(kind, version: version) }
    }

    func unknownKind(_ kind: JobKind, _ version: Int, _ queue: String, _ count: Int, since: Int64?) -> Hold {
        Hold(
            cause: .unknownKind, name: Self.text(kind, version), queue: queue, count: count, since: since,
            isOfTestKind: isTestKind(kind))
    }

    func fuseHold(_ id: String, _ queue: String, _ count: Int, since: Int64?) -> Hold {
        let fuse = fuses[id]
        return Hold(
            cause: .fuse, name: id, queue: queue, count: count, since: since, until: fuse?.until,
            reason: fuse?.sentence ?? "it is over, and its jobs are released step by step")
    }

    /// A kind and its version in words; version 1 goes without saying.
    public static func text(_ kind: JobKind, _ version: Int) -> String {
        version == 1 ? kind.description : "\(kind) in version \(version)"
    }

    /// Jobs whose time has not come.
    private func later(_ counts: QueueCounts, _ backlog: QueueBacklog) -> [Hold] {
        let others = backlog.postponed.filter { gateHold($0.reason, counts.name) == nil }
        var holds = others.map {
            Hold(
                cause: .postponed, queue: counts.name, count: $0.count, until: $0.untilMilliseconds, reason: $0.reason)
        }
        let due = counts.scheduled - backlog.postponed.reduce(0) { $0 + $1.count }
        if due > 0 {
            holds.append(
                Hold(cause: .dueLater, queue: counts.name, count: due, until: backlog.nextDueMilliseconds))
        }
        if counts.retrying > 0 {
            holds.append(
                Hold(
                    cause: .retrying, queue: counts.name, count: counts.retrying, until: backlog.nextRetryMilliseconds))
        }
        return holds
    }
}
