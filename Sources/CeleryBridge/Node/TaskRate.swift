/// How often a task may start, as Celery writes it: `10/m`, `5/s`, `100/h`, or a number a second.
package struct TaskRate: Sendable, Equatable {
    /// As it was given.
    package let text: String
    /// Starts a second, above zero.
    package let perSecond: Double

    /// nil where the text is no rate; a rate of zero is no limit, which `isOff` tells.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let number = Double(parts[0].filter { $0 != " " }), number >= 0, number.isFinite else { return nil }
        switch parts.count > 1 ? parts[1] : "s" {
        case "", "s": perSecond = number
        case "m": perSecond = number / 60
        case "h": perSecond = number / 3600
        default: return nil
        }
        self.text = text
    }

    /// Whether the rate takes a limit away.
    package var isOff: Bool { perSecond == 0 }
}
