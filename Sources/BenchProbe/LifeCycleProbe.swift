public import JobQueue
import Redis

/// The life cycle of a job without a worker around it: fetch and acknowledge in batches, with a given number of calls
/// in flight. The baseline for worker benchmarks.
public struct LifeCycleProbe: Sendable {
    private let runner: ScriptRunner
    private let claims: ClaimStore
    private let queue: QueueName
    private let batch: Int

    /// - Parameter batch: jobs a call, 1 to 256.
    public init(broker: Broker, queue: QueueName, batch: Int) {
        runner = broker.runner
        claims = broker.claims
        self.queue = queue
        self.batch = batch
    }

    /// Takes jobs off the queue and settles them until it is empty or `limit` is reached.
    /// - Parameters:
    ///   - lanes: how many such loops run beside one another, each as a worker of its own.
    ///   - limit: jobs, about.
    /// - Returns: jobs settled.
    public func drain(lanes: Int, limit: Int = .max) async throws(JobQueueError) -> Int {
        do {
            return try await withThrowingTaskGroup(of: Int.self) { group in
                for lane in 0..<lanes {
                    group.addTask(executorPreference: runner.redis.loop) {
                        try await self.lane(lane, limit: limit / lanes)
                    }
                }
                return try await group.reduce(0, +)
            }
        } catch let error as JobQueueError {
            throw error
        } catch {
            throw .redis(.cancelled)
        }
    }

    private func lane(_ number: Int, limit: Int) async throws(JobQueueError) -> Int {
        let now = try await runner.clock.now()
        var random = SystemRandomNumberGenerator()
        let worker = WorkerID(host: "probe", pid: Int32(number), using: &random)
        try await claims.join(queue, as: worker, lease: .seconds(600))
        let keys = runner.keyspace.of(queue)
        let block = keys.block
        let fetchKeys = block + [keys.running(worker), keys.leases, keys.fuses]
        let settleKeys = block + [keys.running(worker), keys.batch(JobID(unchecked: "none"))]
        let fetchArguments: [RedisWord] = [
            .text(worker.description), .integer(Int(now)), .integer(batch), "ready", "1",
        ]
        var settled = 0
        while settled < limit {
            let reply = try await runner.run(Scripts.fetch, fetchKeys, fetchArguments)
            guard case .array(let values) = reply, values.count > 1, case .integer(let fence) = values[0] else { break }
            let count = (values.count - 1) / 2
            var arguments: [RedisWord] = [.integer(Int(now)), .integer(runner.finishedLimit), .integer(count)]
            arguments.reserveCapacity(6 + 4 * count)
            for index in 0..<count {
                guard case .bulk(let id) = values[1 + 2 * index], case .bulk(var record) = values[2 + 2 * index] else {
                    continue
                }
                record[1] = JobEnvelope.StateCode.succeeded.rawValue
                arguments.append(.bytes(id))
                arguments.append(.integer(Int(fence)))
                arguments.append(.bytes(record))
                arguments.append("succeeded")
            }
            arguments += ["", "", 0]
            _ = try await runner.run(Scripts.acknowledge, settleKeys, arguments)
            settled += count
        }
        try await claims.leave(queue, as: worker)
        return settled
    }
}
