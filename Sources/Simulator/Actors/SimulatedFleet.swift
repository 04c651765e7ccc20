import JobQueue
import Redis

/// What the processes of a simulation share: the stage, the witnesses and the way to Redis.
struct SimulatedFleet: Sendable {
    let stage: SimulationScheduler
    let redis: RedisClient
    let jobs: JobInvariants
    let tokens: TokenInvariants
    let ticks: TickInvariants
    let policies: PolicyInvariants
    let queues: [QueueName]
    /// The queue whose jobs need tokens, and its bucket.
    let limited: (queue: QueueName, bucket: TokenBucket)
    /// How much slower than usual everything goes; lets a run pass through days.
    let tempo: Int64
    /// Whether nothing is to go wrong.
    let isCalm: Bool

    /// How long a worker's lease lasts.
    var lease: Int64 { 4_000 * tempo }

    /// A broker for a process that has just started: it has registered nothing and knows the time from this stage.
    func broker() -> Broker {
        let stage = stage
        var broker = Broker(redis: redis, clock: RedisClock(redis: redis, given: { stage.believedNow }))
        // Every ending is looked at, so none is forgotten.
        broker.finishedLimit = 10_000_000
        return broker
    }

    func limiter(_ broker: Broker) -> RateLimiter { RateLimiter(broker: broker, buckets: [limited.bucket]) }

    /// A job of no particular use.
    func job(_ id: String, in queue: QueueName, start: NewJob.Start) throws(JobQueueError) -> NewJob {
        var job = NewJob(id: try JobID(id), kind: try JobKind("sim.work"), queue: queue)
        job.start = start
        return job
    }
}
