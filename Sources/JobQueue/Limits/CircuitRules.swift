/// When a circuit opens, and how jobs are admitted again afterwards.
public struct CircuitRules: Sendable, Equatable {
    /// The dependency: 1 to 64 of `a-z 0-9 . _ -`.
    public var name: String
    /// Distinct jobs that fail with the same fingerprint before it opens; 2 to 20.
    public var failures: Int
    /// How long a failure counts.
    public var window: Duration
    /// The first opening; each failed probe doubles it, up to `openMax`. A probe that has not reported within this time
    /// is forgotten, and another one is admitted. At least one second.
    public var openFor: Duration
    /// No opening is longer; values below `openFor` count as `openFor`.
    public var openMax: Duration
    /// After a probe has succeeded 1, 2, 4, 8, 16 and 32 jobs a second are admitted, each for a sixth of this.
    public var ramp: Duration

    /// The defaults: 5 failures within 60 s open it for 30 s, at most 10 min; ramp of 30 s. Values out of range are
    /// clamped.
    public init(
        name: String, failures: Int = 5, window: Duration = .seconds(60), openFor: Duration = .seconds(30),
        openMax: Duration = .seconds(600), ramp: Duration = .seconds(30)
    ) {
        self.name = name
        self.failures = failures
        self.window = window
        self.openFor = openFor
        self.openMax = openMax
        self.ramp = ramp
    }

    var neededFailures: Int { min(max(failures, 2), 20) }
    var openForMilliseconds: Int64 { max(openFor.milliseconds, 1_000) }
    var openMaxMilliseconds: Int64 { max(openMax.milliseconds, openForMilliseconds) }
    var windowMilliseconds: Int64 { max(window.milliseconds, 1) }
    var rampMilliseconds: Int64 { max(ramp.milliseconds, 1) }
}

/// How many jobs may call a dependency.
public struct CircuitAnswer: Sendable, Equatable {
    /// Jobs that may start now, 0 up to the number asked for.
    public let admitted: Int
    /// How long until it is worth asking again; 0 when any were admitted.
    public let waitMilliseconds: Int
    /// Whether failures are counted or the circuit is not closed. Only then does a report of success have an effect, so
    /// jobs of a healthy dependency need not send one.
    public let isTroubled: Bool
}

/// A circuit as operators see it.
public struct CircuitState: Sendable, Equatable {
    /// The jobs that the circuit admits at present.
    public enum Phase: String, Sendable {
        /// Every job is admitted; failures are counted.
        case closed
        /// No job is admitted until a time.
        case open
        /// One job at a time is admitted.
        case probing
        /// More and more jobs are admitted.
        case ramping
    }

    /// The dependency, as in `CircuitRules.name`.
    public let name: String
    /// Computed from the stored times at the moment of reading.
    public let phase: Phase
    /// Why it opened; empty when it is closed.
    public let reason: String
    /// Whether an operator opened it, instead of failures; false when it is closed.
    public let isByHand: Bool
    /// When the outage began, unix ms.
    public let sinceMilliseconds: Int64?
    /// Until when no job is admitted, or the ramp lasts, unix ms.
    public let untilMilliseconds: Int64?
    /// How often it opened in this outage.
    public let openings: Int
    /// Jobs that failed of late, by fingerprint.
    public let failures: [String: Int]

    /// - Parameter stored: the fields that `CircuitBreaker.fields` names, in that order.
    init(_ rules: CircuitRules, stored: [String?], now: Int64) {
        name = rules.name
        let until = stored[2].flatMap { StoredTime.milliseconds($0) } ?? 0
        let ramped = (stored[3].flatMap { StoredTime.milliseconds($0) } ?? 0) + rules.rampMilliseconds
        phase =
            switch stored[0] {
            case "open": now < until ? .open : .probing
            case "ramping": now < ramped ? .ramping : .closed
            case _: .closed
            }
        let isClosed = phase == .closed
        reason = isClosed ? "" : stored[4] ?? ""
        isByHand = !isClosed && stored[5] != nil
        sinceMilliseconds = isClosed ? nil : stored[1].flatMap { StoredTime.milliseconds($0) }
        untilMilliseconds =
            switch phase {
            case .open: until
            case .ramping: ramped
            case .closed, .probing: nil
            }
        openings = isClosed ? 0 : stored[6].flatMap { Int($0) } ?? 0
        failures = Self.counts(in: stored[7] ?? "", after: now - rules.windowMilliseconds)
    }

    private static func counts(in text: String, after oldest: Int64) -> [String: Int] {
        var counts: [String: Int] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            let young = words.dropFirst().count { word in (Int64(word.prefix { $0 != ":" }) ?? 0) > oldest }
            if let fingerprint = words.first, young > 0 { counts[String(fingerprint)] = young }
        }
        return counts
    }
}
