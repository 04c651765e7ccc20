import Foundation

/// How old cached data is.
enum DataAge {
    /// The clocks of two hosts that may place orders differ by less than twice two seconds.
    private static let aheadSeconds: TimeInterval = 5

    /// Seconds since a time, at least 0.
    /// - Returns: infinity for a time that lies ahead: a clock was wrong, and nothing says how old the data is. It
    ///   would stay fresh until that time has come.
    static func seconds(since time: Date, at now: Date) -> TimeInterval {
        let age = now.timeIntervalSince(time)
        return age >= -aheadSeconds ? max(0, age) : .infinity
    }
}
