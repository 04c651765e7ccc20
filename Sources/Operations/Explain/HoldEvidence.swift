import Documents
import JobQueue

/// What is read beside a hold: who is behind it.
struct HoldEvidence: Sendable {
    /// The newest entry of the operator log that paused the queue, opened the circuit or set the limit.
    var note: OperatorLogEntry?
    /// The bucket, and what one job costs there.
    var level: BucketLevel?
    var cost = 1
    /// Who took tokens of the bucket in the last minute.
    var takers: [TokenTaker] = []
    /// The jobs that hold the concurrency key, with their workers.
    var holders: [StoredJob] = []
    /// The children that have not ended, and how many there are in all.
    var children: (open: [ChildReport], all: Int) = ([], 0)
    /// Workers that serve the queue, and those that would but for their state.
    var serving: [WorkerReport] = []
    var stopping: [WorkerReport] = []
}

/// Reads the evidence of holds.
struct HoldReader: Sendable {
    let fleet: FleetHolds
    let broker: Broker

    /// - Parameter job: of which the hold is; nil for a hold of a queue.
    func evidence(of hold: Hold, job: StoredJob? = nil) async throws -> HoldEvidence {
        var evidence = HoldEvidence()
        evidence.serving = fleet.serving(hold.queue)
        let log = OperatorLog(broker: broker)
        switch hold.cause {
        case .paused:
            evidence.note = try await log.newest(about: hold.queue) { $0.action == "queue.pause" }
        case .circuit:
            evidence.note = try await log.newest(about: hold.name ?? "") { $0.action.hasPrefix("circuit.") }
        case .limit:
            evidence.level = fleet.levels.first { $0.bucket.name == hold.name }
            evidence.cost = fleet.rules[hold.queue]?.limits.first { $0.name == hold.name }?.cost ?? 1
            evidence.takers = try await RateLimiter(broker: broker, buckets: []).takers(of: hold.name ?? "")
            evidence.note = try await log.newest(about: hold.name ?? "") { $0.action == "limit.set" }
        case .unserved:
            evidence.stopping = fleet.workers.filter {
                $0.state != "running" && ($0.queues.contains(hold.queue) || $0.queues.contains("*"))
            }
        case .concurrencyKey:
            let queue = try QueueName(hold.queue)
            let inspector = QueueInspector(broker: broker)
            let ids = try await inspector.runningJobs(ofConcurrencyKey: hold.name ?? "", in: queue)
            for id in ids.prefix(Self.mostHolders) {
                if let holder = try await inspector.job(id) { evidence.holders.append(holder) }
            }
        case .children:
            guard let job else { break }
            let all = try await QueueInspector(broker: broker).children(of: job.id, in: job.queue)
            evidence.children = (all.filter { !$0.isOver }, all.count)
        case .halted:
            evidence.note = try await log.newest(about: "orders") {
                $0.action == "orders.halt" && $0.target == hold.name
            }
        case .fuse:
            evidence.note = try await log.newest(about: hold.queue) {
                $0.action == "fuse.add" && $0.after.contains("\"\(hold.name ?? "")\"")
            }
        case .held, .unsafeRedis, .busy, .unknownKind, .crashed, .postponed, .dueLater, .retrying, .inLine: break
        }
        return evidence
    }

    private static let mostHolders = 3
}
