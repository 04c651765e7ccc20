import Synchronization

/// A Lua script that Redis runs as one step. Make each script once and keep it: it remembers its digest.
///
/// The digest comes from SCRIPT LOAD on first use. It depends on the source alone, so every client may share the
/// script.
public struct RedisScript: Sendable {
    /// Names the script in errors; not known to Redis.
    public let name: String
    public let source: String
    private let digest = Digest()

    public init(name: String, source: String) {
        self.name = name
        self.source = source
    }

    /// The SHA-1 that EVALSHA wants, 40 hexadecimal digits; `nil` until a server has told it.
    var sha: [UInt8]? {
        get { digest.value.withLock { $0 } }
        nonmutating set { digest.value.withLock { $0 = newValue } }
    }

    private final class Digest: Sendable {
        let value = Mutex<[UInt8]?>(nil)
    }
}

/// One run of a script within `RedisClient.runAll`.
public struct RedisScriptCall: Sendable {
    public let script: RedisScript
    public let keys: [String]
    public let arguments: [RedisWord]

    public init(_ script: RedisScript, keys: [String], arguments: [RedisWord]) {
        self.script = script
        self.keys = keys
        self.arguments = arguments
    }
}
