/// Reads one JSON text as Python's `json.loads` does: `NaN` and `Infinity` are numbers, whole numbers have any length.
///
/// Lone surrogates become U+FFFD. The pointer must outlive the parser.
struct WireParser {
    /// Lists and objects within one another; Python's own limit is about 1000.
    static let depthLimit = 512

    private let bytes: UnsafeBufferPointer<UInt8>
    private var at = 0
    private var depth = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        // A byte order mark is refused by Python too; it is reported as an unexpected character.
    }

    /// The whole text as one value.
    mutating func document() throws(WireError) -> WireValue {
        skipSpace()
        let value = try value()
        skipSpace()
        guard at == bytes.count else { throw error("more text follows the end of the value") }
        return value
    }

    private mutating func value() throws(WireError) -> WireValue {
        guard at < bytes.count else { throw error("the text ends where a value should begin") }
        switch bytes[at] {
        case UInt8(ascii: "\""): return .text(try text())
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try list()
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "N"): return try word("NaN", .number("NaN"))
        case UInt8(ascii: "I"): return try word("Infinity", .number("Infinity"))
        default: return try number()
        }
    }

    private mutating func word(_ word: StaticString, _ value: WireValue) throws(WireError) -> WireValue {
        let end = at + word.utf8CodeUnitCount
        guard end <= bytes.count else { throw error("unexpected character") }
        for index in 0..<word.utf8CodeUnitCount where bytes[at + index] != word.utf8Start[index] {
            throw error("unexpected character")
        }
        at = end
        return value
    }

    private mutating func list() throws(WireError) -> WireValue {
        try descend()
        var elements: [WireValue] = []
        skipSpace()
        if take(UInt8(ascii: "]")) {
            depth -= 1
            return .list(elements)
        }
        while true {
            skipSpace()
            elements.append(try value())
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "]")) else { throw error("a comma or the end of the list was expected") }
            depth -= 1
            return .list(elements)
        }
    }

    private mutating func object() throws(WireError) -> WireValue {
        try descend()
        var members: [(name: String, value: WireValue)] = []
        skipSpace()
        if take(UInt8(ascii: "}")) {
            depth -= 1
            return .object(WireObject())
        }
        while true {
            skipSpace()
            guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { throw error("a member's name was expected") }
            let name = try text()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw error("a colon was expected") }
            skipSpace()
            members.append((name, try value()))
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "}")) else { throw error("a comma or the end of the object was expected") }
            depth -= 1
            let object = WireObject(members)
            if object.members.count == 2 { try checkTyped(object) }
            return .object(object)
        }
    }

    /// Kombu refuses a body with a typed value that it has no decoder for.
    private func checkTyped(_ object: WireObject) throws(WireError) {
        guard let type = object["__type__"], let value = object["__value__"] else { return }
        switch type.string {
        case "datetime", "date", "time", "decimal", "uuid", "bytes", "base64":
            guard !TypedValue.isValid(value, as: type.string ?? "") else { return }
            throw WireError(
                "The value \(value.repr(atMost: 100)) is no \(type.string ?? ""). Send what its encoder writes.")
        default:
            throw WireError(
                "Unsupported type \(type.repr(atMost: 100)): a typed value must be a datetime, date, time, decimal, "
                    + "uuid, bytes or base64. Send it as text.")
        }
    }

    private mutating func number() throws(WireError) -> WireValue {
        let start = at
        _ = take(UInt8(ascii: "-"))
        if at < bytes.count, bytes[at] == UInt8(ascii: "I"), at > start {
            return try word("Infinity", .number("-Infinity"))
        }
        if take(UInt8(ascii: "0")) {
            // What follows a leading zero is more text after the number, as in Python.
        } else {
            guard digits() > 0 else { throw error("unexpected character") }
        }
        if at + 1 < bytes.count, bytes[at] == UInt8(ascii: "."), Self.isDigit(bytes[at + 1]) {
            at += 1
            _ = digits()
        }
        if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
            let mark = at
            at += 1
            if !take(UInt8(ascii: "-")) { _ = take(UInt8(ascii: "+")) }
            if digits() == 0 { at = mark }
        }
        return .number(String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<at]), as: UTF8.self))
    }

    private mutating func digits() -> Int {
        let start = at
        while at < bytes.count, Self.isDigit(bytes[at]) { at += 1 }
        return at - start
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    private mutating func text() throws(WireError) -> String {
        at += 1
        let start = at
        var seen: UInt8 = 0
        while at < bytes.count {
            let byte = bytes[at]
            if byte == UInt8(ascii: "\"") {
                // ASCII needs no check, which is most of what is read.
                let text =
                    seen < 0x80
                    ? String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<at]), as: UTF8.self)
                    : try utf8(start..<at)
                at += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try escapedText(from: start) }
            if byte < 0x20 { throw error("a control character stands in a text") }
            seen |= byte
            at += 1
        }
        throw error("the text has no closing quotation mark")
    }

    private func utf8(_ range: Range<Int>) throws(WireError) -> String {
        guard let text = String(validating: UnsafeBufferPointer(rebasing: bytes[range]), as: UTF8.self) else {
            throw WireError("Byte \(range.lowerBound) of the text: a text is not UTF-8. Send JSON in UTF-8.")
        }
        return text
    }

    private mutating func escapedText(from start: Int) throws(WireError) -> String {
        var text = [UInt8](bytes[start..<at])
        while at < bytes.count {
            let byte = bytes[at]
            if byte == UInt8(ascii: "\"") {
                at += 1
                guard let text = String(validating: text, as: UTF8.self) else { throw error("a text is not UTF-8") }
                return text
            }
            if byte < 0x20 { throw error("a control character stands in a text") }
            at += 1
            if byte == UInt8(ascii: "\\") { try escape(into: &text) } else { text.append(byte) }
        }
        throw error("the text has no closing quotation mark")
    }

    private mutating func escape(into text: inout [UInt8]) throws(WireError) {
        guard at < bytes.count else { throw error("the text ends within an escape") }
        let byte = bytes[at]
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "u"): appendScalar(try codeUnit(), to: &text)
        default: throw error("unknown escape")
        }
    }

    private mutating func appendScalar(_ first: UInt32, to text: inout [UInt8]) {
        var scalar = first
        if first & 0xFC00 == 0xD800 {
            scalar = 0xFFFD
            let mark = at
            let isEscape = take(UInt8(ascii: "\\")) && take(UInt8(ascii: "u"))
            if isEscape, let second = try? codeUnit(), second & 0xFC00 == 0xDC00 {
                scalar = 0x10000 + ((first & 0x3FF) << 10 | second & 0x3FF)
            } else {
                at = mark
            }
        }
        text.append(contentsOf: String(Unicode.Scalar(scalar) ?? "\u{FFFD}").utf8)
    }

    private mutating func codeUnit() throws(WireError) -> UInt32 {
        guard at + 4 <= bytes.count else { throw error("the text ends within an escape") }
        var unit: UInt32 = 0
        for index in at..<at + 4 {
            let byte = bytes[index]
            switch byte {
            case 0x30...0x39: unit = unit << 4 | UInt32(byte - 0x30)
            case 0x41...0x46: unit = unit << 4 | UInt32(byte - 0x37)
            case 0x61...0x66: unit = unit << 4 | UInt32(byte - 0x57)
            default: throw error("an escape is not four hexadecimal digits")
            }
        }
        at += 4
        return unit
    }

    private mutating func descend() throws(WireError) {
        at += 1
        depth += 1
        if depth > Self.depthLimit { throw error("lists and objects are nested deeper than \(Self.depthLimit)") }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard at < bytes.count, bytes[at] == byte else { return false }
        at += 1
        return true
    }

    private mutating func skipSpace() {
        while at < bytes.count {
            switch bytes[at] {
            case 0x20, 0x09, 0x0A, 0x0D: at += 1
            default: return
            }
        }
    }

    private func error(_ what: String) -> WireError {
        WireError("Byte \(at) of the text: \(what). Send valid JSON.")
    }
}

extension WireValue {
    /// Reads one JSON text as Python does, see `WireParser`; typed values stay the objects that they are.
    /// - Throws: when it is not JSON, nested deeper than 512, or holds an unknown `__type__`.
    package static func parse(_ bytes: [UInt8]) throws(WireError) -> WireValue {
        try bytes.withUnsafeBufferPointer { pointer throws(WireError) in
            var parser = WireParser(pointer)
            return try parser.document()
        }
    }

    /// The same for a text.
    package static func parse(_ text: String) throws(WireError) -> WireValue {
        try parse(Array(text.utf8))
    }
}
