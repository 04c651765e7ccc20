/// Decides when each request of a client goes out, and what its sender learns of the reply: how a simulation orders
/// requests and loses some of them.
public struct RequestInterceptor: Sendable {
    /// A request as a gate sees it.
    public struct Request: Sendable {
        /// The script, or the first command of a pipeline.
        public let name: String
        /// A script's ARGV; empty for commands.
        public let arguments: [RedisWord]
    }

    let before: @Sendable (Request) async throws(RedisError) -> Void
    let after: @Sendable (Request, [RedisValue]) throws(RedisError) -> Void

    /// - Parameters:
    ///   - before: called once for each request; it goes out when this returns, and never when it throws.
    ///   - after: called when Redis has answered, except with an error; what it throws is all that the sender learns.
    public init(
        before: @escaping @Sendable (Request) async throws(RedisError) -> Void,
        after: @escaping @Sendable (Request, [RedisValue]) throws(RedisError) -> Void
    ) {
        self.before = before
        self.after = after
    }
}

extension RequestInterceptor.Request {
    init(_ commands: [RedisCommand]) {
        name = commands.first?.words.first?.textIfAny ?? ""
        arguments = []
    }

    init(_ script: RedisScript, _ arguments: [RedisWord]) {
        name = script.name
        self.arguments = arguments
    }
}

extension RedisWord {
    /// The text of a word that was made from one; nil for bytes and numbers.
    public var textIfAny: String? {
        if case .text(let text) = content { text } else { nil }
    }

    /// The number that it was made from; nil for bytes and texts.
    public var integerIfAny: Int? {
        if case .integer(let number) = content { number } else { nil }
    }
}
