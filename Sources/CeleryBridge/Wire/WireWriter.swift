/// Appends values as Python's `json.dumps` writes them: `, ` and `: ` between, nothing but ASCII.
package struct WireWriter: Sendable {
    /// What was written so far, all ASCII.
    package private(set) var bytes: [UInt8] = []

    /// - Parameter capacity: bytes to make room for.
    package init(capacity: Int = 256) { bytes.reserveCapacity(capacity) }

    /// What was written so far.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Appends text that is JSON already.
    package mutating func raw(_ json: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: json.utf8Start, count: json.utf8CodeUnitCount))
    }

    /// Appends text that is JSON already.
    package mutating func raw(_ json: String) { bytes.append(contentsOf: json.utf8) }

    /// Appends one value.
    package mutating func value(_ value: WireValue) {
        switch value {
        case .null: raw("null" as StaticString)
        case .bool(let flag): flag ? raw("true" as StaticString) : raw("false" as StaticString)
        case .number(let number): raw(number)
        case .text(let text): self.text(text)
        case .list(let elements):
            bytes.append(UInt8(ascii: "["))
            for index in elements.indices {
                if index > 0 { raw(", " as StaticString) }
                self.value(elements[index])
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            bytes.append(UInt8(ascii: "{"))
            var first = true
            for member in object.members {
                if !first { raw(", " as StaticString) }
                first = false
                text(member.name)
                raw(": " as StaticString)
                self.value(member.value)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    /// Appends a text or null.
    package mutating func text(_ text: String?) {
        if let text { self.text(text) } else { raw("null" as StaticString) }
    }

    /// Appends a text with its quotation marks.
    package mutating func text(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        let plain = text.withUTF8 { utf8 in
            for byte in utf8 where Self.mustEscape(byte) { return false }
            bytes.append(contentsOf: utf8)
            return true
        }
        if !plain { for scalar in text.unicodeScalars { append(scalar) } }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func mustEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte > 0x7E || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "\"": raw("\\\"" as StaticString)
        case "\\": raw("\\\\" as StaticString)
        case "\n": raw("\\n" as StaticString)
        case "\r": raw("\\r" as StaticString)
        case "\t": raw("\\t" as StaticString)
        case "\u{08}": raw("\\b" as StaticString)
        case "\u{0C}": raw("\\f" as StaticString)
        case " "..."~": bytes.append(UInt8(truncatingIfNeeded: scalar.value))
        default: for unit in UTF16.encode(scalar).map(Array.init) ?? [] { append(unit: unit) }
        }
    }

    private mutating func append(unit: UInt16) {
        raw("\\u" as StaticString)
        for shift in [12, 8, 4, 0] {
            let digit = UInt8(unit >> UInt16(shift) & 0xF)
            bytes.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
        }
    }
}

extension WireValue {
    /// The value as `json.dumps` writes it.
    package var json: String {
        var writer = WireWriter()
        writer.value(self)
        return writer.text
    }
}
