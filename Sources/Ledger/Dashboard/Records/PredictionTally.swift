/// How many predictions there are, and how they came out.
public struct PredictionTally: Sendable, Equatable {
    /// Of one signal, or of several.
    public struct Count: Sendable, Equatable {
        public var rows = 0
        /// Those whose outcome is known.
        public var evaluated = 0
        /// Outcome `true_positive` or `true_negative`.
        public var correct = 0

        /// Share of the evaluated that are correct, 0 to 1; 0 without any.
        public var accuracy: Double { evaluated > 0 ? Double(correct) / Double(evaluated) : 0 }
        /// Share of the rows that are evaluated, 0 to 1; 0 without any.
        public var evaluatedShare: Double { rows > 0 ? Double(evaluated) / Double(rows) : 0 }
    }

    /// All rows.
    public let total: Int
    /// By signal, as stored but in lower case; of the newest rows only.
    public internal(set) var signals: [String: Count] = [:]

    init(total: Int) { self.total = total }

    /// All signals together.
    public var all: Count {
        signals.values.reduce(into: Count()) { sum, count in
            sum.rows += count.rows
            sum.evaluated += count.evaluated
            sum.correct += count.correct
        }
    }
}
