import Redis

/// Reads and changes the gate of orders. Every change is one script.
public struct OrderGateStore: Sendable {
    private let runner: ScriptRunner

    /// - Parameter broker: one that notes the changes of an operator, for `halt` and `resume`.
    public init(broker: Broker) { runner = broker.runner }

    /// The answer to `resume`.
    public enum Resumption: Sendable, Equatable {
        /// Orders go on; none that was decided before.
        case resumed
        /// Nothing was halted.
        case notHalted
        /// No reconciliation has come back clean since the halt began, or the last one did not: nothing was changed.
        case unreconciled
    }

    /// The gate as it is now.
    public func read() async throws(JobQueueError) -> OrderGate {
        let reply = try await runner.run(Scripts.readGate, [key], [try await now()])
        return try runner.decode { () throws(RedisError) in
            var fields: [String: String] = [:]
            for (name, value) in try reply.pairs(of: "read_gate") {
                fields[name] = try value.shownText(of: "read_gate")
            }
            return OrderGate(fields)
        }
    }

    /// Halts buys, or all orders. Another halt of the same level is replaced; one of the other level stays.
    /// - Parameters:
    ///   - duration: nil until an operator resumes orders. A clock that is ahead now does not make it longer once it is
    ///     corrected.
    ///   - reason: the operator's own words.
    ///   - who: `user@host`, or the name of an API token.
    public func halt(
        _ level: OrderGate.Level, for duration: Duration?, reason: String, by who: String
    ) async throws(JobQueueError) {
        let now = try await runner.clock.now()
        _ = try await runner.run(
            Scripts.halt, [key],
            [
                .text(level.rawValue), .integer(Int(now)), .integer(Int(duration?.milliseconds ?? 0)),
                .text(PlainText.line(reason, limit: 200)), .text(PlainText.line(who, limit: 200)),
            ])
    }

    /// Ends all halts. Decisions from before are not traded afterwards.
    public func resume() async throws(JobQueueError) -> Resumption {
        let reply = try await runner.run(Scripts.resumeOrders, [key], [try await now()])
        return try runner.decode { () throws(RedisError) in
            switch try reply.int(of: "resume_orders") {
            case 1: .resumed
            case 0: .notHalted
            default: .unreconciled
            }
        }
    }

    /// Holds orders after an unclean stop, until a reconciliation that begins after it has come back clean.
    /// - Parameters:
    ///   - source: who found the stop, a word such as `leader`.
    ///   - mark: of the stop: the same source holds orders once for each.
    ///   - why: what had stopped, one line without a full stop.
    /// - Returns: false when they were held for it before; nothing was changed then.
    @discardableResult
    public func hold(source: String, mark: String, why: String) async throws(JobQueueError) -> Bool {
        let reply = try await runner.run(
            Scripts.holdOrders, [key],
            [.text(source), .text(mark), try await now(), .text(PlainText.line(why, limit: 200))])
        return try runner.decode { () throws(RedisError) in try reply.bool(of: "hold_orders") }
    }

    /// Records how a reconciliation ended. A clean one releases the hold that it began under.
    /// - Parameters:
    ///   - gate: as it was read before anything was asked: a halt or a hold that began since is not served by it.
    ///   - began: unix milliseconds.
    ///   - problem: why it was not clean, one line without a full stop; nil when it was.
    /// - Returns: whether a hold was released.
    @discardableResult
    public func noteReconciliation(
        under gate: OrderGate, began: Int64, problem: String?
    ) async throws(JobQueueError) -> Bool {
        let reply = try await runner.run(
            Scripts.noteReconciliation, [key],
            [
                .text(gate.stamp), .integer(Int(began)), .text(problem.map { PlainText.line($0, limit: 500) } ?? ""),
                try await now(),
            ])
        return try runner.decode { () throws(RedisError) in try reply.int(of: "note_reconciliation") == 2 }
    }

    private var key: String { runner.keyspace.orderGate }
    private func now() async throws(JobQueueError) -> RedisWord { .integer(Int(try await runner.clock.now())) }
}
