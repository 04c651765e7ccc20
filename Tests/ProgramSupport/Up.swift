import Fleet
package import Foundation
import TestSupport

/// A fleet that `flotilla up` runs in a sandbox.
package struct Up {
    package let program: Running
    package let sandbox: Sandbox

    /// Starts it and returns when all workers serve and a scheduler leads.
    package static func start(
        in sandbox: Sandbox, workers: Int, leads: Bool = true, environment: [String: String] = [:]
    ) async throws -> Up {
        let program = try sandbox.start(["up"], environment: environment)
        try await eventually("the fleet greets", within: .seconds(30), every: .milliseconds(50)) {
            if !program.process.signal(0) { throw JSON.Unreadable(text: program.log) }
            return program.output.contains("flotilla is up")
        }
        let up = Up(program: program, sandbox: sandbox)
        try await up.serves(workers: workers, leads: leads)
        return up
    }

    /// Waits until so many workers serve, and a scheduler leads.
    package func serves(workers: Int, leads: Bool = true, within limit: Duration = .seconds(30)) async throws {
        try await eventually("\(workers) workers serve", within: limit, every: .milliseconds(200)) {
            let status = try await sandbox.json("status")
            let live = status["workers"].array.count { kill(pid_t($0["pid"].int), 0) == 0 }
            return live >= workers && (!leads || status["scheduler"]["leader"].text != "")
        }
    }

    /// The processes of a pool as Redis knows them, without those that have just died.
    package func workers(of pool: String) async throws -> [pid_t] {
        try await sandbox.json("status")["workers"].array.filter { $0["pool"].text == pool }
            .map { pid_t($0["pid"].int) }.filter { kill($0, 0) == 0 }
    }

    /// Stops the supervisor where it stands; its workers go on, and none that dies is started anew.
    package func suspend() { kill(program.pid, SIGSTOP) }

    /// Lets the supervisor go on.
    package func goOn() { kill(program.pid, SIGCONT) }

    /// Ctrl-C, and how it ended.
    package func interrupt(within limit: Duration = .seconds(30)) async throws -> Outcome {
        kill(program.pid, SIGINT)
        return try await program.end(within: limit)
    }
}
