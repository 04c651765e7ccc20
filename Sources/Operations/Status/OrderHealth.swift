public import Documents
public import JobQueue

/// The reasons why the fleet places no orders: those that live workers report, and the one that this host finds in the
/// database file itself.
public struct OrderHealth: Sendable {
    /// A sentence, and how many of the live workers report it; none for a reason that only this host finds.
    public struct Reason: Sendable {
        let sentence: String
        /// How many report it.
        public let workers: Int
        let all: Int

        var place: String {
            workers == 0 ? "this host" : workers == all ? "every worker" : "\(workers) of \(all) workers"
        }

        /// One line: the reason, and who finds it.
        public var line: String { "orders held: \(Shown.line(sentence, 1_000)) (\(place))" }
    }

    /// Empty when orders are placed.
    public let reasons: [Reason]

    /// - Parameters:
    ///   - workers: the live ones.
    ///   - seen: the error that a worker that starts on this host would get, in sentences; nil for none.
    public init(_ workers: [WorkerReport], seenHere seen: String?) {
        let told = Set(workers.flatMap(\.heldBecause)).sorted().map { sentence in
            Reason(
                sentence: sentence, workers: workers.count { $0.heldBecause.contains(sentence) }, all: workers.count)
        }
        let own = seen.map { Reason(sentence: $0, workers: 0, all: workers.count) }
        reasons = told + [own].compactMap(\.self).filter { own in !told.contains { $0.sentence == own.sentence } }
    }

    /// The first reason, as a sentence with its remedy; nil when orders are placed.
    public var trouble: String? {
        reasons.first.map { "Orders are held (\($0.place)): \(Shown.line($0.sentence, 1_000))" }
    }

    /// One for each reason.
    public var lines: [String] { reasons.map(\.line) }

    /// As `status` shows them.
    public var documents: [OrdersHeldDocument] {
        reasons.map { OrdersHeldDocument(reason: $0.sentence, workers: $0.workers) }
    }
}
