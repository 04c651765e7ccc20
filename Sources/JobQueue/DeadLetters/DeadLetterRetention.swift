import Redis

/// Bounds the dead jobs of a queue by age and number, and exports each before it is removed.
///
/// Nothing is removed unless one of the two limits is given. The oldest are removed first. `export` gets a batch and
/// returns when the jobs are stored durably; only then they are discarded, and counted as discarded. An export that
/// fails discards nothing. A crash between the two exports the batch again with the next call: **a job may be exported
/// twice, never lost**. So may two processes that trim one queue at once; each job is still counted once. A job that
/// dies again between its export and its removal stays, and so does one whose record this version cannot read.
///
/// One call a minute for each queue is enough: a call removes up to 16 384 jobs.
public struct DeadLetterRetention: Sendable {
    /// Stores jobs so that they outlive a crash, or throws. It is given 1 to 256 of one queue.
    public typealias Export = @Sendable ([StoredJob]) async throws -> Void

    private let deadLetters: DeadLetterStore
    private let export: Export
    private static let batch = 256
    private static let rounds = 64

    /// - Parameter export: called with 1 to 256 jobs before they are removed; returns once they are stored durably.
    public init(broker: Broker, export: @escaping Export) {
        deadLetters = broker.deadLetters
        self.export = export
    }

    /// Exports and removes the dead jobs that are older than `age`, and the oldest ones beyond `count`.
    /// - Parameters:
    ///   - age: since their death; nil for no limit.
    ///   - count: how many may stay; nil for no limit, 0 for none.
    /// - Throws: `JobQueueError.exportFailed` when the export throws; jobs exported before that are discarded, the rest
    ///   stays. `outOfRange` for a negative limit.
    @discardableResult
    public func trim(_ queue: QueueName, age: Duration?, count: Int?) async throws(JobQueueError) -> TrimReport {
        if let age, age < .zero { throw .outOfRange(what: "The age", value: "\(age)", range: "zero or more") }
        if let count, count < 0 { throw .outOfRange(what: "The count", value: "\(count)", range: "zero or more") }
        var report = TrimReport()
        guard age != nil || count != nil else { return report }
        for _ in 0..<Self.rounds {
            let beyond = try await beyond(queue, age: age, count: count, from: report.kept)
            guard !beyond.isEmpty else { break }
            let records = try await deadLetters.envelopes(of: beyond.map(\.id), in: queue)
            let dead = beyond.filter { records[$0.id]?.stateCode == .dead }
            report.kept += beyond.count - dead.count
            let jobs = dead.compactMap { job in records[job.id].map { stored(job.id, queue, $0) } }
            if !jobs.isEmpty {
                do { try await export(jobs) } catch { throw .exportFailed(queue: "\(queue)", why: "\(error)") }
                report.exported += jobs.count
                report.discarded += try await deadLetters.trimDead(dead, in: queue)
            }
            if beyond.count < Self.batch { break }
        }
        return report
    }

    /// How many dead jobs are beyond the limits now; changes nothing.
    public func excess(in queue: QueueName, age: Duration?, count: Int?) async throws(JobQueueError) -> Int {
        let key = deadLetters.runner.keyspace.of(queue).dead
        let before = try await deadLetters.runner.clock.now() - (age?.milliseconds ?? 0)
        let replies = try await deadLetters.runner.pipeline([
            ["ZCARD", .text(key)], ["ZCOUNT", .text(key), "-inf", .text("(\(before)")],
        ])
        return try deadLetters.runner.decode { () throws(RedisError) in
            let tooMany = try count.map { count throws(RedisError) in try replies[0].int(of: "ZCARD") - count } ?? 0
            return max(0, tooMany, age == nil ? 0 : try replies[1].int(of: "ZCOUNT"))
        }
    }

    /// The oldest jobs beyond the limits, up to a batch, from one place of their order on.
    ///
    /// The total is read after the order: jobs that are removed in between make it smaller, so that fewer jobs are
    /// beyond the limit, never more.
    private func beyond(
        _ queue: QueueName, age: Duration?, count: Int?, from place: Int
    ) async throws(JobQueueError) -> [DeadID] {
        let now = try await deadLetters.runner.clock.now()
        let (oldest, total) = try await deadLetters.oldestDead(in: queue, from: place, limit: Self.batch)
        let tooOld = age.map { now - $0.milliseconds } ?? .min
        let tooMany = count.map { total - $0 } ?? 0
        return oldest.enumerated().prefix { at, job in
            job.diedMilliseconds < tooOld || place + at < tooMany
        }.map(\.element)
    }

    private func stored(_ id: JobID, _ queue: QueueName, _ envelope: JobEnvelope) -> StoredJob {
        StoredJob(
            id: id, queue: queue, state: .dead, envelope: envelope, dueMilliseconds: nil, worker: envelope.worker,
            startedMilliseconds: envelope.startedMilliseconds, heldBy: nil)
    }
}

/// The result of a trim.
public struct TrimReport: Sendable, Equatable {
    /// Jobs handed to the export.
    public internal(set) var exported = 0
    /// Jobs removed; fewer than exported when another process or an operator was faster.
    public internal(set) var discarded = 0
    /// Dead jobs beyond the limits that stay, because this version cannot read their records or they have none.
    public internal(set) var kept = 0

    /// An empty report; reports of several queues are added to it.
    public init() {}
}

extension TrimReport {
    /// The sum of the trims of several queues.
    public static func += (left: inout TrimReport, right: TrimReport) {
        left.exported += right.exported
        left.discarded += right.discarded
        left.kept += right.kept
    }
}
