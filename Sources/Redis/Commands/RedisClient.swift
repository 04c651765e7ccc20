public import Logging
public import NIOCore
public import NIOPosix

/// Speaks to one Redis server over one connection that any number of tasks share.
///
/// Requests are pipelined: those sent in the same moment travel in one write, so many small concurrent sends are cheap.
/// The connection is made on first use and again whenever it is lost, with growing pauses, or turns out to lead to a
/// replica. A command is sent a second
/// time by itself only when no byte of the first was handed to the socket.
///
/// A cancelled task leaves the wait for a connection, but not the wait for a reply: that is short, bounded by
/// `commandTimeout`, and its outcome matters. Blocking commands (BLPOP) belong on `blockingReader()`, SUBSCRIBE on
/// `RedisSubscription`; on this connection they would hold up everyone.
public final class RedisClient: Sendable {
    /// What `connectionState` tells.
    public enum ConnectionState: Sendable, Equatable {
        /// Nothing was sent yet.
        case idle
        case connecting
        case connected
        /// The last attempt failed with this error; the next one follows.
        case down(RedisError)
        case closed
    }

    /// Where the client connects to; with sentinels, how it finds the primary.
    public let address: RedisAddress
    /// What the keys and channels of this client's fleet begin with.
    public var namespace: RedisNamespace { options.namespace }
    let options: RedisOptions
    let logger: Logger
    let reconnector: Reconnector
    /// For durable writes: each holds its connection until the disk has it. Opened by the first of them.
    let durableReconnector: Reconnector
    private let gate: RequestInterceptor?

    /// Connects to nothing yet. Never throws: an unreachable server shows on the first command.
    /// - Parameters:
    ///   - eventLoopGroup: carries the socket; must outlive the client.
    ///   - gate: for simulations; `send`, `pipeline`, `run` and `runAll` pass it.
    public convenience init(
        address: RedisAddress, options: RedisOptions = RedisOptions(), logger: Logger,
        eventLoopGroup: any EventLoopGroup = NIOSingletons.posixEventLoopGroup, gate: RequestInterceptor? = nil
    ) {
        self.init(
            address: address, options: options, logger: logger, eventLoop: eventLoopGroup.next(), drains: true,
            gate: gate)
    }

    /// - Parameter drains: whether commands on a connection to a former primary may still wait for their replies.
    init(
        address: RedisAddress, options: RedisOptions, logger: Logger, eventLoop: any EventLoop, drains: Bool,
        gate: RequestInterceptor? = nil
    ) {
        self.address = address
        self.gate = gate
        self.options = options
        self.logger = logger
        loop = RedisLoop(eventLoop)
        reconnector = Reconnector(address: address, options: options, on: eventLoop, logger: logger, drains: drains)
        durableReconnector = Reconnector(address: address, options: options, on: eventLoop, logger: logger)
    }

    deinit {
        reconnector.shutDown()
        durableReconnector.shutDown()
    }

    /// Callers that run on it save a change of thread for each request and each reply.
    public let loop: RedisLoop

    var eventLoop: any EventLoop { reconnector.eventLoop }

    /// For status pages. Opens nothing.
    public var connectionState: ConnectionState {
        switch reconnector.phase {
        case .idle: .idle
        case .connected: .connected
        case .closed: .closed
        case .connecting, .pausing: reconnector.lastError.map { .down($0) } ?? .connecting
        }
    }

    /// Sends one command and waits for its reply.
    /// - Throws: the `RedisError` of an error reply; `unreachable` after `waitForConnection`; `connectionLost` and
    ///   `timedOut`, whose `mayHaveRun` says whether the command may have taken effect.
    nonisolated(nonsending)
        public func send(_ command: RedisCommand) async throws(RedisError) -> RedisValue
    {
        guard let gate else { return try await send(command, timeout: options.commandTimeout) }
        let replies = try await gate.intercept(.init([command])) { () async throws(RedisError) in
            [try await send(command, timeout: options.commandTimeout)]
        }
        return replies.first ?? .null
    }

