/// What `StatusReading` asks of the program around it.
public struct StatusSources: Sendable {
    let view: FleetView
    let options: [String]
    let ordersHeldHere: @Sendable () async -> String?
    let isRebalanced: @Sendable () async -> Bool?

    /// - Parameters:
    ///   - options: what the printed commands need to reach this fleet, as words of a command line.
    ///   - ordersHeldHere: why a worker that starts on this host would place no orders, in sentences; nil when it
    ///     would.
    ///   - isRebalanced: whether an operator has agreed to rebalances; nil when there is no ledger here to ask.
    public init(
        _ view: FleetView, options: [String], ordersHeldHere: @escaping @Sendable () async -> String?,
        isRebalanced: @escaping @Sendable () async -> Bool?
    ) {
        self.view = view
        self.options = options
        self.ordersHeldHere = ordersHeldHere
        self.isRebalanced = isRebalanced
    }
}
