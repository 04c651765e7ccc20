import ArgumentParser
import Foundation
import JobQueue
import Logging
import Redis
import Scheduler
import Synchronization

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

/// Tells when a file is another than before, by its size, number and time of change; looks once a second.
final class ScheduleWatch: Sendable {
    private struct Mark: Equatable {
        var size: Int
        var inode: Int
        var changed: Date
    }

    private struct State {
        var mark: Mark?
        var lookedAt = ContinuousClock.now
    }

    private let path: String
    private let state: Mutex<State>

    init(path: String) {
        self.path = path
        state = Mutex(State(mark: Self.mark(of: path)))
    }

    /// True once for each change. A file that is missing for a moment, as while an editor saves it, is no change.
    func hasChanged() -> Bool {
        state.withLock { state in
            guard state.lookedAt.duration(to: .now) >= .seconds(1) else { return false }
            state.lookedAt = .now
            guard let mark = Self.mark(of: path), mark != state.mark else { return false }
            state.mark = mark
            return true
        }
    }

    /// Makes the next look find a change.
    func forget() { state.withLock { $0.mark = nil } }

    private static func mark(of path: String) -> Mark? {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else { return nil }
        return Mark(
            size: (attributes[.size] as? Int) ?? 0, inode: (attributes[.systemFileNumber] as? Int) ?? 0,
            changed: (attributes[.modificationDate] as? Date) ?? .distantPast)
    }
}
