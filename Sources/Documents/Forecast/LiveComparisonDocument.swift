/// A simulation beside what a running fleet has done: `schedule simulate --compare`.
public struct LiveComparisonDocument: Encodable, Sendable {
    @OrNull var agrees: Bool?
    let from, to: DocumentTime
    let isCut: Bool
    let notes: [String]
    let entries: [Entry]
    let limits: [Limit]

    /// - Parameters:
    ///   - agrees: nil when there was too little to compare.
    ///   - from: unix milliseconds, as `to`.
    ///   - isCut: whether a longer stretch was asked for.
    public init(
        agrees: Bool?, from: Int64, to: Int64, isCut: Bool, notes: [String], entries: [Entry], limits: [Limit]
    ) {
        self.agrees = agrees
        self.from = DocumentTime(from)
        self.to = DocumentTime(to)
        self.isCut = isCut
        self.notes = notes
        self.entries = entries
        self.limits = limits
    }

    enum CodingKeys: String, CodingKey {
        case agrees, from, to
        case isCut = "cut"
        case notes, entries, limits
    }

    /// The ticks of one entry.
    public struct Entry: Encodable, Sendable {
        let name: String
        let ticks, handled: Int
        @OrNull var agrees: Bool?

        /// - Parameters:
        ///   - ticks: in the simulation; `handled`, by the fleet.
        ///   - agrees: nil when they are too few to say.
        public init(name: String, ticks: Int, handled: Int, agrees: Bool?) {
            self.name = name
            self.ticks = ticks
            self.handled = handled
            self.agrees = agrees
        }
    }

    /// The tokens of one limit.
    public struct Limit: Encodable, Sendable {
        let name: String
        let tokens, tokensAbout: Int

        /// - Parameter tokensAbout: by what the jobs that are still remembered take as a rule.
        public init(name: String, tokens: Int, tokensAbout: Int) {
            self.name = name
            self.tokens = tokens
            self.tokensAbout = tokensAbout
        }

        enum CodingKeys: String, CodingKey {
            case name, tokens
            case tokensAbout = "tokens_about"
        }
    }
}
