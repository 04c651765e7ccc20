public import Documents

/// One thing that was read and that an answer rests on.
public struct WhyFact: Sendable, Equatable {
    /// A sentence without its full stop.
    public let text: String
    /// Where it was read, such as `operator log`.
    public let source: String
    /// When it became so, unix milliseconds; nil when that is not known or it is a reading of this moment.
    public let at: Int64?

    /// - Parameter source: a few words for people.
    public init(_ text: String, from source: String, at: Int64? = nil) {
        self.text = text
        self.source = source
        self.at = at
    }
}

/// Why something does not run or trade, and what will change that.
public struct WhyAnswer: Sendable, Equatable {
    /// A word that stays the same for the same cause, such as `queue-paused`.
    public var cause: String
    /// What is so, and what will change it; without its full stop.
    public var sentence: String
    /// What was read, the most telling first.
    public var facts: [WhyFact]
    /// What a person can do; nil when it passes by itself.
    public var remedy: String?

    /// Checks nothing.
    public init(_ cause: String, _ sentence: String, facts: [WhyFact] = [], remedy: String? = nil) {
        self.cause = cause
        self.sentence = sentence
        self.facts = facts
        self.remedy = remedy
    }

    /// The same answer to a wider question: `start` says what waits for what the answer is about.
    func behind(_ start: String, facts more: [WhyFact] = []) -> WhyAnswer {
        WhyAnswer(cause, "\(start): \(sentence)", facts: more + facts, remedy: remedy)
    }
}

/// What somebody asks about, and the answer.
public struct Why: Sendable, Equatable {
    /// What a name can be of; in the order in which it is looked for.
    public enum Subject: String, Sendable, CaseIterable {
        case job, queue, schedule, bot, order
        /// The unique key of a job that could not be enqueued.
        case uniqueKey = "key"
    }

    /// What was found under the name.
    public let subject: Subject
    /// As it is called, which may be more than was asked for.
    public let name: String
    /// The answer about it.
    public let answer: WhyAnswer
    /// When it was read, unix milliseconds by Redis' clock.
    public let now: Int64

    /// The answer as a sentence, with its full stop.
    public var sentence: String {
        let text = Shown.line(answer.sentence, 1_000)
        return text.prefix(1).uppercased() + text.dropFirst() + (text.hasSuffix(".") ? "" : ".")
    }

    /// One line for each fact, with where it comes from and how old it is.
    public var lines: [String] {
        answer.facts.map { fact in
            let age = fact.at.map { ", \(Shown.age(milliseconds: now - $0)) ago" } ?? ""
            return "\(Shown.line(fact.text, 400)) (\(fact.source)\(age))"
        }
    }

    /// As `why --json` prints it.
    public var document: WhyDocument {
        WhyDocument(
            subject: subject.rawValue, name: name, cause: answer.cause, sentence: sentence,
            proof: answer.facts.map { WhyFactDocument(text: $0.text, source: $0.source, at: $0.at) },
            remedy: answer.remedy, now: now)
    }
}
