import Documents
import JobQueue

/// JSON text as the Python application stores it: a blank after each comma and colon.
enum SpacedJSON {
    /// - Parameter fields: names, and values as JSON text, in their order.
    static func object(_ fields: [(name: String, value: String)]) -> String {
        "{" + fields.map { "\(CompactJSON.quoted($0.name)): \($0.value)" }.joined(separator: ", ") + "}"
    }

    /// The members of an object stand in the order of their names.
    static func text(of value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .flag(let flag): "\(flag)"
        case .integer(let integer): "\(integer)"
        case .number(let number): NotFiniteCount.text(number)
        case .text(let text): CompactJSON.quoted(text)
        case .list(let elements): "[" + elements.map { Self.text(of: $0) }.joined(separator: ", ") + "]"
        case .object(let members):
            object(members.sorted { $0.key < $1.key }.map { ($0.key, Self.text(of: $0.value)) })
        }
    }
}
