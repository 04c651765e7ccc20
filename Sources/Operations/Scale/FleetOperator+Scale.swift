public import JobQueue

/// What a person does to the processes of the fleet.
extension FleetOperator {
    /// Sets how many processes pools have in the whole fleet, all or none.
    /// - Returns: `conflict` when somebody else has changed one of them since the caller looked.
    public func scale(
        _ changes: [FleetStore.PoolChange], why: String
    ) async throws(JobQueueError) -> FleetStore.ScaleAnswer {
        let target = changes.map { "\($0.pool)=\($0.wanted.map(String.init) ?? "default")" }.joined(separator: " ")
        return try await FleetStore(broker: acting("pool.scale", on: target, why: why)).scale(changes)
    }

    /// Asks all hosts to restart their processes, one after the other.
    /// - Returns: the number of the restart.
    public func restartFleet(why: String) async throws(JobQueueError) -> Int {
        try await FleetStore(broker: acting("fleet.restart", on: "all hosts", why: why)).restartAll()
    }

    /// Tells one worker to take no more jobs, to take jobs again, or to end.
    /// - Returns: false when it had been told that already.
    public func tell(_ worker: WorkerID, _ order: WorkerOrder) async throws(JobQueueError) -> Bool {
        try await FleetStore(broker: acting("worker.\(order.rawValue)", on: worker.description)).tell(worker, order)
    }
}
