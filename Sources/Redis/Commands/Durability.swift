import NIOCore

/// How safe a write is, and how that is known.
public struct Durability: Sendable, Equatable {
    /// How it is known where the write is; the strongest proof that the server gives.
    public enum Proof: String, Sendable {
        /// WAITAOF: the primary has it on disk, and so have `replicas` replicas. Redis 7.2 and later.
        case waitAOF = "waitaof"
        /// `appendfsync always`: the primary had it on disk before it replied. `replicas` replicas have it in memory.
        case alwaysFsync = "appendfsync-always"
        /// WAIT: `replicas` replicas have it in memory. Nothing is known of any disk.
        case replicas
        /// It is in the memory of the primary; nothing more is known.
        case none
    }

    /// What `isSatisfied` and `replicas` rest on.
    public let proof: Proof
    /// True when the primary has it on disk and at least as many replicas as asked have it. Where the disk is not
    /// known of, replicas alone satisfy, when at least one was asked for.
    public let isSatisfied: Bool
    /// Replicas known to have it.
    public let replicas: Int

    /// Made from a server's replies; tests make their own.
    public init(proof: Proof, isSatisfied: Bool, replicas: Int) {
        self.proof = proof
        self.isSatisfied = isSatisfied
        self.replicas = replicas
    }
}

extension RedisClient {
    /// Runs a script and waits until what it wrote is safe, on one connection, back to back.
    ///
    /// That connection serves durable writes alone: Redis holds it until the disk has the write, up to a second under
    /// `appendfsync everysec`. One durable write follows the other; put many jobs into one script.
    /// - Parameters:
    ///   - replicas: how many must have it besides the primary, from 0.
    ///   - timeout: for the wait, from 1 ms. Afterwards the result is unsatisfied, and the write stays.
    /// - Throws: as `RedisClient.run`. After `connectionLost` and `timedOut` the script may have run: its durability
    ///   is unknown.
    nonisolated(nonsending)
    public func runDurably(
        _ script: RedisScript, keys: [String], arguments: [RedisWord], replicas: Int = 0, timeout: Duration
    ) async throws(RedisError) -> (reply: RedisValue, durability: Durability) {
        var sha = try await digest(of: script)
        // Twice more at most, as in `run`.
        for _ in 0..<3 {
            let (reply, durability) = try await writeAndWait(replicas, timeout) { bytes in
                bytes.writeScriptCall(sha: sha, keys: keys, arguments: arguments)
            }
            guard case .error(let message) = reply else { return (reply, durability) }
            guard message.hasPrefix("NOSCRIPT") else { throw RedisError(reply: message, at: address) }
            sha = try await load(script)
        }
        throw .server("NOSCRIPT \(script.name) was flushed each time it had been loaded", at: address)
    }

    /// Waits until everything that this client's shared connection has written is safe.
    ///
    /// A proof only for a write on the connection that is open now: when it was lost in between, the answer is about
    /// nothing. `runDurably` has no such gap. Holds up all other commands of the client meanwhile.
    /// - Parameters: as in `runDurably`.
    /// - Throws: as `RedisClient.send`.
    nonisolated(nonsending)
    public func waitForDurability(replicas: Int, timeout: Duration) async throws(RedisError) -> Durability {
        let connection = try await reconnector.connection()
        let limit = timeout + options.commandTimeout
        let reply = try await connection.exchange([.waitAOF(replicas, timeout)], timeout: limit)[0]
        return try await durability(waitAOF: reply, on: connection, replicas, timeout)
    }

    nonisolated(nonsending)
    private func writeAndWait(
        _ replicas: Int, _ timeout: Duration, write: (inout ByteBuffer) -> Void
    ) async throws(RedisError) -> (RedisValue, Durability) {
        let limit = timeout + options.commandTimeout
        for _ in 0..<Self.attempts {
            let connection = try await durableReconnector.connection()
            let result: Result<[RedisValue], RedisError> = await withCheckedContinuation { continuation in
                let receiver = ReplyReceiver.many(count: 2) { continuation.resume(returning: $0) }
                connection.submit(receiver, timeout: limit) { bytes in
                    write(&bytes)
                    bytes.write(.waitAOF(replicas, timeout))
                }
            }
            if case .failure(.connectionLost(_, mayHaveRun: false)) = result {
                durableReconnector.discard(connection)
                if Task.isCancelled { throw .cancelled }
                continue
            }
            let replies = try result.get()
            if case .error = replies[0] {
                if replies[0].tellsOfReplica { durableReconnector.retire(connection) }
                return (replies[0], Durability(proof: .none, isSatisfied: false, replicas: 0))
            }
            return (replies[0], try await durability(waitAOF: replies[1], on: connection, replicas, timeout))
        }
        throw .connectionLost(address, mayHaveRun: false)
    }

    /// What WAITAOF has proved, or what else proves it where there is no WAITAOF (before Redis 7.2), or no append-only
    /// file, or no permission.
    nonisolated(nonsending)
    private func durability(
        waitAOF reply: RedisValue, on connection: RedisConnection, _ replicas: Int, _ timeout: Duration
    ) async throws(RedisError) -> Durability {
        if case .array(let counts) = reply, counts.count == 2 {
            let local = try counts[0].int(of: "WAITAOF")
            let remote = try counts[1].int(of: "WAITAOF")
            return Durability(proof: .waitAOF, isSatisfied: local > 0 && remote >= replicas, replicas: remote)
        }
        guard case .error = reply else {
            throw .unexpectedReply(command: "WAITAOF", expected: "two numbers", got: reply.shape)
        }
        let wait: RedisCommand = ["WAIT", .integer(max(replicas, 0)), .integer(timeout.waitMilliseconds)]
        let replies = try await connection.exchange(
            [["CONFIG", "GET", "append*"], wait], timeout: timeout + options.commandTimeout)
        let settings = (try? replies[0].settings()) ?? [:]
        let onDisk = settings["appendonly"] == "yes" && settings["appendfsync"] == "always"
        // A user who may not WAIT has no proof of replicas.
        let count = (try? replies[1].int(of: "WAIT")) ?? 0
        let proof: Durability.Proof = onDisk ? .alwaysFsync : count > 0 ? .replicas : .none
        let enough = count >= replicas && (onDisk || replicas > 0)
        return Durability(proof: proof, isSatisfied: enough, replicas: count)
    }
}

extension RedisConnection {
    /// Commands on this very connection. They follow a write, which has run even when they were never sent.
    nonisolated(nonsending)
    fileprivate func exchange(_ commands: [RedisCommand], timeout: Duration) async throws(RedisError)
    -> [RedisValue] {
        let result: Result<[RedisValue], RedisError> = await withCheckedContinuation { continuation in
            let receiver = ReplyReceiver.many(count: commands.count) { continuation.resume(returning: $0) }
            submit(receiver, timeout: timeout) { bytes in
                for command in commands { bytes.write(command) }
            }
        }
        if case .failure(.connectionLost) = result { throw .connectionLost(address, mayHaveRun: true) }
        return try result.get()
    }
}

extension RedisCommand {
    fileprivate static func waitAOF(_ replicas: Int, _ timeout: Duration) -> RedisCommand {
        ["WAITAOF", 1, .integer(max(replicas, 0)), .integer(timeout.waitMilliseconds)]
    }
}

extension Duration {
    /// From 1: 0 means for ever to Redis.
    fileprivate var waitMilliseconds: Int {
        let (seconds, attoseconds) = components
        return max(Int(min(seconds, 86_400)) * 1_000 + Int(attoseconds / 1_000_000_000_000_000), 1)
    }
}
