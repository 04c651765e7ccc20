import Foundation

/// Removes duplicate members of JSON objects: the last one is kept, as in Python, where other parsers take the first.
struct JSONMembers {
    private let bytes: [UInt8]
    private var at = 0
    private var hasDoubles = false

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The same bytes when no name stands twice in an object.
    /// - Parameter bytes: one JSON value, checked, not nested deeper than `JobPayload.depthLimit`.
    static func unique(_ bytes: [UInt8]) -> [UInt8] {
        // A text with at most one member has no duplicates.
        guard bytes.lazy.filter({ $0 == UInt8(ascii: ":") }).prefix(2).count == 2 else { return bytes }
        var reader = JSONMembers(bytes)
        let whole = reader.value()
        return reader.hasDoubles ? whole : bytes
    }

    private var current: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skipBlanks() {
        while let byte = current, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { at += 1 }
    }

    /// Reads one value, and returns it without blanks between its parts.
    private mutating func value() -> [UInt8] {
        skipBlanks()
        switch current {
        case UInt8(ascii: "{"): return object()
        case UInt8(ascii: "["): return list()
        case UInt8(ascii: "\""): return text()
        default: return word()
        }
    }

    private mutating func object() -> [UInt8] {
        var members: [(name: [UInt8], value: [UInt8])] = []
        var places: [String: Int] = [:]
        repeat {
            at += 1
            skipBlanks()
            guard current == UInt8(ascii: "\"") else { break }
            let name = text()
            skipBlanks()
            at += 1
            let value = value()
            let key = Self.decoded(name)
            if let place = places[key] {
                members[place].value = value
                hasDoubles = true
            } else {
                places[key] = members.count
                members.append((name, value))
            }
            skipBlanks()
        } while current == UInt8(ascii: ",")
        at += 1
        let parts = members.map { $0.name + [UInt8(ascii: ":")] + $0.value }
        return [UInt8(ascii: "{")] + parts.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "}")]
    }

    private mutating func list() -> [UInt8] {
        var elements: [[UInt8]] = []
        repeat {
            at += 1
            skipBlanks()
            guard let byte = current, byte != UInt8(ascii: "]") else { break }
            elements.append(value())
            skipBlanks()
        } while current == UInt8(ascii: ",")
        at += 1
        return [UInt8(ascii: "[")] + elements.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")]
    }

    /// With its quotes.
    private mutating func text() -> [UInt8] {
        let start = at
        at += 1
        while let byte = current, byte != UInt8(ascii: "\"") { at += byte == UInt8(ascii: "\\") ? 2 : 1 }
        at = min(at + 1, bytes.count)
        return Array(bytes[start..<at])
    }

    /// A number, or `true`, `false`, `null`.
    private mutating func word() -> [UInt8] {
        let start = at
        let ends = Set(" \t\n\r,]}".utf8)
        while let byte = current, !ends.contains(byte) { at += 1 }
        return Array(bytes[start..<at])
    }

    private static func decoded(_ text: [UInt8]) -> String {
        guard text.contains(UInt8(ascii: "\\")) else { return String(decoding: text, as: UTF8.self) }
        let name = try? JSONDecoder().decode(String.self, from: Data(text))
        return name.map { "\"\($0)\"" } ?? String(decoding: text, as: UTF8.self)
    }
}
