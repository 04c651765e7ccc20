/// The pools whose processes keep dying on this host, so that the other hosts are to run its share of them.
///
/// A host that cannot run a pool, because its settings or its disk are wrong, would hold its share all the same. It
/// gives the share away for a minute, tries again, and then for twice as long each time, up to half an hour. A value;
/// it reads no clock.
public struct DyingPools: Sendable, Equatable {
    private struct Spell: Equatable {
        var until: Duration
        var number: Int
    }

    private var spells: [String: Spell] = [:]

    private static let first = Duration.seconds(60)
    private static let longest = Duration.seconds(1_800)
    /// A process that has run this long shows that the pool can run here.
    private static let healthyAfter = Duration.seconds(10)

    /// None.
    public init() {}

    /// - Parameters:
    ///   - workers: the processes of this host's pools.
    ///   - now: since any fixed moment, never going back.
    public mutating func note(_ workers: [WorkerStatus], at now: Duration) {
        for (pool, workers) in Dictionary(grouping: workers, by: \.pool) {
            if workers.contains(where: { $0.uptime >= Self.healthyAfter }) {
                spells[pool] = nil
            } else if workers.allSatisfy(\.isCrashLoop), (spells[pool]?.until ?? .zero) <= now {
                let number = (spells[pool]?.number ?? 0) + 1
                let pause = Self.first * (1 << min(number - 1, 5))
                spells[pool] = Spell(until: now + min(pause, Self.longest), number: number)
            }
        }
    }

    /// The names of the pools, sorted.
    /// - Parameter now: as in `note`.
    public func names(at now: Duration) -> [String] { spells.filter { $0.value.until > now }.keys.sorted() }
}
