/// The rule for one argument of a kind of job.
public struct ArgumentRule: Sendable {
    /// The member of the arguments object that the rule is for.
    public let name: String
    let isRequired: Bool
    /// Such as `Use a whole number from 1, such as 7.`
    let allowed: String
    private let fits: @Sendable (ArgumentValue) -> Bool
    /// Words that are allowed, for a suggestion.
    private let words: [String]

    private init(
        _ name: String, _ isRequired: Bool, _ allowed: String, words: [String] = [],
        _ fits: @escaping @Sendable (ArgumentValue) -> Bool
    ) {
        self.name = name
        self.isRequired = isRequired
        self.allowed = allowed
        self.words = words
        self.fits = fits
    }

    /// A whole number within a range.
    /// - Parameter example: shown in the error's remedy.
    public static func integer(
        _ name: String, _ range: ClosedRange<Int>, required: Bool = false, example: Int
    ) -> ArgumentRule {
        let span =
            range.upperBound == .max ? "from \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
        return ArgumentRule(name, required, "Use a whole number \(span), such as \(example).") { value in
            if case .integer(let number) = value { range.contains(number) } else { false }
        }
    }

    /// A number within a range, whole or with decimals.
    /// - Parameter allowed: the error's remedy, one sentence such as `Use a number from 0 to 1.`
    public static func number(
        _ name: String, _ range: ClosedRange<Double>, required: Bool = false, allowed: String
    ) -> ArgumentRule {
        ArgumentRule(name, required, allowed) { value in
            switch value {
            case .integer(let number): range.contains(Double(number))
            case .number(let number): range.contains(number)
            case .null, .truth, .text, .list, .object, .unreadable: false
            }
        }
    }

    /// An optional `true` or `false`.
    public static func truth(_ name: String) -> ArgumentRule {
        ArgumentRule(name, false, "Use true or false.") { value in
            if case .truth = value { true } else { false }
        }
    }

    /// One of a few words, compared exactly; the error suggests the nearest.
    public static func word(_ name: String, _ words: [String], required: Bool = false) -> ArgumentRule {
        ArgumentRule(name, required, "Use one of: \(words.joined(separator: ", ")).", words: words) { value in
            if case .text(let text) = value { words.contains(text) } else { false }
        }
    }

    /// A text that the handler can read.
    public static func text(
        _ name: String, required: Bool = false, allowed: String,
        _ accepts: @escaping @Sendable (String) -> Bool = { _ in true }
    ) -> ArgumentRule {
        ArgumentRule(name, required, allowed) { value in
            if case .text(let text) = value { accepts(text) } else { false }
        }
    }

    /// An object with these members, and perhaps more.
    public static func members(
        _ name: String, _ members: [String], allowed: String,
        _ accepts: @escaping @Sendable (_ member: String, ArgumentValue) -> Bool
    ) -> ArgumentRule {
        ArgumentRule(name, false, allowed) { value in
            guard case .object(let given) = value else { return false }
            return members.allSatisfy { member in given[member].map { accepts(member, $0) } ?? false }
        }
    }

    /// A list of such texts.
    public static func texts(
        _ name: String, allowed: String, _ accepts: @escaping @Sendable (String) -> Bool
    ) -> ArgumentRule {
        ArgumentRule(name, false, allowed) { value in
            guard case .list(let items) = value else { return false }
            return items.allSatisfy { if case .text(let text) = $0 { accepts(text) } else { false } }
        }
    }

    /// Nil for a valid value, and for null, which counts as not given.
    func problem(with value: ArgumentValue) -> ArgumentProblem? {
        guard value != .null, !fits(value) else { return nil }
        var hint = ""
        if case .text(let text) = value, let near = SpellingSuggestion.suggestion(for: text, among: words) {
            hint = " Did you mean '\(near)'?"
        }
        return ArgumentProblem(name, "'\(name)' is \(value.shown). \(allowed)\(hint)")
    }
}
