import Logging
import NIOCore
import Synchronization

/// Keeps one connection open: makes it on first use, and a new one, after a growing pause, whenever it is lost.
///
/// Guards which connection is current and who waits for one. All its steps run as short callbacks on one event loop or
/// under its lock; it owns no task.
final class Reconnector: Sendable {
    enum Phase {
        case idle
        case connecting
        case connected(RedisConnection)
        /// The last attempt failed; another follows.
        case pausing
        case closed
    }

    fileprivate struct Waiting {
        var continuation: CheckedContinuation<Result<RedisConnection, RedisError>, Never>
        var timeout: Scheduled<Void>
    }

    private struct State {
        var phase = Phase.idle
        var waiting: [Int: Waiting] = [:]
        var nextID = 0
        var failures = 0
        var lastError: RedisError?
        var lastRetired: NIODeadline?
    }

    let address: RedisAddress
    let eventLoop: any EventLoop
    private let options: RedisOptions
    private let logger: Logger
    /// Called on the event loop with each new connection, before anyone else may use it.
    private let connected: (@Sendable (RedisConnection) -> Void)?
    private let push: (@Sendable (RedisValue) -> Void)?
    private let sentinels: Sentinels?
    private let drains: Bool
    private let state = Mutex(State())

    init(
        address: RedisAddress, options: RedisOptions, on eventLoop: any EventLoop, logger: Logger,
        drains: Bool = true, connected: (@Sendable (RedisConnection) -> Void)? = nil,
        push: (@Sendable (RedisValue) -> Void)? = nil
    ) {
        self.address = address
        self.options = options
        self.eventLoop = eventLoop
        self.logger = logger
        self.connected = connected
        self.push = push
        self.drains = drains
        sentinels = Sentinels(address: address, options: options, on: eventLoop, logger: logger)
    }

    /// The open connection, if there is one now.
    var current: RedisConnection? {
        state.withLock { if case .connected(let connection) = $0.phase { connection } else { nil } }
    }

    var phase: Phase { state.withLock { $0.phase } }

    /// Why there is no connection; `nil` while there is one, or before the first attempt has ended.
    var lastError: RedisError? { state.withLock { $0.lastError } }

