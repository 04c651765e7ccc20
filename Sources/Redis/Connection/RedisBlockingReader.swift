public import Logging
public import NIOCore
public import NIOPosix
import Synchronization

/// Runs commands that block in Redis (BLPOP, BLMOVE, XREADGROUP BLOCK) on a connection of its own, one at a time.
///
/// Cancelling the task closes the connection, so that a late reply cannot reach the next read; a new one is made by
/// itself. What Redis had popped for the cancelled read by then is lost. Use it to be woken, never to take a job.
public final class RedisBlockingReader: Sendable {
    private let client: RedisClient
    private let reading = Mutex(false)
    /// The network's share on top of the blocking time.
    private let margin: Duration
    private let longestBlock: Duration

    /// Connects to nothing yet. `RedisClient.blockingReader()` makes one for the client's own server.
    public convenience init(
        address: RedisAddress, options: RedisOptions = RedisOptions(), logger: Logger,
        eventLoopGroup: any EventLoopGroup = NIOSingletons.posixEventLoopGroup
    ) {
        self.init(address: address, options: options, logger: logger, eventLoop: eventLoopGroup.next())
    }

    init(address: RedisAddress, options: RedisOptions, logger: Logger, eventLoop: any EventLoop) {
        // A read that blocks at a former primary would wait in vain.
        client = RedisClient(address: address, options: options, logger: logger, eventLoop: eventLoop, drains: false)
        margin = options.commandTimeout
        longestBlock = max(options.longestBlock, .milliseconds(1))
    }

    /// Waits for an element at the head of the first non-empty list, and takes it (BLPOP).
    /// - Parameter timeout: 1 ms to 1 day; shorter and longer ones are brought within.
    /// - Returns: the list's key and the element, or `nil` when none came in time.
    /// - Throws: `cancelled`; `readInProgress`; otherwise as `RedisClient.send`.
    public func pop(
        from keys: [String], timeout: Duration
    ) async throws(RedisError) -> (key: String, element: [UInt8])? {
        let deadline = ContinuousClock.now + min(max(timeout, .milliseconds(1)), .seconds(86_400))
        var left = ContinuousClock.now.duration(to: deadline)
        repeat {
            if let pair = try await popOnce(from: keys, max(min(left, longestBlock), .milliseconds(1))) { return pair }
            left = ContinuousClock.now.duration(to: deadline)
        } while left > .milliseconds(1)
        return nil
    }

    private func popOnce(
        from keys: [String], _ timeout: Duration
    ) async throws(RedisError) -> (key: String, element: [UInt8])? {
        let words = ["BLPOP"] + keys.map { RedisWord($0) } + [RedisWord(Self.seconds(timeout))]
        let reply = try await read(RedisCommand(words), blockingFor: timeout)
        guard let pair = try reply.optionalArray(of: "BLPOP") else { return nil }
        guard pair.count == 2 else {
            throw .unexpectedReply(command: "BLPOP", expected: "a key and an element", got: reply.shape)
        }
        return (try pair[0].string(of: "BLPOP"), try pair[1].bytes(of: "BLPOP"))
    }

    /// Sends any blocking command.
    /// - Parameter blockingFor: what the command itself says; the reply may take `commandTimeout` longer.
    /// - Throws: as `pop`.
    public func read(_ command: RedisCommand, blockingFor limit: Duration) async throws(RedisError) -> RedisValue {
        let free = reading.withLock { reading in
            defer { reading = true }
            return !reading
        }
        guard free else { throw .readInProgress }
        defer { reading.withLock { $0 = false } }
        if Task.isCancelled { throw .cancelled }
        let result = await withTaskCancellationHandler { () async -> Result<RedisValue, RedisError> in
            do throws(RedisError) {
                return .success(try await client.send(command, timeout: limit + margin, unlessCancelled: true))
            } catch {
                return .failure(error)
            }
        } onCancel: {
            client.dropConnection()
        }
        if case .failure(.connectionLost) = result, Task.isCancelled { throw .cancelled }
        return try result.get()
    }

    /// Ends the read that waits now, if one does: it fails with `connectionLost`, and the next has a new connection.
    public func interrupt() { client.dropConnection() }

    /// Closes the connection for good. A waiting read fails with `connectionLost`.
    public func close() async { await client.close() }

    /// Redis takes fractions of a second in decimal; milliseconds are its precision.
    private static func seconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let thousandths = String(attoseconds / 1_000_000_000_000_000)
        return "\(seconds).\(String(repeating: "0", count: max(3 - thousandths.count, 0)))\(thousandths)"
    }
}
