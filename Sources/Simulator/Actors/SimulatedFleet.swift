import JobQueue
import Redis

/// The parts that the processes of a simulation share: the simulation scheduler, the invariant checkers and the
/// connection to Redis.
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
    /// The factor by which all times are longer than usual; lets a run span days.
    let tempo: Int64
    /// Whether the run has no faults.
    let isCalm: Bool

    /// How long a worker's lease lasts.
    var lease: Int64 { 4_000 * tempo }

    /// A broker for a process that has just started: its caches are empty, and it takes the time from the simulation
    /// scheduler.
    func broker() -> Broker {
        let stage = stage
        var broker = Broker(redis: redis, clock: RedisClock(redis: redis, given: { stage.believedNow }))
        // The checks read every finished job, so none may be removed.
        broker.finishedLimit = 10_000_000
        return broker
    }

    func limiter(_ broker: Broker) -> RateLimiter { RateLimiter(broker: broker, buckets: [limited.bucket]) }

    /// A job without a special purpose.
    func job(_ id: String, in queue: QueueName, start: NewJob.Start) throws(JobQueueError) -> NewJob {
        var job = NewJob(id: try JobID(id), kind: try JobKind("sim.work"), queue: queue)
        job.start = start
        return job
    }
}
