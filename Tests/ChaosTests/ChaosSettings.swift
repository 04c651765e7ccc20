import Foundation

/// What `ops/chaos` tells the tests. Without it they run the short share that belongs to `ops/test`.
enum ChaosSettings {
    private static let environment = ProcessInfo.processInfo.environment

    /// How long the live scenario breaks things.
    static let minutes = environment["FLOTILLA_CHAOS_MINUTES"].flatMap { Int($0) }
    static let isLong = minutes != nil
    static let length: Duration = minutes.map { .seconds($0 * 60) } ?? .seconds(60)
    /// For the time limit of a test, with room for starting and draining.
    static let limitMinutes = (minutes ?? 1) + 8

    /// Where the live scenario leaves the logs of everything that ran in it; nowhere unless told.
    static let logs = environment["FLOTILLA_CHAOS_LOGS"]

    /// The same for every test of one run.
    static let seed =
        environment["FLOTILLA_CHAOS_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 1...999_999_999)
}

/// Unix milliseconds by this host's clock, which is also that of the redis-server that a test has started.
func wallMilliseconds() -> Int64 { Int64(Date().timeIntervalSince1970 * 1_000) }
