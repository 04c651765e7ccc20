@testable import Dashboard

/// Where two JSON values differ; numbers may differ by a relative 1e-9.
enum TreeDifference {
    /// Paths such as `[3].last_trade.side` with both values. Members that only `actual` has are told too.
    static func all(_ expected: JSONValue, _ actual: JSONValue, at path: String = "") -> [String: String] {
        switch (expected, actual) {
        case (.object(let left), .object(let right)):
            return Set(left.keys).union(right.keys).reduce(into: [:]) { found, name in
                let place = path.isEmpty ? name : "\(path).\(name)"
                guard let wanted = left[name] else { return found[place] = "unexpected" }
                guard let given = right[name] else { return found[place] = "missing" }
                found.merge(all(wanted, given, at: place)) { first, _ in first }
            }
        case (.list(let left), .list(let right)):
            guard left.count == right.count else { return [path: "\(left.count) elements, not \(right.count)"] }
            return zip(left, right).enumerated().reduce(into: [:]) { found, pair in
                found.merge(all(pair.element.0, pair.element.1, at: "\(path)[\(pair.offset)]")) { first, _ in first }
            }
        default:
            let isSame = expected == actual || near(expected.double, actual.double)
            return isSame ? [:] : [path: "\(expected), not \(actual)"]
        }
    }

    private static func near(_ left: Double?, _ right: Double?) -> Bool {
        guard let left, let right else { return false }
        return abs(left - right) <= 1e-9 * max(1, abs(left))
    }
}

extension JSONValue {
    func member(_ name: String) -> JSONValue? { if case .object(let members) = self { members[name] } else { nil } }

    var rows: [JSONValue] { if case .list(let rows) = self { rows } else { [] } }

    var double: Double? {
        switch self {
        case .integer(let integer): Double(integer)
        case .number(let number): number
        default: nil
        }
    }
}
