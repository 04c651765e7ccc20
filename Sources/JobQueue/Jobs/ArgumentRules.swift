/// An error in the arguments of a job, in terms of the arguments.
public struct ArgumentProblem: Sendable, Equatable {
    /// The argument that is wrong; nil when one is missing, or when all of them together are wrong.
    public let field: String?
    /// The given value and the allowed ones, in whole sentences.
    public let message: String

    /// - Parameter field: nil when an argument is missing, or when several together are wrong.
    public init(_ field: String?, _ message: String) {
        self.field = field
        self.message = message
    }
}

/// The rules for the arguments of one kind of job. The command line, the schedule reader, a fan-out, and the worker
/// before it decodes all check them.
public struct ArgumentRules: Sendable {
    /// Finds errors between arguments that are each valid alone.
    public typealias Together = @Sendable ([String: ArgumentValue]) -> [ArgumentProblem]

    private let rules: [ArgumentRule]
    /// Arguments that the handler decodes and that have no rule.
    private let others: [String]
    private let together: Together
    private let takesAnything: Bool

    /// One JSON value of any form.
    public static let anything = ArgumentRules(rules: [], others: [], takesAnything: true) { _ in [] }

    private init(rules: [ArgumentRule], others: [String], takesAnything: Bool, together: @escaping Together) {
        self.rules = rules
        self.others = others
        self.takesAnything = takesAnything
        self.together = together
    }

    /// - Parameters:
    ///   - keys: the names that the handler decodes. A name without a rule is accepted, whatever it holds.
    ///   - together: called when each argument is valid alone.
    public init<Keys: CodingKey & CaseIterable>(
        of keys: Keys.Type, _ rules: [ArgumentRule], together: @escaping Together = { _ in [] }
    ) {
        let ruled = Set(rules.map(\.name))
        self.init(
            rules: rules, others: Keys.allCases.map(\.stringValue).filter { !ruled.contains($0) },
            takesAnything: false, together: together)
    }

    /// Refuses arguments that only some values of another argument read: they would be accepted and ignored.
    /// - Parameters:
    ///   - name: the argument that chooses, such as `what`.
    ///   - standard: its value where it is not given.
    ///   - readers: the values that read an argument, by its name; every value reads an argument that is not named.
    public static func read(
        by name: String, standard: String? = nil, _ readers: [String: [String]]
    ) -> Together {
        { given in
            guard let chosen = given[name].map({ if case .text(let text) = $0 { text } else { "" } }) ?? standard else {
                return []
            }
            let unread = readers.filter { given[$0.key] != nil && !$0.value.contains(chosen) }
            return unread.sorted { $0.key < $1.key }.map { argument, values in
                let values = values.joined(separator: " or ")
                return ArgumentProblem(
                    argument, "'\(argument)' goes with \(name): \(values), and \(name) is \(chosen). Leave it out.")
            }
        }
    }

    /// The names of all arguments, in the order in which messages list them.
    public var names: [String] { rules.map(\.name) + others }

    /// All errors; empty when the handler can decode the arguments.
    /// - Parameter json: one JSON value, checked before (`JobPayload`).
    public func problems(in json: [UInt8]) -> [ArgumentProblem] {
        guard !takesAnything else { return [] }
        let value = ArgumentValue(json: json)
        guard case .object(let members) = value else {
            return [ArgumentProblem(nil, "the arguments are \(value.shown). Use an object with: \(list).")]
        }
        var problems = members.keys.sorted().filter { !names.contains($0) }.map { unknown($0) }
        for rule in rules {
            if let value = members[rule.name], value != .null {
                if let problem = rule.problem(with: value) { problems.append(problem) }
            } else if rule.isRequired {
                problems.append(ArgumentProblem(nil, "'\(rule.name)' is missing. \(rule.allowed)"))
            }
        }
        return problems.isEmpty ? together(members.filter { $0.value != .null }) : problems
    }

    private func unknown(_ name: String) -> ArgumentProblem {
        let near = SpellingSuggestion.suggestion(for: name, among: names).map { "Did you mean '\($0)'?" }
        return ArgumentProblem(
            name, "there is no argument '\(PlainText.line(name, limit: 60))'. \(near ?? "Use: \(list).")")
    }

    private var list: String { names.joined(separator: ", ") }

    /// All problems in one text; nil when there is none.
    public func sentence(on json: [UInt8], kind: String) -> String? {
        let problems = problems(in: json)
        guard !problems.isEmpty else { return nil }
        let shown = problems.prefix(10).map(\.message).joined(separator: " ")
        return "The arguments do not fit kind '\(kind)': \(shown)"
    }
}
