public import JobQueue

/// Halting and resuming orders.
extension FleetOperator {
    /// Halts buys, or all orders, for the whole fleet. No step of an order passes it from then on.
    /// - Parameter duration: nil until orders are resumed.
    public func haltOrders(
        _ level: OrderGate.Level, for duration: Duration?, why: String
    ) async throws(JobQueueError) {
        try await OrderGateStore(broker: acting("orders.halt", on: level.rawValue, why: why))
            .halt(level, for: duration, reason: why, by: who)
    }

    /// Ends all halts, when the orders are reconciled.
    public func resumeOrders() async throws(JobQueueError) -> OrderGateStore.Resumption {
        try await OrderGateStore(broker: acting("orders.resume", on: "orders")).resume()
    }

    /// Ends all halts; when the orders are not reconciled, asks for a reconciliation and waits for it.
    /// - Parameters:
    ///   - reconciliation: the job that reconciles.
    ///   - limit: how long it waits.
    ///   - clock: that it waits by.
    /// - Throws: `CancellationError` when the wait is cancelled; `JobQueueError`.
    public func resumeOrders(
        asking reconciliation: NewJob, within limit: Duration, by clock: any Clock<Duration>
    ) async throws -> OrderGateStore.Resumption {
        let broker = acting("orders.resume", on: "orders")
        var answer = try await resumeOrders()
        guard answer == .unreconciled else { return answer }
        try await broker.enqueue(reconciliation)
        for _ in 0..<max(1, limit.milliseconds / Self.pollMilliseconds) where answer == .unreconciled {
            try await clock.sleep(for: .milliseconds(Self.pollMilliseconds))
            answer = try await resumeOrders()
        }
        return answer
    }

    private static let pollMilliseconds: Int64 = 200
}
