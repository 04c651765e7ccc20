import Foundation

/// A JSON document as a test reads it: `status["queues"][0]["name"].text`. What is absent is `.null`.
package enum JSON: Sendable, Equatable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    package struct Unreadable: Error, CustomStringConvertible {
        let text: String

        package init(text: String) { self.text = text }

        package var description: String { "Not one JSON document: \(text.prefix(2_000))" }
    }

    package init(_ text: String) throws {
        guard let value = try? JSONSerialization.jsonObject(with: Data(text.utf8), options: [.fragmentsAllowed]) else {
            throw Unreadable(text: text)
        }
        self.init(value)
    }

    private init(_ value: Any) {
        switch value {
        case let value as String: self = .string(value)
        case let value as [Any]: self = .array(value.map { JSON($0) })
        case let value as [String: Any]: self = .object(value.mapValues { JSON($0) })
        case let value as NSNumber:
            self = CFBooleanNumber.isBoolean(value) ? .bool(value.boolValue) : .number(value.doubleValue)
        default: self = .null
        }
    }

    package subscript(name: String) -> JSON {
        if case .object(let members) = self { members[name] ?? .null } else { .null }
    }

    package subscript(index: Int) -> JSON {
        if case .array(let values) = self, values.indices.contains(index) { values[index] } else { .null }
    }

    package var array: [JSON] { if case .array(let values) = self { values } else { [] } }
    package var keys: Set<String> { if case .object(let members) = self { Set(members.keys) } else { [] } }
    package var text: String { if case .string(let text) = self { text } else { "" } }
    package var int: Int { if case .number(let number) = self { Int(number) } else { -1 } }
    package var isTrue: Bool { self == .bool(true) }

    /// The element of an array of objects whose `name` is this.
    package func named(_ name: String) -> JSON { array.first { $0["name"].text == name } ?? .null }
}

/// Foundation reads `true` as a number; its Objective-C type tells it apart.
private enum CFBooleanNumber {
    static func isBoolean(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }
}
