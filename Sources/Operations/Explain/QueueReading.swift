public import Documents
public import JobQueue

/// The numbers of one queue, and what holds its jobs back.
public struct QueueReading: Sendable {
    public let counts: QueueCounts
    let backlog: QueueBacklog
    /// In the order in which they have to end before a job can run.
    public let holds: [Hold]
    /// How often a canary is to travel through it; nil for never.
    public let canaryInterval: Duration?
    /// Unix milliseconds, by Redis' clock.
    public let now: Int64

    /// The age of the last settled canary, for a column: `-` where there are none.
    public var canaryText: String {
        guard canaryInterval != nil else { return "-" }
        return counts.canaryMilliseconds.map { Shown.age(milliseconds: max(0, now - $0)) + " ago" } ?? "none yet"
    }

    /// Why the queue does not go on, by its canaries, a sentence with its remedy; nil when it does, has none, or a
    /// person has paused it.
    public var canaryTrouble: String? {
        guard let canaryInterval, let last = counts.canaryMilliseconds, counts.pausedBecause == nil,
            now - last > Canary.limit(every: canaryInterval)
        else { return nil }
        return "Queue '\(counts.name)' does not go on: its last canary came through "
            + "\(Shown.age(milliseconds: now - last)) ago, and one is sent every "
            + "\(Shown.age(milliseconds: canaryInterval.milliseconds)). Ask why with: flotilla why \(counts.name)"
    }

    /// What a table says of the queue: `ok`, or what stops all of its ready jobs.
    public var state: String {
        let texts = holds.filter(\.stopsQueue).map { $0.shortText(at: now) }
        return texts.isEmpty ? "ok" : texts.joined(separator: "; ")
    }

    /// As `queues list` and `status` show it.
    public var document: QueueDocument { QueueDocument(counts, holds: holds.map(\.document)) }
}

extension [QueueReading] {
    /// One line for each thing that holds jobs back and that a person may want to change.
    /// - Parameters:
    ///   - now: unix milliseconds, by Redis' clock.
    ///   - withOrdinary: also what is in the nature of the jobs.
    public func lines(at now: Int64, withOrdinary: Bool = false) -> [String] {
        flatMap(\.holds).filter { hold in
            // What stops orders is told once, by the gate.
            let isTold = hold.count > 0 || hold.stopsQueue && hold.cause != .halted && hold.cause != .held
            return isTold && (withOrdinary || !hold.isOrdinary)
        }.map { $0.sentence(at: now) + ($0.remedy.map { ". \($0)" } ?? "") }
    }

    /// Jobs that a mistake or a fault has stopped for longer than a minute: no worker serves the queue, or knows the
    /// kind, or a circuit is open; and orders that an unsafe Redis holds back, or that no reconciliation releases.
    var troubles: [String] {
        flatMap { reading in
            reading.holds.filter { hold in
                guard [.unserved, .unknownKind, .circuit, .unsafeRedis, .held].contains(hold.cause), hold.count > 0
                else {
                    return false
                }
                return hold.since.map { reading.now - $0 > FleetHolds.patienceMilliseconds } ?? true
            }.map { "\($0.sentence(at: reading.now)). \($0.remedy ?? "")" }
        }
    }
}
