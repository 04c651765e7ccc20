import JobQueue
import Logging
import Redis
import ServiceLifecycle
import Synchronization

/// Judges Redis at the start of a worker and every minute while it runs.
///
/// While Redis is not safe, nothing is taken from the queues whose jobs place orders. They stay ready, and no attempt
/// is spent.
final class RedisWatch: Service {
    private let redis: RedisClient
    /// The queues of this worker that place orders.
    private let queues: Mutex<Set<QueueName>>
    private let clock: any Clock<Duration>
    private let logger: Logger
    /// What was seen last.
    private let last = Mutex<RedisSafety?>(nil)

    /// How often it looks; a person who has just mended Redis waits this long.
    static let interval = Duration.seconds(60)

    init(
        redis: RedisClient, guarded: Set<QueueName>, clock: any Clock<Duration> = ContinuousClock(), logger: Logger
    ) {
        self.redis = redis
        queues = Mutex(guarded)
        self.clock = clock
        self.logger = logger
    }

    private var guarded: Set<QueueName> { queues.withLock { $0 } }

    /// Another schedule may send orders to other queues.
    func watch(over orders: Set<QueueName>) { queues.withLock { $0 = orders } }

    /// What was seen last; false before the first look.
    var isSafe: Bool { last.withLock { $0?.isSafe } ?? false }

    /// The first look.
    /// - Throws: `CommandFailure` with status `refused` when the worker has a guarded queue and Redis is not safe;
    ///   `RedisError` when it cannot be reached.
    func begin() async throws {
        let safety = try await Self.judge(redis)
        if !guarded.isEmpty { try Self.refuse(safety) }
        for finding in safety.dangers + safety.warnings { logger.warning("Redis: \(finding.sentences)") }
        last.withLock { $0 = safety }
    }

    /// - Throws: `CommandFailure` with status `refused` when orders may not go through this server.
    static func refuse(_ safety: RedisSafety) throws {
        guard let danger = safety.dangers.first else { return }
        throw CommandFailure(.refused, "Redis is not safe for orders: \(danger.sentences)")
    }

    /// - Throws: what kept the question from being answered, unless the server forbids it: that is an answer.
    static func judge(_ redis: RedisClient) async throws(RedisError) -> RedisSafety {
        do {
            return RedisSafety(try await redis.serverFacts())
        } catch {
            guard case .noPermission = error else { throw error }
            return RedisSafety(unknownBecause: error)
        }
    }

    /// Whether jobs of a queue may be taken now.
    func mayFetch(_ queue: QueueName) -> Bool {
        !guarded.contains(queue) || isSafe
    }

    /// Looks again until the worker is told to stop.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            while true {
                do { try await self.clock.sleep(for: Self.interval) } catch { return }
                await self.lookAgain()
            }
        }
    }

    private func lookAgain() async {
        // Without an answer nothing can be fetched either; what was seen last stands.
        guard let new = try? await Self.judge(redis) else { return }
        let old = last.withLock { last in
            defer { last = new }
            return last
        }
        guard new != old else { return }
        let guarded = guarded
        let names = guarded.sorted().map(\.description).joined(separator: ", ")
        if let danger = new.dangers.first {
            guard old?.isSafe ?? true else { return }
            let halt = guarded.isEmpty ? "" : " No job of \(names) is taken until then."
            logger.error("Redis is not safe any more: \(danger.sentences)\(halt)")
        } else if old?.isSafe == false {
            logger.notice("Redis is safe again\(guarded.isEmpty ? "" : "; jobs of \(names) are taken")")
        }
    }
}