    /// Sends commands in one write and gives their replies in the same order. Not a transaction: others may come
    /// between.
    ///
    /// An error reply is one of the values, so that the others are not lost; decoding it throws.
    /// - Throws: as `send`. After `connectionLost` any of the commands may have run.
    nonisolated(nonsending)
        public func pipeline(_ commands: [RedisCommand]) async throws(RedisError) -> [RedisValue]
    {
        guard let gate else { return try await pipelineNow(commands) }
        return try await gate.intercept(.init(commands)) { () async throws(RedisError) in
            try await pipelineNow(commands)
        }
    }

    nonisolated(nonsending)
        private func pipelineNow(_ commands: [RedisCommand]) async throws(RedisError) -> [RedisValue]
    {
        try await exchangeAll(count: commands.count) { bytes in
            for command in commands { bytes.write(command) }
        }
    }

    /// Runs a script by its digest; has Redis load it first when it does not know it (first use, restart, SCRIPT
    /// FLUSH).
    /// - Parameter arguments: ARGV, after the keys.
    /// - Throws: as `send`. A script that fails half-way keeps what it has written.
    nonisolated(nonsending)
        public func run(
            _ script: RedisScript, keys: [String], arguments: [RedisWord]
        ) async throws(RedisError) -> RedisValue
    {
        guard let gate else { return try await runNow(script, keys: keys, arguments: arguments) }
        let call = RedisScriptCall(script, keys: keys, arguments: arguments)
        let replies = try await gate.intercept(.init([call])) { () async throws(RedisError) in
            [try await runNow(script, keys: keys, arguments: arguments)]
        }
        return replies.first ?? .null
    }

    nonisolated(nonsending)
        private func runNow(
            _ script: RedisScript, keys: [String], arguments: [RedisWord]
        ) async throws(RedisError) -> RedisValue
    {
        var sha = try await digest(of: script)
        // Twice more at most: a flush may fall between loading and running.
        for _ in 0..<3 {
            let reply = try await exchange(timeout: options.commandTimeout) { bytes in
                bytes.writeScriptCall(sha: sha, keys: keys, arguments: arguments)
            }
            guard case .error(let message) = reply else { return reply }
            guard message.hasPrefix("NOSCRIPT") else { throw RedisError(reply: message, at: address) }
            sha = try await load(script)
        }
        throw .server("NOSCRIPT \(script.name) was flushed each time it had been loaded", at: address)
    }

    /// Runs several scripts in one write. Replies come in the order of the calls; an error reply is one of the values.
    ///
    /// Calls whose script Redis had forgotten run after the others, so the calls must not depend on their order.
    /// - Throws: as `pipeline`.
    nonisolated(nonsending)
        public func runAll(_ calls: [RedisScriptCall]) async throws(RedisError) -> [RedisValue]
    {
        guard let gate, !calls.isEmpty else { return try await runAllNow(calls) }
        return try await gate.intercept(.init(calls)) { () async throws(RedisError) in try await runAllNow(calls) }
    }

    nonisolated(nonsending)
        private func runAllNow(_ calls: [RedisScriptCall]) async throws(RedisError) -> [RedisValue]
    {
        var replies = try await runOnce(calls)
        for _ in 0..<2 {
            let forgotten = replies.indices.filter { replies[$0].isNoScript }
            if forgotten.isEmpty { break }
            for index in forgotten { calls[index].script.sha = nil }
            let again = try await runOnce(forgotten.map { calls[$0] })
            for (index, reply) in zip(forgotten, again) { replies[index] = reply }
        }
        return replies
    }

    /// A reader with a connection of its own for commands that block. Every call makes a new one.
    public func blockingReader() -> RedisBlockingReader {
        RedisBlockingReader(address: address, options: options, logger: logger, eventLoop: eventLoop)
    }

    /// Closes the connection for good and returns once the socket is closed. Commands still waiting fail with
    /// `connectionLost`, later ones with `closed`.
    public func close() async {
        for reconnector in [reconnector, durableReconnector] {
            let closing = reconnector.current?.channel.closeFuture
            reconnector.shutDown()
            // A close future carries no error worth telling.
            try? await closing?.get()
        }
    }

