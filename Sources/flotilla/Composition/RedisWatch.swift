import JobQueue
import Logging
import Redis
import ServiceLifecycle
import Synchronization

/// Checks the safety of Redis at the start of a worker and every minute while it runs.
///
/// While Redis is not safe, the worker fetches no jobs from queues whose jobs place orders. The jobs stay ready, and no
/// attempt is spent.
final class RedisWatch: Service {
    private let redis: RedisClient
    /// The queues of this worker that place orders.
    private let queues: Mutex<Set<QueueName>>
    private let clock: any Clock<Duration>
    private let logger: Logger
    /// The last result.
    private let last = Mutex<RedisSafety?>(nil)

    /// How often it checks; after an operator has fixed Redis, orders start again within this time.
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

    /// Replaces the guarded queues: another schedule may send orders to other queues.
    func watch(over orders: Set<QueueName>) { queues.withLock { $0 = orders } }

    /// The last result; false before the first check.
    var isSafe: Bool { last.withLock { $0?.isSafe } ?? false }

    /// Makes the first check.
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

    /// - Throws: the error of the check, unless the server forbids the command: that is a result.
    static func judge(_ redis: RedisClient) async throws(RedisError) -> RedisSafety {
        do {
            return RedisSafety(try await redis.serverFacts())
        } catch {
            guard case .noPermission = error else { throw error }
            return RedisSafety(unknownBecause: error)
        }
    }

    /// Whether jobs of a queue may be fetched now.
    func mayFetch(_ queue: QueueName) -> Bool {
        !guarded.contains(queue) || isSafe
    }

    /// Checks again until graceful shutdown.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            while true {
                do { try await self.clock.sleep(for: Self.interval) } catch { return }
                await self.lookAgain()
            }
        }
    }

    private func lookAgain() async {
        // When Redis does not reply no job can be fetched either, so the last result stays.
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
