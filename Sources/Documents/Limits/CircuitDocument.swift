public import JobQueue

/// A dependency with its state: `circuits`, and an element of `status`.
public struct CircuitDocument: Encodable, Sendable {
    let name, state: String
    let since, until: DocumentTime
    let openings: Int
    let isByHand: Bool
    let reason: String
    /// How many there were, by fingerprint.
    let failures: OrderedFields<Int>

    /// Takes all of it; failures are sorted by fingerprint.
    public init(_ circuit: CircuitState) {
        name = circuit.name
        state = circuit.phase.rawValue
        since = DocumentTime(circuit.sinceMilliseconds)
        until = DocumentTime(circuit.untilMilliseconds)
        openings = circuit.openings
        isByHand = circuit.isByHand
        reason = circuit.reason
        failures = OrderedFields(circuit.failures.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }

    enum CodingKeys: String, CodingKey {
        case name, state, since, until, openings
        case isByHand = "by_hand"
        case reason, failures
    }
}

/// That a circuit is closed: `circuits reset`.
public struct CircuitResetDocument: Encodable, Sendable {
    let name: String
    let state = CircuitState.Phase.closed.rawValue
    let changed: Bool

    /// - Parameter changed: whether it was open, or had counted failures.
    public init(_ name: String, changed: Bool) {
        self.name = name
        self.changed = changed
    }

    enum CodingKeys: String, CodingKey { case name, state, changed }
}
