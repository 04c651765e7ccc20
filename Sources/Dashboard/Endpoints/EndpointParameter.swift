/// One parameter of an endpoint, in its path or its query, and which values it takes.
struct EndpointParameter: Sendable {
    enum Place: String, Sendable { case path, query }

    enum Kind: Sendable, Equatable {
        case integer(least: Int?, most: Int?)
        case number(least: Double?, most: Double?)
        case flag
        case text
    }

    let place: Place
    let name: String
    let kind: Kind
    /// As it would stand in the query; nil for a parameter that must be given, or that may be missing (`isOptional`).
    let standard: String?
    let isOptional: Bool

    /// Part of the path.
    static func path(_ name: String, _ kind: Kind) -> EndpointParameter {
        EndpointParameter(place: .path, name: name, kind: kind, standard: nil, isOptional: false)
    }

    /// Part of the query, with the value that counts when it is missing.
    static func query(_ name: String, _ kind: Kind, standard: String) -> EndpointParameter {
        EndpointParameter(place: .query, name: name, kind: kind, standard: standard, isOptional: false)
    }

    /// Part of the query that may be missing.
    static func optional(_ name: String, _ kind: Kind) -> EndpointParameter {
        EndpointParameter(place: .query, name: name, kind: kind, standard: nil, isOptional: true)
    }

    /// Part of the query that must be given.
    static func required(_ name: String, _ kind: Kind) -> EndpointParameter {
        EndpointParameter(place: .query, name: name, kind: kind, standard: nil, isOptional: false)
    }
}

extension EndpointParameter.Kind {
    static var integer: Self { .integer(least: nil, most: nil) }
    static func integer(_ range: ClosedRange<Int>) -> Self {
        .integer(least: range.lowerBound, most: range.upperBound)
    }
}

/// The value of a parameter, checked.
enum ParameterValue: Sendable, Equatable {
    case integer(Int)
    case number(Double)
    case flag(Bool)
    case text(String)
}

extension EndpointParameter {
    /// Reads the text of a request, as the application's validation does.
    /// - Parameter text: nil when it is missing.
    /// - Returns: nil when a parameter that may be missing is.
    /// - Throws: the issue that the dashboard is told.
    func value(_ text: String?) throws(ValidationIssue) -> ParameterValue? {
        guard let text = text ?? standard else {
            if isOptional { return nil }
            throw ValidationIssue(.missing, at: location, input: .null)
        }
        switch kind {
        case .text: return .text(text)
        case .flag:
            guard let flag = Self.flags[text.lowercased()] else { throw issue(.flagParsing, text) }
            return .flag(flag)
        case .integer(let least, let most):
            let number = try integer(text)
            if let least, number < least { throw issue(.notAtLeast("\(least)"), text) }
            if let most, number > most { throw issue(.notAtMost("\(most)"), text) }
            return .integer(number)
        case .number(let least, let most):
            guard let number = Double(text.filter { $0 != "_" }), number.isFinite else {
                throw issue(.numberParsing, text)
            }
            if let least, number < least { throw issue(.notAtLeast(Self.plain(least)), text) }
            if let most, number > most { throw issue(.notAtMost(Self.plain(most)), text) }
            return .number(number)
        }
    }

    private func integer(_ text: String) throws(ValidationIssue) -> Int {
        var digits = text.drop { $0 == " " }
        while digits.last == " " { digits.removeLast() }
        if let number = Int(digits) { return number }
        let unsigned = digits.first == "-" || digits.first == "+" ? digits.dropFirst() : digits
        let isNumber = !unsigned.isEmpty && unsigned.utf8.allSatisfy { (0x30...0x39).contains($0) }
        throw issue(isNumber ? .integerSize : .integerParsing, text)
    }

    private var location: [ValidationIssue.Step] { [.name(place.rawValue), .name(name)] }

    private func issue(_ kind: ValidationIssue.Kind, _ text: String) -> ValidationIssue {
        ValidationIssue(kind, at: location, input: .text(text))
    }

    private static func plain(_ number: Double) -> String {
        number == number.rounded() ? "\(Int(number))" : "\(number)"
    }

    /// The words of the application's validation, in lower case.
    static let flags = [
        "1": true, "true": true, "t": true, "yes": true, "y": true, "on": true, "0": false, "false": false, "f": false,
        "no": false, "n": false, "off": false,
    ]
}
