import Foundation

/// Reads the members of an object that a client sent, as the application's validation does: a number may be given as
/// text, and every issue is collected, in the order in which the members are read.
struct BodyReader: Sendable {
    /// What a member that is missing, or null, means.
    enum Presence: Sendable {
        /// An issue.
        case required
        /// It may be missing; null is an issue.
        case optional
        /// Both mean nothing.
        case nullable
    }

    private let members: [String: JSONValue]
    let location: [ValidationIssue.Step]
    private(set) var issues: [ValidationIssue] = []

    init(_ members: [String: JSONValue], at location: [ValidationIssue.Step] = [.name("body")]) {
        self.members = members
        self.location = location
    }

    /// Nil for a member that is missing; it is no issue.
    subscript(_ name: String) -> JSONValue? { members[name] }

    mutating func add(_ issues: [ValidationIssue]) { self.issues += issues }

    /// An issue at a member.
    mutating func add(_ kind: ValidationIssue.Kind, at name: String, input: JSONValue) {
        issues.append(ValidationIssue(kind, at: location + [.name(name)], input: input))
    }

    /// Whether a member has been read without an issue, or is missing.
    func isSound(_ name: String) -> Bool { !issues.contains { $0.location == location + [.name(name)] } }

    mutating func text(_ name: String, _ presence: Presence = .optional) -> String? {
        guard let value = value(name, presence) else { return nil }
        if case .text(let text) = value { return text }
        add(.textKind, at: name, input: value)
        return nil
    }

    mutating func flag(_ name: String, _ presence: Presence = .optional) -> Bool? {
        guard let value = value(name, presence) else { return nil }
        switch value {
        case .flag(let flag): return flag
        case .integer(0), .number(0): return false
        case .integer(1), .number(1): return true
        case .text(let text):
            if let flag = EndpointParameter.flags[text.lowercased()] { return flag }
            add(.flagParsing, at: name, input: value)
        case .integer, .number: add(.flagParsing, at: name, input: value)
        case .null, .list, .object: add(.flagKind, at: name, input: value)
        }
        return nil
    }

    /// A finite number.
    mutating func number(
        _ name: String, in range: ClosedRange<Double>, _ presence: Presence = .optional
    ) -> Double? {
        guard let value = value(name, presence) else { return nil }
        switch value {
        case .integer(let integer): return within(range, Double(integer), name, value)
        case .number(let number): return within(range, number, name, value)
        case .flag(let flag): return within(range, flag ? 1 : 0, name, value)
        case .text(let text):
            if let number = Double(text.trimmingCharacters(in: .whitespaces)), number.isFinite {
                return within(range, number, name, value)
            }
            add(.numberParsing, at: name, input: value)
        case .null, .list, .object: add(.numberKind, at: name, input: value)
        }
        return nil
    }

    mutating func integer(_ name: String, in range: ClosedRange<Int>, _ presence: Presence = .optional) -> Int? {
        guard let value = value(name, presence) else { return nil }
        switch value {
        case .integer(let integer): return within(range, integer, name, value)
        case .flag(let flag): return within(range, flag ? 1 : 0, name, value)
        case .number(let number) where number == number.rounded():
            // Beyond the integers it is beyond the range too.
            return within(range, Int(exactly: number) ?? (number > 0 ? .max : .min), name, value)
        case .number: add(.integerFraction, at: name, input: value)
        case .text(let text):
            let digits = text.trimmingCharacters(in: .whitespaces)
            let whole = digits.firstMatch(of: /^([+-]?[0-9]+)(\.0+)?$/)?.output.1
            guard let whole else {
                add(.integerParsing, at: name, input: value)
                return nil
            }
            if let integer = Int(whole) { return within(range, integer, name, value) }
            add(.integerSize, at: name, input: value)
        case .null, .list, .object: add(.integerKind, at: name, input: value)
        }
        return nil
    }

    /// A reader of an object in this one; its issues are to be added to these.
    mutating func object(_ name: String, _ presence: Presence = .optional) -> BodyReader? {
        guard let value = value(name, presence) else { return nil }
        if case .object(let members) = value { return BodyReader(members, at: location + [.name(name)]) }
        add(.objectKind, at: name, input: value)
        return nil
    }

    private mutating func value(_ name: String, _ presence: Presence) -> JSONValue? {
        guard let value = members[name] else {
            if case .required = presence { add(.missing, at: name, input: .object(members)) }
            return nil
        }
        if case .nullable = presence, value == .null { return nil }
        return value
    }

    private mutating func within<Number: Comparable>(
        _ range: ClosedRange<Number>, _ number: Number, _ name: String, _ value: JSONValue
    ) -> Number? {
        if number < range.lowerBound {
            add(.notAtLeast(Self.plain("\(range.lowerBound)")), at: name, input: value)
        } else if number > range.upperBound {
            add(.notAtMost(Self.plain("\(range.upperBound)")), at: name, input: value)
        } else {
            return number
        }
        return nil
    }

    /// A whole number without its fraction.
    private static func plain(_ number: String) -> String {
        number.hasSuffix(".0") ? String(number.dropLast(2)) : number
    }
}
