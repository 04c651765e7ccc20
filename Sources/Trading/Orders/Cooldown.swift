public import Foundation

/// The pause of a bot after a trade, as far as it still lasts.
public struct Cooldown: Sendable, Equatable {
    /// Whole minutes that are left, begun ones included; 0 when it is over.
    public let remainingMinutes: Int

    /// Whether it still lasts.
    public var isActive: Bool { remainingMinutes > 0 }

    /// - Parameters:
    ///   - minutes: its length; 0 and less is none.
    ///   - since: the trade; nil for none. One in the future counts as now.
    public init(minutes: Int, since: Date?, now: Date) {
        guard let since, minutes > 0 else {
            remainingMinutes = 0
            return
        }
        let elapsed = max(0, now.timeIntervalSince(since))
        // Beyond what an integer holds it is long over.
        remainingMinutes = Int(exactly: (Double(minutes) - elapsed / 60).rounded(.up)).map { max(0, $0) } ?? 0
    }
}
