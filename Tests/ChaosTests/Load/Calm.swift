import Foundation
import JobQueue
import ProgramSupport
import TestSupport

/// What every scenario does once nothing is broken any more.
extension Broker {
    /// Waits until no job of these queues waits or runs.
    func settles(_ queues: [QueueName], within limit: Duration = .seconds(180)) async throws {
        let inspector = QueueInspector(broker: self)
        var left: [String] = []
        do {
            try await eventually("no job waits or runs", within: limit, every: .milliseconds(200)) {
                left = []
                for queue in queues {
                    let counts = try await inspector.counts(of: queue)
                    let live = counts.ready + counts.held + counts.running + counts.scheduled + counts.retrying
                    if live > 0 { left.append("\(counts)") }
                }
                return left.isEmpty
            }
        } catch {
            throw SandboxFailure(cause: error, logs: left.joined(separator: "\n"))
        }
    }
}

extension Sandbox {
    /// The worker processes that live now, found without Redis; their supervisors are not among them.
    var workers: [pid_t] {
        processes.filter { pid in
            let words = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Foundation.Data()
            let parts = String(decoding: words, as: UTF8.self).split(separator: "\0").map(String.init)
            return parts.contains("worker") && !parts.contains("--processes") && Sandbox.isAlive(pid)
        }
    }

    /// What `flotilla doctor --audit` finds: a text that begins with `clean`, or the findings.
    func audit() async throws -> String {
        // Other checks may complain, of workers that are gone for instance; the audit is a part of the document.
        let outcome = try await run(["doctor", "--audit", "--json"], within: .seconds(120))
        let audit = try JSON(outcome.output)["audit"]
        let findings = audit["findings"].array
        guard findings.isEmpty, audit["omitted"].int == 0 else {
            return "\(findings.count) findings: \(findings.prefix(5))"
        }
        let untold = audit["untold"].array.map(\.text).joined(separator: " ")
        return "clean: \(audit["jobs"].int) records in \(audit["queues"].int) queues \(untold)"
    }

    /// Ends programs with SIGTERM.
    /// - Returns: their exit statuses.
    func end(_ programs: [Running], within limit: Duration = .seconds(40)) async throws -> [Int32] {
        for program in programs { kill(program.pid, SIGTERM) }
        var statuses: [Int32] = []
        for program in programs { statuses.append(try await program.end(within: limit).status) }
        return statuses
    }
}
