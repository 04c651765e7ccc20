/// Checks whether bytes are one JSON value by RFC 8259.
///
/// Parsers differ in what else they accept: a byte order mark, NaN, control characters in strings, half of a surrogate
/// pair. Any of them may read stored values, so anything that one of them refuses is an error here. Works without
/// recursion.
public struct JSONSyntax {
    private enum Step {
        case value
        /// A value, or the end of an array that has none.
        case firstElement
        /// A name, or the end of an object that has none.
        case firstName
        case name
        case afterValue
    }

    /// The error, as a clause with the byte position; nil for valid JSON.
    /// - Parameter depthLimit: arrays and objects inside of one another.
    public static func problem(in bytes: some Collection<UInt8>, depthLimit: Int = .max) -> String? {
        let bytes = Array(bytes)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return "they begin with a byte order mark, which JSON has not." }
        guard String(validating: bytes, as: UTF8.self) != nil else { return "they are not UTF-8." }
        var reader = JSONSyntax(bytes: bytes, depthLimit: depthLimit)
        return reader.readAll()
    }

    /// How the sentence about too many levels begins.
    static let tooDeep = "it is nested too deeply"

    private let bytes: [UInt8]
    private let depthLimit: Int
    private var at = 0
    /// The closing brackets that are still expected.
    private var open: [UInt8] = []

    private init(bytes: [UInt8], depthLimit: Int) {
        self.bytes = bytes
        self.depthLimit = depthLimit
    }

    private var current: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func readAll() -> String? {
        var step = Step.value
        while true {
            skipBlanks()
            if step == .afterValue, open.isEmpty {
                return at == bytes.count ? nil : wrong("something follows the value")
            }
            guard let byte = current else { return wrong("the end is missing") }
            switch step {
            case .firstElement where byte == 0x5D, .firstName where byte == 0x7D:
                close()
                step = .afterValue
            case .value, .firstElement:
                guard let next = readValue(byte) else { return failure }
                step = next
            case .firstName, .name:
                guard byte == 0x22 else { return wrong("a name in quotes is missing") }
                guard readText() else { return failure }
                skipBlanks()
                guard take(0x3A) else { return wrong("a colon is missing") }
                step = .value
            case .afterValue:
                if byte == open.last {
                    close()
                } else {
                    guard take(0x2C) else { return wrong("a comma or a closing bracket is missing") }
                    step = open.last == 0x7D ? .name : .value
                }
            }
        }
    }

    private mutating func close() {
        at += 1
        open.removeLast()
    }

    /// Reads a value and returns the next step; nil for an invalid value, with the reason in `failure`.
    private mutating func readValue(_ byte: UInt8) -> Step? {
        switch byte {
        case 0x7B, 0x5B:
            guard open.count < depthLimit else { return fail(Self.tooDeep) }
            open.append(byte + 2)
            at += 1
            return byte == 0x7B ? .firstName : .firstElement
        case 0x22: return readText() ? .afterValue : nil
        case 0x2D, 0x30...0x39: return readNumber() ? .afterValue : nil
        default:
            for word in ["true", "false", "null"] where bytes[at...].starts(with: word.utf8) {
                at += word.utf8.count
                return .afterValue
            }
            return fail("there is no JSON value")
        }
    }

    private mutating func readText() -> Bool {
        at += 1
        while let byte = current {
            at += 1
            switch byte {
            case 0x22: return true
            case ..<0x20:
                at -= 1
                return refuse("a control character stands in a text")
            case 0x5C: guard readEscape() else { return false }
            default: continue
            }
        }
        return refuse("a text has no end")
    }

    private mutating func readEscape() -> Bool {
        guard let byte = current else { return refuse("a text has no end") }
        at += 1
        switch byte {
        case 0x22, 0x2F, 0x5C, 0x62, 0x66, 0x6E, 0x72, 0x74: return true
        case 0x75: break
        default:
            at -= 1
            return refuse("a backslash stands before a character that it cannot stand before")
        }
        guard let unit = readHexadecimal() else { return refuse("\\u has no four hexadecimal digits") }
        switch unit {
        case 0xD800...0xDBFF:
            guard take(0x5C), take(0x75), let low = readHexadecimal(), (0xDC00...0xDFFF).contains(low) else {
                return refuse("a text holds half of a surrogate pair")
            }
            return true
        case 0xDC00...0xDFFF: return refuse("a text holds half of a surrogate pair")
        default: return true
        }
    }

    private mutating func readHexadecimal() -> UInt16? {
        guard at + 4 <= bytes.count else { return nil }
        var unit: UInt16 = 0
        for byte in bytes[at..<at + 4] {
            switch byte {
            case 0x30...0x39: unit = unit << 4 | UInt16(byte - 0x30)
            case 0x41...0x46: unit = unit << 4 | UInt16(byte - 0x37)
            case 0x61...0x66: unit = unit << 4 | UInt16(byte - 0x57)
            default: return nil
            }
        }
        at += 4
        return unit
    }

    private mutating func readNumber() -> Bool {
        _ = take(0x2D)
        if !take(0x30), !readDigits() { return refuse("a number has no digits") }
        if take(0x2E), !readDigits() { return refuse("a number has no digits after its point") }
        if take(0x65) || take(0x45) {
            if !take(0x2B) { _ = take(0x2D) }
            guard readDigits() else { return refuse("a number has no digits in its exponent") }
        }
        if let byte = current, (0x30...0x39).contains(byte) { return refuse("a number begins with a zero") }
        return true
    }

    private mutating func readDigits() -> Bool {
        let start = at
        while let byte = current, (0x30...0x39).contains(byte) { at += 1 }
        return at > start
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        at += 1
        return true
    }

    private mutating func skipBlanks() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { at += 1 }
    }

    private var failure: String?

    private func wrong(_ what: String) -> String { "\(what), at byte \(at)." }

    private mutating func refuse(_ what: String) -> Bool {
        failure = wrong(what)
        return false
    }

    private mutating func fail(_ what: String) -> Step? {
        failure = wrong(what)
        return nil
    }
}
