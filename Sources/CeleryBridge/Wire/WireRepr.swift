/// Writes values as Python's `repr` shows them.
struct WireRepr {
    private(set) var text = ""
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    mutating func append(_ value: WireValue) {
        guard text.utf8.count <= limit else { return }
        switch value {
        case .null: text += "None"
        case .bool(let flag): text += flag ? "True" : "False"
        case .number("NaN"): text += "nan"
        case .number("Infinity"): text += "inf"
        case .number("-Infinity"): text += "-inf"
        case .number(let number): text += number
        case .text(let string): append(string)
        case .list(let elements): append(elements, between: "[", and: "]")
        case .object(let object): append(object)
        }
    }

    mutating func append(_ elements: [WireValue], between open: String, and close: String) {
        text += open
        for (index, element) in elements.enumerated() {
            if index > 0 { text += ", " }
            append(element)
            if text.utf8.count > limit { break }
        }
        text += close
    }

    private mutating func append(_ object: WireObject) {
        text += "{"
        for (index, member) in object.members.enumerated() {
            if index > 0 { text += ", " }
            append(member.name)
            text += ": "
            append(member.value)
            if text.utf8.count > limit { break }
        }
        text += "}"
    }

    private mutating func append(_ string: String) {
        let quote: Unicode.Scalar =
            string.unicodeScalars.contains("'") && !string.unicodeScalars.contains("\"") ? "\"" : "'"
        text.unicodeScalars.append(quote)
        for scalar in string.unicodeScalars {
            switch scalar {
            case quote, "\\":
                text += "\\"
                text.unicodeScalars.append(scalar)
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{00}"..."\u{1F}", "\u{7F}"..."\u{A0}": text += "\\x" + Self.hex(scalar.value)
            default: text.unicodeScalars.append(scalar)
            }
            if text.utf8.count > limit { break }
        }
        text.unicodeScalars.append(quote)
    }

    private static func hex(_ value: UInt32) -> String {
        let digits = String(value, radix: 16)
        return digits.count < 2 ? "0" + digits : digits
    }
}

extension WireValue {
    /// The value as Python's `repr` shows it, such as `{'a': [1, None]}`.
    package var repr: String { repr(atMost: .max) }

    /// The same, cut to a number of UTF-8 bytes (a few more for the ending) and then ending in `...`.
    package func repr(atMost limit: Int) -> String {
        var repr = WireRepr(limit: limit)
        repr.append(self)
        return Self.cut(repr.text, limit)
    }

    /// A list as the repr of a tuple: `(1, 'a')`, `(1,)`, `()`.
    package static func tupleRepr(_ elements: [WireValue], atMost limit: Int = .max) -> String {
        var repr = WireRepr(limit: limit)
        repr.append(elements, between: "(", and: elements.count == 1 ? ",)" : ")")
        return cut(repr.text, limit)
    }

    private static func cut(_ text: String, _ limit: Int) -> String {
        guard text.utf8.count > limit else { return text }
        return String(decoding: text.utf8.prefix(limit), as: UTF8.self) + "..."
    }
}
