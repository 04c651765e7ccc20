public import JobQueue

/// A change of many jobs in paced steps, under a handle in Redis by which others watch it and end it. A process that
/// dies leaves the rest unchanged; the same command again goes on with it.
public struct BulkChange: Sendable {
    private let runs: BulkRuns
    private let clock: any Clock<Duration>
    private let who, action, target: String

    /// From so many jobs on a change goes in steps under a handle.
    public static let threshold = 500
    /// Jobs of a step.
    public static let stepSize = 250
    /// Between two steps, so that workers and others get their turn.
    private static let pause = Duration.milliseconds(50)

    init(_ who: String, _ action: String, on target: String, broker: Broker, clock: any Clock<Duration>) {
        runs = BulkRuns(broker: broker)
        self.clock = clock
        self.who = who
        self.action = action
        self.target = target
    }

    /// Carries steps out, one after the other; with few jobs at once and without a handle.
    /// - Parameters:
    ///   - steps: each with the jobs of one queue, at most `stepSize`.
    ///   - total: all jobs.
    ///   - onBegin: called with the handle, once it is known.
    ///   - change: changes the jobs of a step; returns how many were changed.
    public func run(
        _ steps: [BulkStep], total: Int, onBegin: @Sendable (String) -> Void,
        _ change: (BulkStep) async throws(JobQueueError) -> Int
    ) async throws(JobQueueError) -> BulkOutcome {
        var outcome = BulkOutcome(total: total)
        let handle = total >= Self.threshold ? try await runs.begin(action, on: target, total: total, by: who) : nil
        if let handle { onBegin(handle) }
        for step in steps {
            // A signal cancels the task.
            if outcome.abortedBy == nil, Task.isCancelled { outcome.abortedBy = who }
            if outcome.abortedBy != nil { break }
            do throws(JobQueueError) {
                let changed = try await change(step)
                outcome.done += changed
                outcome.failed += step.ids.count - changed
                guard let handle else { continue }
                outcome.abortedBy = try await runs.step(handle, done: outcome.done, failed: outcome.failed)
            } catch {
                guard Task.isCancelled else {
                    // What was not reached is left.
                    if let handle { await end(handle, .stopped, outcome) }
                    throw error
                }
                continue
            }
            // A cancelled task ends the pause, and the loop at its next turn.
            try? await clock.sleep(for: Self.pause)
        }
        if let handle { await end(handle, outcome.abortedBy == nil ? .done : .aborted, outcome) }
        return outcome
    }

    /// A handle that cannot be written shows by its silence that nothing goes on.
    private func end(_ handle: String, _ state: BulkRun.State, _ outcome: BulkOutcome) async {
        // The end must be written also where a signal has cancelled the task.
        await Task { [runs] in
            try? await runs.end(handle, state, done: outcome.done, failed: outcome.failed)
        }.value
    }
}

/// The jobs of one step.
public struct BulkStep: Sendable, Equatable {
    /// All of them are in this queue.
    public let queue: QueueName
    /// At most `BulkChange.stepSize`.
    public let ids: [JobID]

    /// Jobs in the order of their queues, in steps.
    public static func steps(of jobs: [StoredJob]) -> [BulkStep] {
        Dictionary(grouping: jobs, by: \.queue).sorted { $0.key < $1.key }.flatMap { queue, jobs in
            stride(from: 0, to: jobs.count, by: BulkChange.stepSize).map { start in
                BulkStep(
                    queue: queue, ids: jobs[start..<min(start + BulkChange.stepSize, jobs.count)].map(\.id))
            }
        }
    }
}

/// How far a bulk change has come.
public struct BulkOutcome: Sendable, Equatable {
    /// All jobs that were chosen.
    public let total: Int
    /// Jobs that were changed, and that could not be.
    public internal(set) var done = 0, failed = 0
    /// Who has ended it before its end; nil for nobody.
    public internal(set) var abortedBy: String?

    init(total: Int) { self.total = total }

    /// Jobs that were not reached.
    public var left: Int { total - done - failed }
}
