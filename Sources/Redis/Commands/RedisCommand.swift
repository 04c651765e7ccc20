/// One word of a command: a name, a key or an argument. Sent as it is; nothing is escaped or parsed.
public struct RedisWord: Sendable, Hashable {
    enum Content: Sendable, Hashable {
        case text(String)
        case bytes([UInt8])
        case integer(Int)
    }

    let content: Content

    /// Sent as UTF-8.
    public init(_ text: String) { content = .text(text) }
    /// Sent unchanged, whatever they hold.
    public init(_ bytes: [UInt8]) { content = .bytes(bytes) }
    /// Sent in decimal.
    public init(_ integer: Int) { content = .integer(integer) }

    /// For lists of words of several types: `["SET", .text(key), .bytes(value)]`.
    public static func text(_ text: String) -> RedisWord { RedisWord(text) }
    /// Sent unchanged, whatever they hold.
    public static func bytes(_ bytes: [UInt8]) -> RedisWord { RedisWord(bytes) }
    /// Sent in decimal.
    public static func integer(_ integer: Int) -> RedisWord { RedisWord(integer) }
}

extension RedisWord: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral {
    /// A literal in a list of words, such as `"SET"`.
    public init(stringLiteral text: String) { self.init(text) }
    /// A number in a list of words; sent in decimal.
    public init(integerLiteral integer: Int) { self.init(integer) }
}

/// A command with its arguments, e.g. `RedisCommand("HGET", .text(key), "state")`.
public struct RedisCommand: Sendable, Hashable {
    /// Name first. An empty command is answered by the server with an error.
    public var words: [RedisWord]

    /// - Parameter words: the name first; a command of no words is answered with an error.
    public init(_ words: [RedisWord]) { self.words = words }
    /// - Parameter words: the name first.
    public init(_ words: RedisWord...) { self.words = words }
}

extension RedisCommand: ExpressibleByArrayLiteral {
    /// `["GET", .text(key)]`: the name first.
    public init(arrayLiteral words: RedisWord...) { self.words = words }
}
