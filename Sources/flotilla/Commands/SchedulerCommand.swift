import ArgumentParser
import JobQueue
import Logging
import Redis
import Scheduler

struct SchedulerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scheduler", abstract: "Enqueue jobs on time. Any number may run; one leads.")

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let composition = try Composition(common)
        let file = try composition.schedule()
        let client = try composition.redis(patience: .seconds(10))
        var random = SystemRandomNumberGenerator()
        let holder = WorkerID(host: ProcessLife.host, pid: ProcessLife.pid, using: &random).description
        let watch = ScheduleWatch(path: composition.settings.schedulesPath)
        let scheduler = SchedulerService(
            broker: Broker(redis: client), file: file, holder: holder,
            reload: {
                guard watch.hasChanged() else { return nil }
                do {
                    return try composition.schedule()
                } catch {
                    composition.logger.error("the schedule in force stays: \(error)")
                    return nil
                }
            }, logger: composition.logger)
        try await ProcessLife(
            settings: composition.settings, logger: composition.logger, onHangup: { watch.forget() }
        ).run([scheduler])
        await client.close()
    }
}
