import Foundation

/// One JSON value of a job's arguments, as the rules of its kind check it.
public enum ArgumentValue: Sendable, Equatable, Decodable {
    case null
    case truth(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([ArgumentValue])
    case object([String: ArgumentValue])
    /// A number outside the range of `Int` and `Double`.
    case unreadable

    /// Takes any JSON value. A number that neither an `Int` nor a `Double` holds becomes `unreadable`; nothing is
    /// refused.
    public init(from decoder: any Decoder) throws {
        if let members = try? decoder.container(keyedBy: Name.self) {
            var object: [String: ArgumentValue] = [:]
            for key in members.allKeys { object[key.stringValue] = try members.decode(ArgumentValue.self, forKey: key) }
            self = .object(object)
            return
        }
        if var values = try? decoder.unkeyedContainer() {
            var list: [ArgumentValue] = []
            while !values.isAtEnd { list.append(try values.decode(ArgumentValue.self)) }
            self = .list(list)
            return
        }
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let truth = try? value.decode(Bool.self) {
            self = .truth(truth)
        } else if let integer = try? value.decode(Int.self) {
            self = .integer(integer)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else {
            self = (try? value.decode(String.self)).map { .text($0) } ?? .unreadable
        }
    }

    /// - Parameter json: one JSON value, checked before (`JobPayload`).
    public init(json: [UInt8]) {
        self = (try? JSONDecoder().decode(ArgumentValue.self, from: Data(json))) ?? .unreadable
    }

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { return nil }
    }

    /// The value as a message shows it.
    public var shown: String {
        switch self {
        case .null: "null"
        case .truth(let value): "\(value)"
        case .integer(let value): "the number \(value)"
        case .number(let value): "the number \(value)"
        case .text(let text): "'\(PlainText.line(text, limit: 60))'"
        case .list: "a list"
        case .object: "an object"
        case .unreadable: "a number that is out of range"
        }
    }
}
