public import JobQueue

/// Whether orders may be placed: a part of `status`; `halt` and `resume` print it too.
public struct OrderGateDocument: Encodable, Sendable {
    let halts: [Halt]
    @OrNull var hold: Hold?
    let reconciledAt: DocumentTime
    @OrNull var unreconciled: String?

    /// What operators have halted, and what holds orders after an unclean stop.
    public init(_ gate: OrderGate) {
        halts = gate.halts.map { halt in
            Halt(
                level: halt.level.rawValue, since: DocumentTime(halt.since), until: DocumentTime(halt.until),
                by: halt.who, reason: halt.reason.isEmpty ? nil : halt.reason)
        }
        hold = gate.hold.map { Hold(since: DocumentTime($0.since), reason: $0.why) }
        reconciledAt = DocumentTime(gate.reconciled)
        unreconciled = gate.unclean
    }

    enum CodingKeys: String, CodingKey {
        case halts, hold
        case reconciledAt = "reconciled_at"
        case unreconciled
    }

    struct Halt: Encodable, Sendable {
        let level: String
        let since, until: DocumentTime
        let by: String
        @OrNull var reason: String?
    }

    struct Hold: Encodable, Sendable {
        let since: DocumentTime
        let reason: String
    }
}
