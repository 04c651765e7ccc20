/// One reply of the server. The decoders throw an error that names the command and what was expected.
///
/// An error reply of the whole command is thrown by `RedisClient.send` and `run`; `.error` is met only inside the
/// results of `pipeline`, `runAll` and in arrays. Every decoder throws it as the `RedisError` that it stands for.
public enum RedisValue: Sendable, Equatable {
    case null
    case integer(Int64)
    /// The bytes of a value, as stored.
    case bulk([UInt8])
    /// A status line such as `OK`.
    case simple(String)
    /// The message of an error, beginning with its code.
    case error(String)
    case array([RedisValue])

    /// Whether Redis has no such value, or a blocking read timed out.
    public var isNull: Bool { self == .null }

    /// UTF-8 text. An integer is not text.
    /// - Parameter command: names the command or script in the error.
    public func string(of command: String = "a command") throws(RedisError) -> String {
        switch self {
        case .bulk(let bytes):
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw .unexpectedReply(
                    command: command, expected: "UTF-8 text", got: "\(bytes.count) bytes that are not")
            }
            return text
        case .simple(let text): return text
        case .null, .integer, .error, .array: throw mismatch(command, "text")
        }
    }

    /// Text for people: bytes that are not UTF-8 are shown as such, and hide nothing else.
    public func shownText(of command: String = "a command") throws(RedisError) -> String {
        String(decoding: try bytes(of: command), as: UTF8.self)
    }

    /// Text, or `nil` for a missing value.
    public func optionalString(of command: String = "a command") throws(RedisError) -> String? {
        isNull ? nil : try string(of: command)
    }

    /// The bytes of a value, whatever they hold.
    public func bytes(of command: String = "a command") throws(RedisError) -> [UInt8] {
        switch self {
        case .bulk(let bytes): bytes
        case .simple(let text): Array(text.utf8)
        case .null, .integer, .error, .array: throw mismatch(command, "a value")
        }
    }

    /// The bytes of a value, or `nil` for a missing one.
    public func optionalBytes(of command: String = "a command") throws(RedisError) -> [UInt8]? {
        isNull ? nil : try bytes(of: command)
    }

    /// An integer, sent as such or as decimal text.
    public func int(of command: String = "a command") throws(RedisError) -> Int {
        switch self {
        case .integer(let number): return Int(number)
        case .bulk(let bytes):
            guard let number = decimal(bytes) else { throw mismatch(command, "an integer") }
            return number
        case .null, .simple, .error, .array: throw mismatch(command, "an integer")
        }
    }

    /// An integer, or `nil` for a missing value.
    public func optionalInt(of command: String = "a command") throws(RedisError) -> Int? {
        isNull ? nil : try int(of: command)
    }

    /// A floating-point number as Redis writes scores, `inf` and `-inf` included.
    public func double(of command: String = "a command") throws(RedisError) -> Double {
        switch self {
        case .integer(let number): return Double(number)
        case .bulk, .simple:
            guard let number = Double(try string(of: command)) else { throw mismatch(command, "a number") }
            return number
        case .null, .error, .array: throw mismatch(command, "a number")
        }
    }

    /// A score that counts milliseconds or jobs. Redis keeps scores as floating-point numbers, exact up to 2^53; what
    /// lies beyond, the infinities included, is brought within, so that no sum of such numbers overflows.
    public func wholeNumber(of command: String = "a command") throws(RedisError) -> Int64 {
        let number = try double(of: command)
        guard number == number else { throw mismatch(command, "a number") }
        return Int64(min(max(number, -Self.exactLimit), Self.exactLimit))
    }

    private static let exactLimit = 0x1p53

    /// The integers 0 and 1.
    public func bool(of command: String = "a command") throws(RedisError) -> Bool {
        switch self {
        case .integer(0): false
        case .integer(1): true
        case .null, .integer, .bulk, .simple, .error, .array: throw mismatch(command, "0 or 1")
        }
    }

    /// The elements of an array. A missing array is an error: see `optionalArray`.
    public func array(of command: String = "a command") throws(RedisError) -> [RedisValue] {
        guard case .array(let values) = self else { throw mismatch(command, "an array") }
        return values
    }

    /// So many elements, neither more nor fewer.
    public func array(of command: String = "a command", count: Int) throws(RedisError) -> [RedisValue] {
        let values = try array(of: command)
        guard values.count == count else { throw mismatch(command, "an array of \(count)") }
        return values
    }

    /// The elements of an array, or `nil` for a missing one.
    public func optionalArray(of command: String = "a command") throws(RedisError) -> [RedisValue]? {
        isNull ? nil : try array(of: command)
    }

    /// An array of texts, none missing.
    public func strings(of command: String = "a command") throws(RedisError) -> [String] {
        var texts: [String] = []
        for value in try array(of: command) { texts.append(try value.string(of: command)) }
        return texts
    }

    /// A flat array of name and value, as HGETALL and WITHSCORES give, in the order of the reply.
    public func pairs(of command: String = "a command") throws(RedisError) -> [(name: String, value: RedisValue)] {
        let values = try array(of: command)
        guard values.count.isMultiple(of: 2) else { throw mismatch(command, "pairs") }
        var pairs: [(name: String, value: RedisValue)] = []
        pairs.reserveCapacity(values.count / 2)
        for index in stride(from: 0, to: values.count, by: 2) {
            pairs.append((try values[index].string(of: command), values[index + 1]))
        }
        return pairs
    }

    /// Demands the status `OK`.
    public func ok(of command: String = "a command") throws(RedisError) {
        guard self == .simple("OK") else { throw mismatch(command, "OK") }
    }

    /// Throws when this is an error reply; gives itself otherwise.
    public func checked() throws(RedisError) -> RedisValue {
        if case .error(let message) = self { throw RedisError(reply: message, at: nil) }
        return self
    }

    /// The shape, never the content, which may be confidential.
    var shape: String {
        switch self {
        case .null: "nothing"
        case .integer: "an integer"
        case .bulk(let bytes): "a value of \(bytes.count) bytes"
        case .simple: "a status"
        case .error: "an error"
        case .array(let values): "an array of \(values.count)"
        }
    }

    private func mismatch(_ command: String, _ expected: String) -> RedisError {
        if case .error(let message) = self { return RedisError(reply: message, at: nil) }
        return .unexpectedReply(command: command, expected: expected, got: shape)
    }
}

/// Reads "-12"; refuses "+1", spaces and numbers beyond 64 bits. No `String` is made on the way.
private func decimal(_ bytes: [UInt8]) -> Int? {
    let negative = bytes.first == UInt8(ascii: "-")
    let digits = bytes.dropFirst(negative ? 1 : 0)
    guard !digits.isEmpty else { return nil }
    var number = 0
    for byte in digits {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        let (tens, tooManyTens) = number.multipliedReportingOverflow(by: 10)
        let digit = Int(byte - UInt8(ascii: "0"))
        let (sum, tooMuch) = tens.subtractingReportingOverflow(digit)
        if tooManyTens || tooMuch { return nil }
        number = sum
    }
    // Counted downwards, because Int.min has no positive counterpart.
    if negative { return number }
    return number == .min ? nil : -number
}
