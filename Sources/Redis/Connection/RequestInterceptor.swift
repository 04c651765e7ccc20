/// Decides when each request of a client goes out, and what its sender learns of the reply: how a simulation orders
/// requests and loses some of them.
public struct RequestInterceptor: Sendable {
    /// A request as a gate sees it.
    public struct Request: Sendable {
        /// The script, or the first command or script of several.
        public let name: String
        /// A script's KEYS; empty for commands.
        public let keys: [String]
        /// A script's ARGV; empty for commands. Of several scripts in one write, those of the first.
        public let arguments: [RedisWord]
    }

    private let before: @Sendable (Request) async throws(RedisError) -> Void
    private let after: @Sendable (Request, Result<[RedisValue], RedisError>) throws(RedisError) -> Void

    /// - Parameters:
    ///   - before: called once for each request; it goes out when this returns, and never when it throws.
    ///   - after: called once for each request that went out, with the replies or with its error; what it throws is all
    ///     that the sender learns.
    public init(
        before: @escaping @Sendable (Request) async throws(RedisError) -> Void,
        after: @escaping @Sendable (Request, Result<[RedisValue], RedisError>) throws(RedisError) -> Void
    ) {
        self.before = before
        self.after = after
    }

    func intercept(
        _ request: Request, _ send: () async throws(RedisError) -> [RedisValue]
    ) async throws(RedisError) -> [RedisValue] {
        try await before(request)
        let result: Result<[RedisValue], RedisError>
        do throws(RedisError) { result = .success(try await send()) } catch { result = .failure(error) }
        try after(request, result)
        return try result.get()
    }
}

extension RequestInterceptor.Request {
    init(_ commands: [RedisCommand]) {
        name = commands.first?.words.first?.textIfAny ?? ""
        keys = []
        arguments = []
    }

    init(_ calls: [RedisScriptCall]) {
        name = calls.first?.script.name ?? ""
        keys = calls.first?.keys ?? []
        arguments = calls.first?.arguments ?? []
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
