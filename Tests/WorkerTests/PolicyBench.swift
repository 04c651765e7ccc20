import JobQueue
import Logging
import Redis
import TestSupport
import Testing

@testable import Worker

/// Workers that follow the active version of a schedule, whose text is a line for each thing that it says:
/// `slots 4`, `timeout 500`, `queue r`, `every`, `limit coinbase`, `bucket coinbase 5`, `circuit c`, `most 10`.
struct PolicyBench: Sendable {
    let bench: WorkerBench

    init() async throws { bench = try await WorkerBench() }

    struct Unreadable: Error {}

    /// - Parameter text: what is stored as a version.
    func policy(_ text: String, _ version: ScheduleStamp? = nil) throws -> WorkerPolicy {
        var plan = bench.plan(slots: 2)
        plan.lease = .seconds(6)
        plan.queues = []
        var (rules, buckets, settings) = (bench.plan().queues[0], [TokenBucket](), QueueSettings())
        var circuits: [CircuitRules] = []
        var names: [QueueName] = []
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            switch words[0] {
            case "slots": plan.slots = Int(words[1]) ?? 0
            case "timeout": rules.timeout = .milliseconds(Int(words[1]) ?? 0)
            case "attempts":
                rules.retry = RetryPolicy(
                    attempts: Int(words[1]) ?? 0, backoff: .fixed, baseMilliseconds: 1, jitter: false)
            case "queue": names.append(try QueueName(words[1]))
            case "every": plan.servesEveryQueue = true
            case "limit": rules.limits = [LimitUse(name: words[1])]
            case "bucket":
                buckets.append(TokenBucket(name: words[1], ratePerSecond: 0.001, burst: Int(words[2]) ?? 0))
            case "circuit":
                rules.circuit = words[1]
                circuits.append(CircuitRules(name: words[1]))
            case "most": settings.maxWaiting = Int(words[1])
            default: throw Unreadable()
            }
        }
        for name in names.isEmpty ? [bench.queue] : names {
            rules.name = name
            plan.queues.append(rules)
        }
        return WorkerPolicy(
            version: version, plan: plan, limiter: RateLimiter(broker: bench.broker, buckets: buckets),
            circuits: CircuitBreaker(broker: bench.broker, circuits: circuits),
            settings: Dictionary(uniqueKeysWithValues: plan.queues.map { ($0.name, settings) }))
    }

    /// Puts a active text.
    @discardableResult
    func store(_ text: String) async throws -> Int {
        guard case .stored(let version) = try await bench.broker.schedules.storeSchedule(text, by: "test") else {
            return 0
        }
        return version
    }

    /// Starts a worker whose jobs do what `body` says.
    func start(
        _ text: String, pid: Int32 = 1, logger: Logger = .quiet,
        _ body: @escaping @Sendable (JobContext) async throws -> Void = { _ in }
    ) throws -> RunningWorker {
        RunningWorker(try service(text, pid: pid, logger: logger, body))
    }

    func service(
        _ text: String, pid: Int32 = 1, logger: Logger = .quiet,
        _ body: @escaping @Sendable (JobContext) async throws -> Void = { _ in }
    ) throws -> WorkerService {
        var registry = JobRegistry()
        registry.register(bench.kind, PlainJob(body: body))
        return WorkerService(
            broker: bench.broker, policy: try policy(text),
            follow: { try policy($0.text, $0.stamp) }, registry: registry, host: "test", pid: pid, logger: logger,
            endProcess: { _ in })
    }

    var workers: [WorkerReport] {
        get async throws { try await WorkerRegistry(broker: bench.broker).live() }
    }

    /// Waits until every worker says that it goes by a version.
    func obeyed(_ version: Int, by count: Int = 1, within limit: Duration = .seconds(30)) async throws {
        try await eventually("\(count) workers go by version \(version)", within: limit, every: .milliseconds(20)) {
            let workers = try await workers
            return workers.count == count && workers.allSatisfy { $0.version == version }
        }
    }

    func enqueue(on queue: String) async throws -> JobID {
        try await bench.broker.enqueue(NewJob(kind: bench.kind, queue: try QueueName(queue))).id
    }

    /// Workers with a lease on a queue.
    func leases(on queue: String) async throws -> [String] {
        let key = bench.broker.keyspace.of(try QueueName(queue)).leases
        return try await bench.redis.send(["ZRANGE", .text(key), 0, -1]).strings()
    }
}

private struct PlainJob: Job {
    let body: @Sendable (JobContext) async throws -> Void

    func run(_ payload: RawArguments, in context: JobContext) async throws -> JobOutput {
        try await body(context)
        return JobOutput()
    }
}
