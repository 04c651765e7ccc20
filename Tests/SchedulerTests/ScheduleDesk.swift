import JobQueue
import Redis
import ScheduleConfiguration
import ScheduleSupport
import Synchronization
import TestSupport
import Time

@testable import Scheduler

/// A server of its own with a clock that a test moves by hand.
struct ScheduleDesk {
    let server: TemporaryRedis
    let broker: Broker
    private let clock: Shared<Int64>
    /// By how much the clock of Redis was set so far, ms.
    private let drift = Shared<Int64>(0)
    /// What `running_bots` are; nil while nobody can be asked.
    let bots = Shared<[String]?>(["1", "2"])
    /// What an edit would ask limits for too much; nil while it is being worked out.
    let excesses = Shared<[String]?>([])

    /// 23 November 2026, 12:00 UTC.
    static let noon = utc(2026, 11, 23, 12) * 1000

    /// A value that closures share with a test.
    final class Shared<Value: Sendable>: Sendable {
        private let value: Mutex<Value>
        init(_ value: Value) { self.value = Mutex(value) }
        func get() -> Value { value.withLock { $0 } }
        func set(_ new: Value) { value.withLock { $0 = new } }
    }

    init(at time: Int64 = ScheduleDesk.noon - 30_000) async throws {
        server = try await TemporaryRedis.start()
        let clock = Shared(time)
        self.clock = clock
        let client = server.client()
        broker = Broker(redis: client, clock: RedisClock(redis: client, given: { clock.get() }))
    }

    func close() async throws {
        await broker.redis.close()
        try await server.stop()
    }

    func set(_ time: Int64) { clock.set(time) }

    /// Sets the clock of Redis, while no time passes.
    func step(by milliseconds: Int64) {
        clock.set(clock.get() + milliseconds)
        drift.set(drift.get() + milliseconds)
    }

    var now: Int64 { clock.get() }

    /// The ids of all jobs, by queue and id.
    func jobs(in queues: [String] = ["evaluation"]) async throws -> [String] {
        var ids: [String] = []
        for queue in queues {
            let reply = try await broker.redis.send(["HKEYS", .text(QueueKeys().of(try QueueName(queue)).jobs)])
            ids += try reply.strings().map { queues.count == 1 ? $0 : "\(queue)/\($0)" }
        }
        return ids.sorted()
    }

    func history(_ entry: String) async throws -> [TickRecord] {
        try await broker.schedules.tickHistory(of: entry, in: [try QueueName("evaluation")]).records
    }

    /// A scheduler that takes one turn when told to.
    struct Hand {
        private let service: SchedulerService
        private var state: SchedulerService.State
        private let change = Shared<FileChange?>(nil)
        /// The newest version at the last look of its watch.
        private let under = Shared<Int?>(nil)
        private let desk: ScheduleDesk
        let log = LogBook()

        /// - Parameters:
        ///   - skew: this host's clock less that of Redis, ms.
        ///   - modified: when the file was written, by the clock of Redis; nil for the moment at which it starts.
        ///   - zones: looked after while it runs; by default the machine's, which nobody looks after.
        init(
            _ desk: ScheduleDesk, _ schedules: String, skew: Int64 = 0, name: String = "s1", modified: Int64? = nil,
            zones: TimeZoneDatabase? = nil
        ) throws {
            self.desk = desk
            let (change, under) = (change, under)
            let (bots, clock, drift, excesses) = (desk.bots, desk.clock, desk.drift, desk.excesses)
            var parts = SchedulerService.Parts(
                broker: desk.broker, holder: name,
                reload: { newest in
                    defer {
                        change.set(nil)
                        under.set(newest)
                    }
                    guard case .read(let loaded, _)? = change.get() else { return change.get() }
                    return .read(loaded, knownUnder: under.get())
                },
                parse: { text throws(ConfigurationError) in try ServiceFile.loaded(text: text, zones).file },
                localNow: { clock.get() + skew },
                logger: log.logger)
            parts.excesses = { _, _ in excesses.get() }
            parts.host = "host-\(name)"
            parts.path = "/etc/\(name).yaml"
            let running: EntityResolver.Ask = {
                guard let names = bots.get() else { throw SchedulerError.unknownSource }
                return names
            }
            parts.resolver = EntityResolver(["running_bots": running])
            if let zones {
                let start = ContinuousClock.now
                parts.zones = TimeZoneWatch(zones, now: { start + .milliseconds(clock.get() - ScheduleDesk.noon) })
            }
            let schedule = try ServiceFile.loaded(
                text: ServiceFile.text(schedules), zones, modified: (modified ?? clock.get()) + skew)
            service = SchedulerService(parts, schedule: schedule)
            let stopwatch = Stopwatch { .milliseconds(clock.get() - drift.get()) }
            state = SchedulerService.State(schedule: ActiveSchedule(schedule), stopwatch: stopwatch)
        }

        var leads: Bool { state.leadership != nil }
        var version: Int { state.schedule.version }
        /// How the file stands.
        var file: FileStanding? { state.schedule.standing }

        /// When an entry ticks next by what this scheduler knows.
        func next(_ entry: String, after time: Int64) -> Int64? {
            state.schedule.current?.file.schedules.first { $0.name == entry }?.next(after: time)
        }

        /// Saves another text; the next turn sees it.
        /// - Parameter modified: the file's own time, by the clock of Redis; nil for one that is long past.
        func save(_ schedules: String, modified: Int64? = nil) throws {
            change.set(.read(try ServiceFile.loaded(schedules, modified: modified ?? 1_000), knownUnder: nil))
        }

        func spoil(_ problem: String) { change.set(.invalid(problem)) }

        mutating func turn(at time: Int64) async {
            desk.set(time)
            _ = await service.turn(&state)
        }
    }
}
