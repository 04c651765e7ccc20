import JobQueue
import Logging
import Redis
import Synchronization

/// Wakes idle workers when a message arrives in one of Celery's lists.
///
/// A blocking `BLMOVE list list RIGHT RIGHT` returns when the list has an element and leaves the element where it is:
/// nothing is lost if this process dies. The wake-up goes through the queue's own wake-ups, to whichever worker is
/// idle.
final class MessageBell: Sendable {
    /// A list of urgent messages, and the native queue whose workers take them.
    struct Line: Sendable, Hashable {
        let queue: QueueName
        /// The lists of all steps; the first one is listened to, the others are looked at now and then.
        let lists: [String]
    }

    private let broker: Broker
    /// For the broker's database.
    private let makeReader: @Sendable () -> RedisBlockingReader
    private let place: CeleryPlace
    private let scripts: CeleryScripts
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let waiting = WaitingMark()

    private static let block = Duration.seconds(5)
    private static let look = Duration.milliseconds(200)
    /// A read that returns sooner has found a message that was there before.
    private static let prompt = Duration.milliseconds(2)
    private static let longestPause = Duration.milliseconds(500)
    /// Lists beyond are looked at only now and then: each listener has a connection.
    private static let listeners = 8

    init(
        broker: Broker, place: CeleryPlace, scripts: CeleryScripts, clock: any Clock<Duration>, logger: Logger,
        makeReader: @escaping @Sendable () -> RedisBlockingReader
    ) {
        self.broker = broker
        self.place = place
        self.scripts = scripts
        self.clock = clock
        self.logger = logger
        self.makeReader = makeReader
    }

    /// The worker waits for work from now on; the bell is silent while it does not.
    func beginWait() { waiting.begin() }

    /// The worker has ended its wait.
    func endWait() { waiting.end() }

    /// Listens until cancelled.
    /// - Parameter lines: called again and again, so that queues may come and go.
    func run(_ lines: @escaping @Sendable () -> [Line]) async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.lookNowAndThen(lines) }
            for position in 0..<Self.listeners { group.addTask { await self.listen(position, lines) } }
        }
    }

    /// Listens to the urgent list of one line.
    private func listen(_ position: Int, _ lines: @Sendable () -> [Line]) async {
        var reader: RedisBlockingReader?
        var pause = Duration.zero
        while !Task.isCancelled {
            await waiting.wait()
            let all = lines()
            guard position < all.count, let list = all[position].lists.first else {
                do { try await clock.sleep(for: .seconds(1)) } catch { break }
                continue
            }
            let current = reader ?? makeReader()
            reader = current
            let began = ContinuousClock.now
            do throws(RedisError) {
                let reply = try await current.read(
                    ["BLMOVE", .text(list), .text(list), "RIGHT", "RIGHT", "5"], blockingFor: Self.block)
                guard !reply.isNull else { continue }
                try await ring(all[position].queue)
            } catch {
                if Task.isCancelled { break }
                logger.debug("cannot listen for messages: \(error)")
                // A message that is too long for a reply ends the connection, and has to be taken all the same.
                try? await ring(all[position].queue)
                pause = Self.longestPause
            }
            // While a message lies there that no worker may take, such as in a paused queue, the bell slows down.
            let wasThere = began.duration(to: .now) < Self.prompt
            pause = wasThere ? min(max(pause * 2, .milliseconds(2)), Self.longestPause) : .zero
            if pause > .zero { try? await clock.sleep(for: pause) }
        }
        await reader?.close()
    }

    /// Looks at the lists of lower urgency, and at those that have no listener.
    private func lookNowAndThen(_ lines: @Sendable () -> [Line]) async {
        while !Task.isCancelled {
            await waiting.wait()
            do { try await clock.sleep(for: Self.look) } catch { return }
            for (position, line) in lines().enumerated() {
                let lists = position < Self.listeners ? Array(line.lists.dropFirst()) : line.lists
                let source = MessageSource(
                    lists: lists, database: place.brokerDatabase, unnamedKind: CeleryKinds.task)
                guard let count = try? await broker.claims.count(in: source), count > 0 else { continue }
                try? await ring(line.queue)
            }
        }
    }

    private func ring(_ queue: QueueName) async throws(RedisError) {
        _ = try await broker.redis.run(scripts.ring, keys: [broker.keyspace.of(queue).wake], arguments: [])
    }
}

/// Whether the worker waits for work; others wait for that.
final class WaitingMark: Sendable {
    private struct State {
        var isWaiting = false
        var askers: [Int: CheckedContinuation<Void, Never>] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    func begin() {
        let askers = state.withLock { state in
            state.isWaiting = true
            defer { state.askers = [:] }
            return state.askers
        }
        askers.values.forEach { $0.resume() }
    }

    func end() { state.withLock { $0.isWaiting = false } }

    /// Returns once the worker waits, or when the task is cancelled.
    func wait() async {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.isWaiting || Task.isCancelled { return true }
                    state.askers[number] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.askers.removeValue(forKey: number) }?.resume()
        }
    }
}
