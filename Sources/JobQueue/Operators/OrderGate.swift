/// Whether orders may be placed: the halts by operators, and the hold after an unclean stop, at one moment.
///
/// It stands in Redis, for the whole fleet, and every step of an order reads it. Pure; `OrderGateStore` reads and
/// changes it.
public struct OrderGate: Sendable, Equatable {
    /// The orders that a halt covers.
    public enum Level: String, Sendable, CaseIterable {
        /// Buys; sells go on.
        case buys
        /// Every order.
        case all
    }

    /// A halt that an operator has set.
    public struct Halt: Sendable, Equatable {
        /// Which orders it covers.
        public let level: Level
        /// Since when, unix milliseconds.
        public let since: Int64
        /// When it ends by itself, unix milliseconds; nil for one that an operator has to end.
        public let until: Int64?
        /// The operator's own words.
        public let reason: String
        /// `user@host`, or the name of an API token.
        public let who: String

        /// What is halted, by whom and why, without a full stop. The same text as long as the halt lasts.
        public var sentence: String {
            let what = level == .all ? "all orders are halted" : "buys are halted"
            return "\(what) by \(who)" + (reason.isEmpty ? "" : ": \(reason)")
        }
    }

    /// The hold after a scheduler or a supervisor has stopped uncleanly; a clean reconciliation releases it.
    public struct Hold: Sendable, Equatable {
        /// Since when, unix milliseconds.
        public let since: Int64
        /// What had stopped.
        public let why: String

        /// One sentence without its full stop.
        public var sentence: String { "orders are held until a reconciliation has come back clean: \(why)" }
    }

    /// What the gate says about one order.
    public enum Verdict: Sendable, Equatable {
        case open
        /// Not now, and not later: a decision from before the end of the halt is not traded. A sentence.
        case halted(String)
        /// Not before the hold is released. A sentence.
        case held(String)
        /// The order was decided before orders were resumed.
        case overtaken
    }

    /// Those in force, the one of all orders first.
    public internal(set) var halts: [Halt] = []
    /// Nil when nothing holds orders.
    public internal(set) var hold: Hold?
    /// No buy is traded that was decided before; unix milliseconds, 0 for none.
    public internal(set) var buysFrom: Int64 = 0
    /// The same for sells.
    public internal(set) var sellsFrom: Int64 = 0
    /// When the last reconciliation began that came back clean since the last halt; unix milliseconds.
    public internal(set) var reconciled: Int64?
    /// Why the last reconciliation did not come back clean; nil when it did.
    public internal(set) var unclean: String?
    /// The halts and the hold that are in force, as note_reconciliation.lua compares them.
    let stamp: String

    /// A gate that nothing stops.
    public init() { stamp = "- - -" }

    /// - Parameter fields: of the hash. What is no number counts as absent, but a halt without a time stays one.
    init(_ fields: [String: String]) {
        func time(_ name: String) -> Int64? { fields[name].flatMap { StoredTime.milliseconds($0) } }
        halts = [Level.all, .buys].compactMap { level in
            let name = level.rawValue
            guard fields[name + ":since"] != nil else { return nil }
            let until = time(name + ":until") ?? 0
            return Halt(
                level: level, since: time(name + ":since") ?? 0, until: until == 0 ? nil : until,
                reason: fields[name + ":reason"] ?? "", who: fields[name + ":who"] ?? "an operator")
        }
        if fields["held_since"] != nil {
            hold = Hold(since: time("held_since") ?? 0, why: fields["held_why"] ?? "an unclean stop")
        }
        (buysFrom, sellsFrom) = (time("buys_from") ?? 0, time("sells_from") ?? 0)
        reconciled = time("reconciled")
        unclean = fields["unclean"]
        stamp = ["buys:since", "all:since", "held_since"].map { fields[$0] ?? "-" }.joined(separator: " ")
    }

    /// The halt that covers an order of this side; nil for none.
    public func halt(ofBuy isBuy: Bool) -> Halt? { halts.first { $0.level == .all || isBuy } }

    /// - Parameters:
    ///   - isBuy: whether the order buys.
    ///   - decidedAt: when it was decided, unix milliseconds.
    public func verdict(isBuy: Bool, decidedAt: Int64) -> Verdict {
        if let halt = halt(ofBuy: isBuy) { return .halted(halt.sentence) }
        let from = isBuy ? buysFrom : sellsFrom
        guard from == 0 || decidedAt >= from else { return .overtaken }
        return hold.map { .held($0.sentence) } ?? .open
    }
}