    /// The open connection, or the next one. Waits as long as `RedisOptions.waitForConnection`.
    nonisolated(nonsending) func connection() async throws(RedisError) -> RedisConnection {
        if let current { return current }
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                wait(id, continuation)
                // Cancelled before it waited: the handler below found nothing to end.
                if Task.isCancelled { endWait(id, .failure(.cancelled)) }
            }
        } onCancel: {
            endWait(id, .failure(.cancelled))
        }
        return try result.get()
    }

    /// Starts the first attempt without waiting for it.
    func start() {
        let starts = state.withLock { state in
            guard case .idle = state.phase else { return false }
            state.phase = .connecting
            return true
        }
        if starts { attempt() }
    }

    /// Gives up this connection if it is still the current one, and makes another.
    /// - Parameter isWanted: whether nothing is wrong with it.
    func discard(_ connection: RedisConnection, isWanted: Bool = false) {
        let wasCurrent = state.withLock { state in
            guard case .connected(let current) = state.phase, current === connection else { return false }
            state.phase = .connecting
            return true
        }
        // Another is closed already, or retired and still owed replies.
        guard wasCurrent else { return }
        connection.close()
        logger.log(
            level: isWanted ? .debug : .warning, "redis connection \(isWanted ? "given up" : "lost")",
            metadata: ["address": "\(address)"])
        attempt()
    }

    /// Looks for the primary again because this connection's server is none. Requests already written get replies.
    ///
    /// At most once a second, so that a fleet whose URL names a replica does not reconnect for each command.
    /// - Parameter isCertain: when a sentinel says so, it is done in any case.
    func retire(_ connection: RedisConnection, isCertain: Bool = false) {
        let retires = state.withLock { state in
            guard case .connected(let current) = state.phase, current === connection else { return false }
            let now = NIODeadline.now()
            if !isCertain, let last = state.lastRetired, now - last < .seconds(1) { return false }
            state.lastRetired = now
            state.phase = .connecting
            return true
        }
        guard retires else { return }
        logger.warning("redis server is no primary", metadata: ["address": "\(connection.address)"])
        if drains { connection.retire() } else { connection.close() }
        attempt()
    }

    /// Closes for good. Everyone who waits gets `closed`.
    func shutDown() {
        let (connection, waiting) = state.withLock { state -> (RedisConnection?, [Waiting]) in
            defer {
                state.phase = .closed
                state.waiting = [:]
            }
            guard case .connected(let connection) = state.phase else { return (nil, Array(state.waiting.values)) }
            return (connection, Array(state.waiting.values))
        }
        connection?.close()
        sentinels?.stopWatching()
        for one in waiting { one.end(.failure(.closed)) }
    }

    private func wait(_ id: Int, _ continuation: CheckedContinuation<Result<RedisConnection, RedisError>, Never>) {
        let timeout = eventLoop.scheduleTask(in: TimeAmount(options.waitForConnection)) { [self] in
            endWait(id, .failure(waitingError))
        }
        let waiting = Waiting(continuation: continuation, timeout: timeout)
        let immediate: Result<RedisConnection, RedisError>? = state.withLock { state in
            switch state.phase {
            case .connected(let connection): return .success(connection)
            case .closed: return .failure(.closed)
            case .idle, .connecting, .pausing: break
            }
            guard state.waiting.count < options.requestLimit else {
                return .failure(.tooManyRequests(limit: options.requestLimit))
            }
            state.waiting[id] = waiting
            return nil
        }
        if let immediate { waiting.end(immediate) } else { start() }
    }

    private func endWait(_ id: Int, _ result: Result<RedisConnection, RedisError>) {
        state.withLock { $0.waiting.removeValue(forKey: id) }?.end(result)
    }

    private var waitingError: RedisError {
        switch lastError {
        case let error?: error
        case nil: .unreachable(address, reason: "no connection within \(options.waitForConnection)")
        }
    }

    private func attempt() {
        open()
            .whenComplete { [weak self, sentinels] result in
                switch result {
                case .success(let connection):
                    if let self { return succeeded(connection) }
                    sentinels?.stopWatching()
                    connection.close()
                case .failure(let error):
                    self?.failed(error)
                }
            }
    }

    private func open() -> EventLoopFuture<RedisConnection> {
        if let sentinels {
            return sentinels.connect(push: push) { [weak self] host in
                // A sentinel names the new primary some time before it tells of the switch.
                guard let self, let current, current.address.endpoint != .tcp(host: host.name, port: host.port) else {
                    return
                }
                retire(current, isCertain: true)
            }
        }
        return RedisConnection.connect(to: address, options: options, on: eventLoop, logger: logger, push: push)
    }

    private func succeeded(_ connection: RedisConnection) {
        connected?(connection)
        let outcome = state.withLock { state -> (waiting: [Waiting], failures: Int)? in
            if case .closed = state.phase { return nil }
            defer {
                state.phase = .connected(connection)
                state.waiting = [:]
                state.failures = 0
                state.lastError = nil
            }
            return (Array(state.waiting.values), state.failures)
        }
        guard let outcome else {
            sentinels?.stopWatching()
            return connection.close()
        }
        if outcome.failures > 0 {
            logger.notice("redis connected again", metadata: ["address": "\(connection.address)"])
        }
        connection.channel.closeFuture.whenComplete { [weak self] _ in self?.discard(connection) }
        for one in outcome.waiting { one.end(.success(connection)) }
    }

    private func failed(_ failure: any Error) {
        let error = failure as? RedisError ?? .unreachable(address, reason: "\(failure)")
        let outcome = state.withLock { state -> (failures: Int, refused: [Waiting])? in
            if case .closed = state.phase { return nil }
            state.phase = .pausing
            state.failures += 1
            state.lastError = Self.telling(state.lastError, error)
            // Waiting does not fix a wrong password, so waiting callers get the error now.
            let refused = error.isRefusal ? Array(state.waiting.values) : []
            if error.isRefusal { state.waiting = [:] }
            return (state.failures, refused)
        }
        guard let outcome else { return }
        let level = outcome.failures == 1 ? Logger.Level.warning : .debug
        logger.log(level: level, "redis connection failed", metadata: ["reason": "\(error)"])
        for one in outcome.refused { one.end(.failure(error)) }
        pause(afterFailures: outcome.failures)
    }

    /// A server without room for another client says so and closes, and what it said may be lost with the connection.
    /// Then the attempt before tells more.
    private static func telling(_ before: RedisError?, _ error: RedisError) -> RedisError {
        if case .tooManyClients? = before, case .handshakeFailed = error { return before ?? error }
        return error
    }

    private func pause(afterFailures failures: Int) {
        var random = SystemRandomNumberGenerator()
        let delay = ReconnectDelay.delay(
            afterFailures: failures, first: options.firstReconnectDelay, longest: options.longestReconnectDelay,
            using: &random)
        eventLoop.scheduleTask(in: TimeAmount(delay)) { [weak self] in
            guard let self else { return }
            let again = state.withLock { state in
                guard case .pausing = state.phase else { return false }
                state.phase = .connecting
                return true
            }
            if again { attempt() }
        }
    }
}

extension Reconnector.Waiting {
    fileprivate func end(_ result: Result<RedisConnection, RedisError>) {
        timeout.cancel()
        continuation.resume(returning: result)
    }
}
