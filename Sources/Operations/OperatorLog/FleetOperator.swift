public import JobQueue

/// What a person does to a running fleet. Every change goes through here, whichever command or request asks for it, and
/// the script that makes the change writes an entry into the operator log in the same step: who, when, what, why, and
/// what was seen before and after. A call that changes nothing writes nothing.
///
/// All methods throw what the methods of `Broker` of the same names throw.
public struct FleetOperator: Sendable {
    private let broker: Broker
    /// `user@host`, or the name of an API token.
    public let who: String

    /// - Parameter who: `user@host`, or the name of an API token.
    public init(_ who: String, broker: Broker) {
        self.who = who
        self.broker = broker
    }

    /// What takes changes back.
    /// - Parameter ledger: the log of what was changed in the ledger; nil where it cannot be opened.
    public func undoing(_ ledger: OperatorLedger?) -> OperationUndo {
        OperationUndo(who, broker: broker, ledger: ledger)
    }

    /// A broker whose changes are logged: for a limiter, a circuit breaker or a replay that is made with it.
    /// - Parameters:
    ///   - action: what is done, such as `limit.set`.
    ///   - target: to what, such as the limit's name.
    ///   - isForGood: whether jobs that are removed or moved are kept out of the bin, so that it cannot be undone.
    public func acting(
        _ action: String, on target: String, why: String = "", isForGood: Bool = false
    ) -> Broker {
        var note = OperatorNote(by: who, action, target, why: why)
        note.isForGood = isForGood
        return broker.noting(note)
    }

    /// A change of many jobs in steps.
    public func bulk(_ action: String, on target: String, clock: any Clock<Duration>) -> BulkChange {
        BulkChange(who, action, on: target, broker: broker, clock: clock)
    }

    /// Asks a change of many jobs to end.
    /// - Returns: false when it does not run, or was asked before.
    public func abort(_ run: BulkRun) async throws(JobQueueError) -> Bool {
        try await BulkRuns(broker: acting("bulk.abort", on: run.id)).abort(run.id, by: who)
    }

    // MARK: Queues

    /// Pauses a queue, so that workers fetch no jobs from it.
    /// - Parameter duration: nil until it is resumed.
    public func pause(_ queue: QueueName, for duration: Duration?, why: String) async throws(JobQueueError) {
        try await acting("queue.pause", on: queue.description, why: why).pause(queue, for: duration, reason: why)
    }

    /// - Returns: false when the queue was not paused.
    public func resume(_ queue: QueueName) async throws(JobQueueError) -> Bool {
        try await acting("queue.resume", on: queue.description).resume(queue)
    }

    /// Removes the waiting jobs of a queue; each batch of 500 is an entry.
    /// - Parameters:
    ///   - isForGood: whether the bin keeps none of them.
    ///   - onStep: called after each batch with how many are removed; returns whether it goes on.
    /// - Returns: how many.
    public func purge(
        _ queue: QueueName, isForGood: Bool = false, onStep: (Int) async -> Bool = { _ in true }
    ) async throws(JobQueueError) -> Int {
        try await acting("queue.purge", on: queue.description, isForGood: isForGood)
            .purge(queue) { count throws(JobQueueError) in await onStep(count) }
    }

    // MARK: Jobs

    /// Cancels a waiting job, or asks its worker to stop it.
    public func cancel(_ id: JobID, in queue: QueueName) async throws(JobQueueError) -> CancelAnswer {
        try await acting("job.cancel", on: id.description).cancel(id, in: queue)
    }

    /// Removes dead jobs; the bin keeps them for a day. Each batch of 256 is an entry.
    /// - Returns: for each whether it was dead and is removed.
    public func discard(_ ids: [JobID], in queue: QueueName) async throws(JobQueueError) -> [Bool] {
        try await acting("dead.discard", on: Self.target(ids)).deadLetters.discard(ids, in: queue)
    }

    private static func target(_ ids: [JobID]) -> String {
        ids.count == 1 ? ids[0].description : "\(ids.count) jobs, the first \(ids.first?.description ?? "-")"
    }

    // MARK: The schedule

    /// Activates a text of the schedule.
    /// - Parameter action: `schedule.apply` or `schedule.rollback`.
    public func storeSchedule(
        _ text: String, _ action: String, by author: String, expecting expected: Int?
    ) async throws(JobQueueError) -> ScheduleStoring {
        try await acting(action, on: "version \(expected.map { "\($0 + 1)" } ?? "next")")
            .schedules.storeSchedule(text, by: author, expecting: expected)
    }

    /// Pauses an entry, or one entity of it.
    public func pauseEntry(
        _ name: String, in queue: QueueName, for duration: Duration?, why: String, catchUp: EntryPause.CatchUp
    ) async throws(JobQueueError) {
        try await acting("entry.pause", on: name, why: why)
            .schedules.pauseEntry(name, in: queue, for: duration, by: who, reason: why, catchUp: catchUp)
    }

    /// Ends a pause.
    /// - Returns: the pause as it was; nil when there was none.
    public func resumeEntry(_ name: String, in queue: QueueName) async throws(JobQueueError) -> EntryPause? {
        try await acting("entry.resume", on: name).schedules.resumeEntry(name, in: queue)
    }
}
