import JobQueue
import Redis
import TestSupport

/// Enqueues jobs in batches, without end and whatever happens to Redis, and remembers what was accepted.
///
/// A job counts as accepted once an enqueue has been answered. When the answer is lost or a refusal, the same batch is
/// sent again under the same ids.
actor Load {
    struct Accepted: Sendable {
        let purpose: Purpose
        /// Unix milliseconds.
        let at: Int64
    }

    private let broker: Broker
    private let queues: [QueueName]
    private let mix: JobMix
    private var number = 0
    private var isStopped = false
    private(set) var accepted: [String: Accepted] = [:]
    /// Batches that were sent again.
    private(set) var repeats = 0
    /// Those of them that a full Redis had refused.
    private(set) var refusals = 0

    init(broker: Broker, queues: [QueueName], mix: JobMix) {
        self.broker = broker
        self.queues = queues
        self.mix = mix
    }

    var count: Int { accepted.count }

    /// Ids and queues of jobs of the last moments that run for long.
    func longRunning() -> [(String, QueueName)] { latest }
    private var latest: [(String, QueueName)] = []

    /// The jobs that leave a value.
    var records: [String] {
        accepted.compactMap { id, job in if case .record = job.purpose { id } else { nil } }
    }

    func stop() { isStopped = true }

    /// Enqueues until it is stopped, or that many jobs are accepted. Any number of these may run at a time.
    /// - Parameters:
    ///   - perSecond: jobs of this call; what an outage has cost is not made up for.
    ///   - waiting: how many jobs are in line; above 3000 the load waits, so that it stays the faults that are tested.
    func run(
        perSecond: Int, batch: Int = 20, upTo most: Int = .max, waiting: @Sendable () async -> Int = { 0 }
    ) async throws {
        var pace = Pace(every: .milliseconds(batch * 1_000 / perSecond), on: ContinuousClock())
        while !isStopped, number < most {
            let jobs = (0..<min(batch, most - number)).map { offset in
                PlannedJob(id: "job-\(number + offset)", purpose: mix.purpose(of: number + offset))
            }
            number += jobs.count
            try await enqueue(jobs, in: queues[number / batch % queues.count])
            repeat {
                guard await pace.beat() else { return }
            } while await waiting() > 3_000 && !isStopped
        }
    }

    private func enqueue(_ jobs: [PlannedJob], in queue: QueueName) async throws {
        let new = try jobs.map { try $0.job(in: queue) }
        var pause = Pace(every: .milliseconds(100), on: ContinuousClock())
        while true {
            do throws(JobQueueError) {
                try await broker.enqueue(new)
                break
            } catch {
                guard case .redis(let cause) = error else { throw error }
                repeats += 1
                if case .outOfMemory = cause { refusals += 1 }
                guard await pause.beat() else { throw CancellationError() }
            }
        }
        let now = wallMilliseconds()
        latest = (latest + jobs.filter(\.purpose.isLong).map { ($0.id, queue) }).suffix(4)
        for job in jobs { accepted[job.id] = Accepted(purpose: job.purpose, at: now) }
    }
}
