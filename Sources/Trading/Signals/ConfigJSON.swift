import Foundation

/// Reads JSON as Python's `json.loads` does: of two members of one name the last counts; a comma before a closing
/// bracket, a comment or single quotes are refused.
///
/// Unlike Python it refuses `NaN`, `Infinity` and `-Infinity`, which no decision could be made with.
struct ConfigJSON {
    /// Why a text was refused.
    struct Refusal: Error {
        /// A clause.
        let problem: String
        /// Bytes before it.
        let at: Int
    }

    private let bytes: [UInt8]
    private var at = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    static func value(of text: String) throws(Refusal) -> ConfigValue {
        var reader = ConfigJSON(Array(text.utf8))
        let value = try reader.value(depth: 0)
        reader.skipBlanks()
        guard reader.current == nil else { throw reader.refusal("something follows the value") }
        return value
    }

    private var current: UInt8? { at < bytes.count ? bytes[at] : nil }

    private func refusal(_ problem: String) -> Refusal { Refusal(problem: problem, at: at) }

    private mutating func skipBlanks() {
        while let byte = current, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { at += 1 }
    }

    private mutating func take(_ character: Character) -> Bool {
        guard let byte = current, byte == character.asciiValue else { return false }
        at += 1
        return true
    }

    private mutating func value(depth: Int) throws(Refusal) -> ConfigValue {
        skipBlanks()
        guard depth <= ConfigValue.maximumDepth else { throw refusal("it is nested too deeply") }
        guard let byte = current else { throw refusal("it ends too early") }
        switch byte {
        case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
        case UInt8(ascii: "["): return .list(try list(depth: depth + 1))
        case UInt8(ascii: "\""): return .text(try text())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
        default: return try word()
        }
    }

    private mutating func word() throws(Refusal) -> ConfigValue {
        let words: [(String, ConfigValue)] = [("true", .flag(true)), ("false", .flag(false)), ("null", .null)]
        for (word, value) in words where bytes[at...].starts(with: word.utf8) {
            at += word.utf8.count
            return value
        }
        for word in ["NaN", "Infinity"] where bytes[at...].starts(with: word.utf8) {
            throw refusal("\(word) is no number that can be compared")
        }
        throw refusal("there is no JSON value")
    }

    private mutating func object(depth: Int) throws(Refusal) -> [String: ConfigValue] {
        at += 1
        var members: [String: ConfigValue] = [:]
        skipBlanks()
        if take("}") { return members }
        repeat {
            skipBlanks()
            guard current == UInt8(ascii: "\"") else {
                let isEnd = current == UInt8(ascii: "}")
                throw refusal(isEnd ? "a comma stands before '}'" : "a name in quotes is missing")
            }
            let name = try text()
            skipBlanks()
            guard take(":") else { throw refusal("a colon is missing") }
            members[name] = try value(depth: depth)
            skipBlanks()
        } while take(",")
        guard take("}") else { throw refusal("a comma or '}' is missing") }
        return members
    }

    private mutating func list(depth: Int) throws(Refusal) -> [ConfigValue] {
        at += 1
        var elements: [ConfigValue] = []
        skipBlanks()
        if take("]") { return elements }
        repeat {
            skipBlanks()
            guard current != UInt8(ascii: "]") else { throw refusal("a comma stands before ']'") }
            elements.append(try value(depth: depth))
            skipBlanks()
        } while take(",")
        guard take("]") else { throw refusal("a comma or ']' is missing") }
        return elements
    }

    private mutating func text() throws(Refusal) -> String {
        at += 1
        var units: [UInt8] = []
        while let byte = current {
            at += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: units, as: UTF8.self)
            case UInt8(ascii: "\\"): units += Array(try escape().utf8)
            case ..<0x20: throw refusal("a control character stands in a text")
            default: units.append(byte)
            }
        }
        throw refusal("a text has no end")
    }

    private mutating func escape() throws(Refusal) -> String {
        guard let byte = current else { throw refusal("a text has no end") }
        at += 1
        switch byte {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            var codes = [try hexadecimal()]
            // Half of a surrogate pair alone is taken, as in Python; it becomes U+FFFD.
            if (0xD800...0xDBFF).contains(codes[0]), bytes[at...].starts(with: "\\u".utf8) {
                at += 2
                codes.append(try hexadecimal())
            }
            return String(decoding: codes, as: UTF16.self)
        default: throw refusal("a backslash stands before a character that it cannot stand before")
        }
    }

    private mutating func hexadecimal() throws(Refusal) -> UInt16 {
        let digits = bytes[at..<min(at + 4, bytes.count)]
        let hexadecimal = Set("0123456789abcdefABCDEF".utf8)
        guard digits.count == 4, digits.allSatisfy(hexadecimal.contains),
            let code = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw refusal("\\u has no four hexadecimal digits") }
        at += 4
        return code
    }

    private mutating func number() throws(Refusal) -> Double {
        let start = at
        if take("-"), bytes[at...].starts(with: "Infinity".utf8) {
            throw refusal("-Infinity is no number that can be compared")
        }
        if !take("0") { try digits("a number has no digits") }
        if take(".") { try digits("a number has no digits after its point") }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits("a number has no digits in its exponent")
        }
        // Beyond what a Double holds it is infinite, which the fields refuse by name.
        return Double(String(decoding: bytes[start..<at], as: UTF8.self)) ?? .infinity
    }

    private mutating func digits(_ problem: String) throws(Refusal) {
        let start = at
        while let byte = current, (0x30...0x39).contains(byte) { at += 1 }
        guard at > start else { throw refusal(problem) }
    }
}
