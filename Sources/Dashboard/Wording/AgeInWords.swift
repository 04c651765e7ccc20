import Foundation

/// How long ago something was, as the old backend says it: by its largest unit, cut to a whole number.
enum AgeInWords {
    /// - Parameter date: nil for a time that cannot be read. One that lies ahead was just now.
    static func text(since date: Date?, now: Date) -> String {
        guard let date else { return "Unknown" }
        let seconds = max(0, now.timeIntervalSince(date)).rounded(.down)
        let days = (seconds / 86_400).rounded(.down)
        if days > 0 { return words(days, "day") }
        // A whole hour is still counted in minutes, and a whole minute not at all.
        if seconds > 3_600 { return words((seconds / 3_600).rounded(.down), "hour") }
        if seconds > 60 { return words((seconds / 60).rounded(.down), "minute") }
        return "Just now"
    }

    private static func words(_ number: Double, _ unit: String) -> String {
        "\(Int(number)) \(unit)\(number > 1 ? "s" : "") ago"
    }
}