    nonisolated(nonsending)
        func send(
            _ command: RedisCommand, timeout: Duration, unlessCancelled: Bool = false
        ) async throws(RedisError) -> RedisValue
    {
        let reply = try await exchange(timeout: timeout, unlessCancelled: unlessCancelled) { bytes in
            bytes.write(command)
        }
        if case .error(let message) = reply { throw RedisError(reply: message, at: address) }
        return reply
    }

    /// Closes the current connection, whose waiting requests fail, and makes another.
    func dropConnection() {
        if let connection = reconnector.current { reconnector.discard(connection, isWanted: true) }
    }

    nonisolated(nonsending)
        func digest(of script: RedisScript) async throws(RedisError) -> [UInt8]
    {
        if let sha = script.sha { return sha }
        return try await load(script)
    }

    nonisolated(nonsending)
        func load(_ script: RedisScript) async throws(RedisError) -> [UInt8]
    {
        // Past the gate: whether a server knows a script already must not show in a simulation.
        let command: RedisCommand = ["SCRIPT", "LOAD", .text(script.source)]
        let sha = try await send(command, timeout: options.commandTimeout).bytes(of: "SCRIPT LOAD \(script.name)")
        script.sha = sha
        return sha
    }

    nonisolated(nonsending)
        private func runOnce(_ calls: [RedisScriptCall]) async throws(RedisError) -> [RedisValue]
    {
        var shas: [[UInt8]] = []
        shas.reserveCapacity(calls.count)
        for call in calls { shas.append(try await digest(of: call.script)) }
        return try await exchangeAll(count: calls.count) { bytes in
            for (call, sha) in zip(calls, shas) {
                bytes.writeScriptCall(sha: sha, keys: call.keys, arguments: call.arguments)
            }
        }
    }

    /// One request, one reply, whatever it says. Tries again on a new connection while nothing was written.
    nonisolated(nonsending)
        private func exchange(
            timeout: Duration, unlessCancelled: Bool = false, encode: (inout ByteBuffer) -> Void
        ) async throws(RedisError) -> RedisValue
    {
        for _ in 0..<Self.attempts {
            let connection = try await reconnector.connection()
            // Cancelled while there was no connection to drop, so nothing would end the wait for the reply.
            if unlessCancelled, Task.isCancelled { throw .cancelled }
            let result = await withCheckedContinuation { continuation in
                connection.submit(.one(continuation), timeout: timeout, encode: encode)
            }
            guard case .failure(.connectionLost(_, mayHaveRun: false)) = result else {
                let reply = try result.get()
                if reply.tellsOfReplica { reconnector.retire(connection) }
                return reply
            }
            reconnector.discard(connection)
            if Task.isCancelled { throw .cancelled }
        }
        throw .connectionLost(address, mayHaveRun: false)
    }

    nonisolated(nonsending)
        private func exchangeAll(
            count: Int, encode: (inout ByteBuffer) -> Void
        ) async throws(RedisError) -> [RedisValue]
    {
        if count == 0 { return [] }
        for _ in 0..<Self.attempts {
            let connection = try await reconnector.connection()
            let result: Result<[RedisValue], RedisError> = await withCheckedContinuation { continuation in
                let receiver = ReplyReceiver.many(count: count) { continuation.resume(returning: $0) }
                connection.submit(receiver, timeout: options.commandTimeout, encode: encode)
            }
            guard case .failure(.connectionLost(_, mayHaveRun: false)) = result else {
                let replies = try result.get()
                if replies.contains(where: \.tellsOfReplica) { reconnector.retire(connection) }
                return replies
            }
            reconnector.discard(connection)
            if Task.isCancelled { throw .cancelled }
        }
        throw .connectionLost(address, mayHaveRun: false)
    }

    /// Connections that one command may meet dying before it is given up.
    static let attempts = 5
}

extension RedisValue {
    var errorMessage: String? { if case .error(let message) = self { message } else { nil } }

    var tellsOfReplica: Bool {
        if case .error(let message) = self { RedisError.tellsOfReplica(message) } else { false }
    }

    var isNoScript: Bool {
        if case .error(let message) = self { message.hasPrefix("NOSCRIPT") } else { false }
    }
}
