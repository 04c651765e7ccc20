import Documents
public import JobQueue

extension OrderGate {
    /// How an operator ends a halt.
    public static let resumption = "Orders go on with: flotilla resume orders"

    /// What stops orders, a line each; none while they are placed.
    /// - Parameter now: unix milliseconds, by Redis' clock.
    public func lines(at now: Int64) -> [String] {
        let halted = halts.map { halt in
            let left = halt.until.map { ", \(Shown.age(milliseconds: $0 - now)) more" } ?? ""
            return "HALTED \(Shown.age(milliseconds: now - halt.since))\(left): \(halt.sentence). \(Self.resumption)"
        }
        let held = hold.map { hold in
            "HELD \(Shown.age(milliseconds: now - hold.since)): \(hold.sentence)"
                + (unclean.map { ". The last one did not: \(Shown.line($0, 300))" } ?? "")
        }
        return halted + [held].compactMap(\.self)
    }

    /// Why a resumption was refused, and what to do; sentences.
    public var refusal: String {
        let why =
            unclean.map { "the last reconciliation was not clean: \(Shown.line($0, 300))" }
            ?? "no reconciliation has come back clean since the halt began"
        return "Orders stay halted: \(why). See that a worker takes the jobs of orders ('flotilla status'); try again."
    }
}
