/// One word of a command: a name, a key or an argument. Sent as it is; nothing is escaped or parsed.
public struct RedisWord: Sendable, Hashable {
    enum Content: Sendable, Hashable {
        case text(String)
        case bytes([UInt8])
        case integer(Int)
    }

    let content: Content

    public init(_ text: String) { content = .text(text) }
    public init(_ bytes: [UInt8]) { content = .bytes(bytes) }
    /// Sent in decimal.
    public init(_ integer: Int) { content = .integer(integer) }

    /// For lists of words of several types: `["SET", .text(key), .bytes(value)]`.
    public static func text(_ text: String) -> RedisWord { RedisWord(text) }
    public static func bytes(_ bytes: [UInt8]) -> RedisWord { RedisWord(bytes) }
    public static func integer(_ integer: Int) -> RedisWord { RedisWord(integer) }
}

extension RedisWord: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral {
    public init(stringLiteral text: String) { self.init(text) }
    public init(integerLiteral integer: Int) { self.init(integer) }
}

/// A command with its arguments, e.g. `RedisCommand("HGET", .text(key), "state")`.
public struct RedisCommand: Sendable, Hashable {
    /// Name first. An empty command is answered by the server with an error.
    public var words: [RedisWord]

    public init(_ words: [RedisWord]) { self.words = words }
    public init(_ words: RedisWord...) { self.words = words }
}

extension RedisCommand: ExpressibleByArrayLiteral {
    public init(arrayLiteral words: RedisWord...) { self.words = words }
}
