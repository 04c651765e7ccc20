import ArgumentParser
import Foundation
import JobQueue
import Logging
import Redis
import ScheduleConfiguration
import Scheduler

struct SchedulerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scheduler", abstract: "Enqueue jobs on time. Any number may run; one leads.")

    @OptionGroup var common: CommonOptions
    @Flag(help: "An error at the start or end as one JSON document on stdout.") var json = false

    func run() async throws {
        let composition = try Composition(common)
        try composition.settings.refuseUnobeyed()
        LogLines.keep(.scheduler, composition.settings)
        let client = try composition.redis(patience: .seconds(10))
        let broker = Broker(redis: client)
        var random = SystemRandomNumberGenerator()
        let holder = WorkerID(host: ServiceRunner.host, pid: ServiceRunner.pid, using: &random).description
        let watch = ScheduleWatch(path: composition.settings.schedulesPath)
        let (schedule, problem) = try await begin(composition, broker)
        try await composition.refuseStranger()
        var parts = SchedulerService.Parts(
            broker: broker, holder: holder,
            reload: { watch.change(newest: $0, known: Composition.scheduled) },
            parse: { text throws(ConfigurationError) in
                try ScheduleFile.parse(
                    Array(text.utf8), file: "the active schedule", known: Composition.stored)
            },
            localNow: { Int64(Date().timeIntervalSince1970 * 1_000) }, logger: composition.logger)
        parts.zones = TimeZoneWatch()
        parts.host = ServiceRunner.host
        parts.path = URL(fileURLWithPath: composition.settings.schedulesPath).path
        parts.resolver = composition.entityResolver(client)
        let assessor = EditAssessor(composition)
        parts.excesses = { assessor.excesses($0, $1) }
        let hold = OrderHold(broker: broker, logger: composition.logger)
        parts.holdOrders = { epoch throws(JobQueueError) in
            try await hold.begin(
                source: "leader", mark: "\(epoch)", why: "the scheduler that led before did not resign")
        }
        parts.commandOptions = try composition.settings.logOptions()
        let scheduler = SchedulerService(parts, schedule: schedule, problem: problem)
        try await ServiceRunner(
            settings: composition.settings, logger: composition.logger, onHangup: { watch.forget() }
        ).run([assessor, scheduler])
        await client.close()
    }

    /// The file; when it is broken, what is wrong with it, as long as Redis has an active version.
    private func begin(_ composition: Composition, _ broker: Broker) async throws -> (LoadedSchedule?, String?) {
        do {
            return (try composition.loadedSchedule(), nil)
        } catch {
            guard let stored = try? await broker.schedules.schedule(), (try? Composition.parse(stored)) != nil else {
                throw error
            }
            composition.logger.critical(
                "ALARM the schedule file is broken, so version \(stored.number) of \(stored.author) stays: \(error)")
            return (nil, "\(error)")
        }
    }
}
