import Synchronization

/// A Lua script that Redis runs as one step. Make each script once and keep it: it remembers its digest.
///
/// The digest comes from SCRIPT LOAD on first use. It depends on the source alone, so every client may share the
/// script.
public struct RedisScript: Sendable {
    /// Names the script in errors; not known to Redis.
    public let name: String
    /// Lua as Redis loads it; scripts are not joined or included here.
    public let source: String
    private let digest = Digest()

    /// Sends nothing; the first run has Redis load the source.
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
    /// Shared by all calls of it, with its digest.
    public let script: RedisScript
    /// KEYS, in the order of the script's header.
    public let keys: [String]
    /// ARGV, in the order of the script's header.
    public let arguments: [RedisWord]

    /// Checks nothing against the script's header.
    public init(_ script: RedisScript, keys: [String], arguments: [RedisWord]) {
        self.script = script
        self.keys = keys
        self.arguments = arguments
    }
}
