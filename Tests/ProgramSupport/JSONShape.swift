/// The names of a JSON text in the order in which they stand: `{id,error{type,at},history[{at,event}]}`.
///
/// An array shows its first element; texts, numbers, booleans and null show nothing.
package struct JSONShape {
    private let text: [UInt8]
    private var at = 0
    private var shape = ""

    /// - Parameter text: one valid JSON value.
    package static func of(_ text: String) -> String {
        var reader = JSONShape(text: Array(text.utf8))
        reader.value()
        return reader.shape
    }

    private init(text: [UInt8]) { self.text = text }

    private var next: UInt8 { at < text.count ? text[at] : 0 }

    private mutating func skipSpace() {
        while at < text.count, text[at] <= 0x20 { at += 1 }
    }

    private mutating func value() {
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): object()
        case UInt8(ascii: "["): array()
        case UInt8(ascii: "\""): _ = string()
        default: while at < text.count, !",]}".utf8.contains(text[at]) { at += 1 }
        }
        skipSpace()
    }

    private mutating func object() {
        shape += "{"
        at += 1
        skipSpace()
        while at < text.count, next != UInt8(ascii: "}") {
            shape += string()
            skipSpace()
            at += 1
            value()
            if next == UInt8(ascii: ",") {
                shape += ","
                at += 1
                skipSpace()
            }
        }
        at += 1
        shape += "}"
    }

    private mutating func array() {
        shape += "["
        at += 1
        skipSpace()
        var isFirst = true
        while at < text.count, next != UInt8(ascii: "]") {
            let before = shape
            value()
            if !isFirst { shape = before }
            isFirst = false
            if next == UInt8(ascii: ",") { at += 1 }
            skipSpace()
        }
        at += 1
        shape += "]"
    }

    private mutating func string() -> String {
        let start = at + 1
        at = start
        while at < text.count, text[at] != UInt8(ascii: "\"") { at += text[at] == UInt8(ascii: "\\") ? 2 : 1 }
        let end = min(at, text.count)
        at = end + 1
        return String(decoding: text[start..<end], as: UTF8.self)
    }
}
