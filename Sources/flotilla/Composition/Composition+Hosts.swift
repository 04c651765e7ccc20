import Fleet
import Foundation
import JobQueue
import Logging
import ScheduleConfiguration

/// Hosts that join a fleet, some of them without a schedule file.
extension Composition {
    /// Who a supervisor is among the hosts.
    /// - Parameters:
    ///   - name: the host's name; nil for the machine's.
    ///   - capacity: its weight; nil for the number of its processors.
    ///   - pools: nil for every pool.
    func host(
        _ name: String? = nil, capacity: Int? = nil, pools: [String]? = nil, settling: Duration = .zero
    ) -> HostIdentity {
        let name = name ?? ServiceRunner.host
        return HostIdentity(
            id: "\(name):\(settings.home.standardizedFileURL.path)", name: name,
            capacity: capacity ?? ProcessInfo.processInfo.activeProcessorCount, pools: pools, settling: settling)
    }

    /// Whether this host waits for a schedule from Redis: somebody has said which Redis is meant, and nobody has named
    /// a file, and none is here.
    var waitsForSchedule: Bool {
        !settings["REDIS_URL"].isEmpty && !FileManager.default.fileExists(atPath: settings.schedulesPath)
            && settings.all.first { $0.name == "FLOTILLA_SCHEDULES" }?.source == "default"
    }

    /// Waits until a schedule is active, and logs meanwhile what it waits for.
    /// - Throws: `ConfigurationError` when the active version cannot be read here; errors of Redis that do not pass.
    func awaitSchedule(_ broker: Broker) async throws -> (file: ScheduleFile, version: ScheduleStamp?) {
        var isTold = false
        while true {
            do {
                if let stored = try await broker.schedules.schedule() {
                    return (try Self.parse(stored), stored.stamp)
                }
            } catch let error as JobQueueError {
                guard error.mayPass else { throw error }
            }
            guard !ParentWatch.isParentGone(environment: settings.environment) else { throw CancellationError() }
            if !isTold {
                logger.notice(
                    """
                    waiting for a schedule: none was ever activated in this Redis, and no file is named here. \
                    'flotilla up' or 'flotilla schedule apply' where the file is activates it
                    """)
                isTold = true
            }
            try await ContinuousClock().sleep(for: .milliseconds(500))
        }
    }
}
