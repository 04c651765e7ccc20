import Documents

/// Where two answers differ.
public struct JSONDifference: Sendable, Equatable {
    /// Such as `[0].trading_intent.confidence`; empty for the whole answer.
    public let path: String
    /// What the old backend sent, as short JSON; nil for nothing.
    public let there: String?
    /// What is sent here, likewise.
    public let here: String?
}

enum JSONDifferences {
    /// Numbers that differ by less than this part of the greater one are equal: both sides compute in binary.
    private static let tolerance = 1e-9

    /// At most so many; what comes after is left out.
    static func between(_ there: JSONValue, _ here: JSONValue, most: Int = 200) -> [JSONDifference] {
        var found: [JSONDifference] = []
        add(there, here, "", &found, most)
        return found
    }

    private static func add(
        _ there: JSONValue, _ here: JSONValue, _ path: String, _ found: inout [JSONDifference], _ most: Int
    ) {
        guard found.count < most else { return }
        switch (there, here) {
        case (.object(let there), .object(let here)):
            for name in Set(there.keys).union(here.keys).sorted() {
                switch (there[name], here[name]) {
                case (let there?, let here?): add(there, here, "\(path).\(name)", &found, most)
                case (let there, let here):
                    found.append(
                        JSONDifference(path: "\(path).\(name)", there: there.map(short), here: here.map(short)))
                }
            }
        case (.list(let there), .list(let here)):
            for (index, pair) in zip(there, here).enumerated() {
                add(pair.0, pair.1, "\(path)[\(index)]", &found, most)
            }
            if there.count != here.count {
                found.append(
                    JSONDifference(path: path + ".length", there: "\(there.count)", here: "\(here.count)"))
            }
        default:
            guard !isEqual(there, here) else { return }
            found.append(JSONDifference(path: path, there: short(there), here: short(here)))
        }
    }

    private static func isEqual(_ there: JSONValue, _ here: JSONValue) -> Bool {
        guard let left = number(there), let right = number(here) else { return there == here }
        return left == right || abs(left - right) <= tolerance * max(abs(left), abs(right))
    }

    private static func number(_ value: JSONValue) -> Double? {
        switch value {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }

    private static func short(_ value: JSONValue) -> String {
        let text = JSONText.of(value)
        return text.count <= 80 ? text : text.prefix(77) + "..."
    }
}
