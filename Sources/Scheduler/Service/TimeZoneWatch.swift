#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif
import ScheduleConfiguration
import Synchronization
public import Time

/// Detects zones whose rules in the database differ from those in use: an update of `tzdata` replaces its files under a
/// running scheduler. Checks every five seconds, and reads a file only when it was replaced or changed.
public final class TimeZoneWatch: Sendable {
    /// Changes when a file is replaced or written to.
    private struct Signature: Equatable {
        let device, inode, size, changed, changedNanoseconds: Int

        /// Nil for a missing file.
        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            (device, inode, size) = (Int(status.st_dev), Int(status.st_ino), Int(status.st_size))
            // Not the modification time, which a package sets to that of its build.
            (changed, changedNanoseconds) = (Int(status.st_ctim.tv_sec), Int(status.st_ctim.tv_nsec))
        }
    }

    private struct State {
        var lookedAt: ContinuousClock.Instant?
        var known: [String: (signature: Signature, rules: TimeZoneRules)] = [:]
    }

    private let zones: TimeZoneDatabase
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    private static let pause = Duration.seconds(5)

    /// - Parameter now: used only for elapsed time.
    public init(
        _ zones: TimeZoneDatabase = TimeZoneDatabase(),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.zones = zones
        self.now = now
    }

    /// The names of the zones in use whose rules in the database differ; none between two checks. A file that is
    /// missing or damaged, as while it is replaced, is no change.
    ///
    /// Blocks for a stat of each file, and for the read of those that changed.
    func outdated(_ inUse: [TimeZoneRules]) -> [String] {
        state.withLock { state in
            let time = now()
            if let last = state.lookedAt, last.duration(to: time) < Self.pause { return [] }
            state.lookedAt = time
            return inUse.filter { $0 != rules(like: $0, &state) }.map(\.name)
        }
    }

    private func rules(like used: TimeZoneRules, _ state: inout State) -> TimeZoneRules {
        guard let signature = Signature(zones.path(of: used.name)) else { return used }
        if let known = state.known[used.name], known.signature == signature { return known.rules }
        guard let rules = try? zones.rules(named: used.name) else { return used }
        state.known[used.name] = (signature, rules)
        return rules
    }
}

extension ScheduleFile {
    /// The rules of every zone that an entry uses, each once; UTC has none that could change.
    var zonesInUse: [TimeZoneRules] {
        var found: [String: TimeZoneRules] = [:]
        for entry in schedules {
            found[entry.hours.zone.name] = entry.hours.zone
            if case .cron(_, let zone) = entry.cadence { found[zone.name] = zone }
        }
        found[TimeZoneRules.utc.name] = nil
        return found.values.sorted { $0.name < $1.name }
    }
}
