import Fleet
import Foundation

/// Commands of this program, as a person at a terminal starts them.
extension BenchPlace {
    /// Runs a command against the place to its end; what it prints is thrown away.
    /// - Returns: how long that took, from its start to its end, in milliseconds, and its exit status.
    func time(_ words: [String]) async throws -> (milliseconds: Double, status: Int32) {
        let environment = [
            "PATH": "/usr/bin:/bin:/usr/local/bin", "REDIS_URL": server.url, "LOG_LEVEL": "error",
            "FLOTILLA_HOME": folder.path, "FLOTILLA_SCHEDULES": schedules.path, "DATABASE_URL": database,
        ]
        let line = "exec \"$0\" \"$@\" >/dev/null 2>&1"
        let command = ProcessCommand(
            "/bin/sh", arguments: ["-c", line, try ThisProgram.path()] + words, environment: environment)
        let start = ContinuousClock.now
        let process = try ChildProcess(command, link: .watches(lifeline))
        let exit = await process.exit()
        let taken = start.duration(to: .now).seconds * 1_000
        switch exit.reason {
        case .exited(let status): return (taken, status)
        case .signalled, .notStarted, .unknown: return (taken, -1)
        }
    }
}
