import Redis
import TestSupport

@testable import JobQueue

/// A broker on an empty database, with one queue and workers that have joined it.
struct QueueBench: Sendable {
    let redis: RedisClient
    let broker: Broker
    let inspector: QueueInspector
    let queue: QueueName
    let w1 = WorkerID(unchecked: "w1")
    let w2 = WorkerID(unchecked: "w2")

    init(redis: RedisClient? = nil) async throws {
        self.redis = if let redis { redis } else { try await SharedServer.client() }
        broker = Broker(redis: self.redis)
        inspector = QueueInspector(broker: broker)
        queue = try QueueName("q")
        for worker in [w1, w2] { try await broker.claims.join(queue, as: worker, lease: .seconds(600)) }
    }

    var keys: KeysOfQueue { QueueKeys().of(queue) }

    func job(_ id: String? = nil, priority: Int = 0, start: NewJob.Start = .now, payload: String = "{}") throws
        -> NewJob
    {
        var job = NewJob(
            id: try id.map { try JobID($0) }, kind: try JobKind("k"), queue: queue,
            payload: try JobPayload(json: payload))
        job.priority = priority
        job.start = start
        return job
    }

    func fetch(_ limit: Int = 1, for worker: WorkerID? = nil) async throws -> [LeasedJob] {
        guard case .jobs(let jobs) = try await broker.claims.fetch(from: queue, for: worker ?? w1, limit: limit) else {
            return []
        }
        return jobs
    }

    /// Somebody sees a worker die; its jobs are not rescued yet.
    func expire(_ worker: WorkerID) async throws {
        _ = try await redis.send(["ZADD", .text(keys.leases), "XX", -1, .text(worker.description)])
    }

    /// Lets the lease of a worker end now, that may live on.
    func lapse(_ worker: WorkerID) async throws {
        _ = try await redis.send(["ZADD", .text(keys.leases), "XX", 1, .text(worker.description)])
    }

    func counts() async throws -> QueueCounts { try await inspector.counts(of: queue) }

    func state(of id: JobID) async throws -> JobState? { try await inspector.job(id)?.state }

    func failure(_ message: String = "it broke") -> JobFailure { JobFailure(type: "test", message: message, at: 5) }
}
