import CeleryBridge
@testable import JobQueue
import Redis
import TestSupport
@testable import Worker

extension TaskCall {
    /// A call as a worker makes it, of a job with the id `job`. Its Redis does not answer.
    static func sample(
        _ task: String, _ args: [WireValue] = [], kwargs: [(name: String, value: WireValue)] = [], retries: Int = 0,
        job: String = "call", clock: any Clock<Duration> = ManualClock()
    ) throws -> TaskCall {
        let client = RedisClient(address: try RedisAddress(endpoint: .tcp(host: "127.0.0.1", port: 1)), logger: .quiet)
        let broker = Broker(redis: client)
        var random = SeededRandom(seed: 1)
        let claimed = LeasedJob(
            id: try JobID(job), queue: try QueueName("celery.q"),
            worker: WorkerID(host: "h", pid: 1, using: &random), fence: 1, startedMilliseconds: 0,
            envelope: JobEnvelope(kind: try JobKind("celery.task"), payload: [], enqueuedMilliseconds: 0))
        let plan = WorkerPlan(pool: "p", queues: [], slots: 1)
        let context = JobContext(
            attempt: Attempt(job: claimed, deadline: .now), options: JobOptions(), broker: broker,
            policy: WorkerPolicy(plan: plan, limiter: RateLimiter(broker: broker, buckets: [])), prepaid: [],
            clock: clock, logger: .quiet)
        return TaskCall(
            task: task, id: "id", args: args, kwargs: WireObject(kwargs), retries: retries, context: context)
    }
}
