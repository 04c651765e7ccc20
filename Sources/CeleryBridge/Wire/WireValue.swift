/// One JSON value as Python's `json` reads and writes it.
///
/// Numbers stay text, so that no digit is lost on the way; `NaN`, `Infinity` and `-Infinity` are numbers here.
package enum WireValue: Sendable, Equatable {
    case null
    case bool(Bool)
    /// The number as it was written.
    case number(String)
    case text(String)
    case list([WireValue])
    case object(WireObject)
}

extension WireValue {
    /// A whole number.
    package init(_ number: Int) { self = .number(String(number)) }

    /// A floating point number as Python writes it: `1.0`, `NaN`, `-Infinity`.
    package init(_ number: Double) {
        if number.isNaN {
            self = .number("NaN")
        } else if number.isInfinite {
            self = .number(number < 0 ? "-Infinity" : "Infinity")
        } else {
            self = .number(number.description)
        }
    }

    /// Text, or null for nil.
    package init(_ text: String?) { self = text.map { .text($0) } ?? .null }

    /// The text of a text value; nil for every other case.
    package var string: String? { if case .text(let text) = self { text } else { nil } }

    /// A number without a fraction that fits; nil for every other value. `2.0` counts as 2.
    package var int: Int? {
        guard case .number(let text) = self else { return nil }
        return Int(text) ?? Double(text).flatMap { Int(exactly: $0) }
    }

    /// A number, possibly rounded, not a number or infinite; nil for every other case.
    package var double: Double? { if case .number(let text) = self { Double(text) } else { nil } }

    /// The value of a boolean; nil for every other case.
    package var bool: Bool? { if case .bool(let flag) = self { flag } else { nil } }

    /// The elements of a list; nil for every other case.
    package var list: [WireValue]? { if case .list(let elements) = self { elements } else { nil } }

    /// The object; nil for every other case.
    package var object: WireObject? { if case .object(let object) = self { object } else { nil } }

    /// Whether the value is null.
    package var isNull: Bool { if case .null = self { true } else { false } }

    /// Whether Python counts the value as true in `if value:`.
    package var isTrue: Bool {
        switch self {
        case .null: false
        case .bool(let flag): flag
        case .number: double != 0
        case .text(let text): !text.isEmpty
        case .list(let elements): !elements.isEmpty
        case .object(let object): !object.members.isEmpty
        }
    }
}
