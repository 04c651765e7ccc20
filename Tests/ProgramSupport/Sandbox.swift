package import Fleet
package import Foundation
import Synchronization
import TestSupport

/// A folder of one test, with everything that runs in it: the program's working folder, state and database.
///
/// Whatever still runs in the folder at the end is killed; a process belongs to it by its working folder.
package final class Sandbox: Sendable {
    package let folder: String
    package let environment: [String: String]
    private let program: String
    private let lifeline: Lifeline
    private let number = Mutex(0)

    package init(program: String, environment: [String: String], schedule: String?) throws {
        var template = Array("/tmp/flotilla-e2e-XXXXXX".utf8CString)
        guard let path = mkdtemp(&template) else { throw CocoaError(.fileWriteUnknown) }
        folder = String(cString: path)
        self.program = program
        var all = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "LOG_FORMAT": "text"]
        // Fleets of tests run beside each other; the one that tests the API names its own address.
        all["FLOTILLA_LISTEN"] = "off"
        all.merge(environment) { $1 }
        self.environment = all
        lifeline = try Lifeline()
        if let schedule { try write(schedule, to: "schedules.yaml") }
    }

    package func path(_ name: String) -> String { folder + "/" + name }
    package func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

    package func write(_ text: String, to name: String) throws {
        try text.write(toFile: path(name), atomically: true, encoding: .utf8)
    }

    package func read(_ name: String) -> String {
        guard let bytes = FileManager.default.contents(atPath: path(name)) else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Starts `flotilla` with these words and leaves it running.
    /// - Parameter log: where its standard error goes instead of a file of its own, such as a pipe or a full disk.
    package func start(
        _ words: [String], environment extra: [String: String] = [:], log: String? = nil
    ) throws -> Running {
        try launch(program, words, environment: extra, log: log)
    }

    /// Starts any program in the folder; without a slash it is looked up in PATH.
    package func launch(
        _ program: String, _ words: [String], environment extra: [String: String], log: String? = nil
    ) throws -> Running {
        let name = "run-\(number.withLock { number in number += 1; return number })"
        let all = environment.merging(extra) { $1 }
        // The shell gives it the folder and the files, and is replaced by it.
        let script = "cd \"$1\" || exit 99; out=$2; log=$3; shift 3; exec \"$@\" >\"$out.out\" 2>\"$log\""
        let arguments = ["-c", script, "sh", folder, path(name), log ?? path(name + ".err"), program] + words
        let process = try ChildProcess(
            ProcessCommand("/bin/sh", arguments: arguments, environment: all),
            link: .guarded(lifeline, killAfter: .seconds(1)))
        return Running(process: process, sandbox: self, name: name)
    }

    /// Runs `flotilla` to its end.
    /// - Throws: `SandboxFailure` when it takes longer than the limit.
    @discardableResult
    package func run(
        _ words: [String], environment extra: [String: String] = [:], within limit: Duration = .seconds(30)
    ) async throws -> Outcome {
        try await start(words, environment: extra).end(within: limit)
    }

    /// Runs a line that the program has printed, as somebody does who pastes it into a shell.
    /// - Parameter place: the shell's folder; else that of the sandbox.
    package func paste(_ line: String, in place: String? = nil, within limit: Duration = .seconds(30)) async throws
        -> Outcome
    {
        let bin = path("bin")
        if !exists("bin/flotilla") {
            try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(atPath: bin + "/flotilla", withDestinationPath: program)
        }
        let search = ["PATH": bin + ":" + (environment["PATH"] ?? "/usr/bin:/bin")]
        let script = "cd \"$0\" && \(line)"
        return try await launch("/bin/sh", ["-c", script, place ?? folder], environment: search).end(within: limit)
    }

    @discardableResult
    package func run(_ words: String..., within limit: Duration = .seconds(30)) async throws -> Outcome {
        try await run(words, within: limit)
    }

    /// What a command prints with `--json`.
    package func json(_ words: String...) async throws -> JSON {
        let outcome = try await run(words + ["--json"])
        guard outcome.status == 0 else { throw JSON.Unreadable(text: "\(words): \(outcome)") }
        return try JSON(outcome.output)
    }

    /// Rows that the `sqlite3` command reads from a file of the folder, columns separated by `|`.
    package func sql(_ query: String, in file: String = "trader.db") async throws -> [String] {
        let words = ["-cmd", ".timeout 5000", path(file), query]
        let outcome = try await launch("sqlite3", words, environment: [:]).end(within: .seconds(20))
        return outcome.output.split(separator: "\n").map(String.init)
    }

    /// The number that a query gives.
    package func count(_ query: String) async throws -> Int { Int(try await sql(query).first ?? "") ?? -1 }

    /// Processes whose working folder is this one or lies in it, shells included.
    package var processes: [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.filter { pid in
            let place = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/cwd")
            return place == folder || place?.hasPrefix(folder + "/") == true
        }.sorted()
    }

    /// Waits until no process is left in the folder. A moment is allowed: what SIGKILL has hit goes when the kernel
    /// comes to it.
    package func isLeft(within limit: Duration = .seconds(3)) async throws {
        try await eventually("nothing runs in \(folder) any more", within: limit, every: .milliseconds(20)) {
            processes.isEmpty
        }
    }

    /// Whether a process runs; one that has ended and waits to be reaped does not.
    package static func isAlive(_ pid: pid_t) -> Bool {
        guard let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return false }
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: ")").last?.split(separator: " ")
        return fields?.first != "Z"
    }

    /// The process behind a worker's id, `<host>-<pid>-<random>`.
    package static func process(of worker: String) -> pid_t? {
        worker.split(separator: "-").dropLast().last.flatMap { pid_t($0) }
    }

    /// Kills what is left and removes the folder.
    package func close() async {
        try? await eventually("nothing runs in \(folder)", within: .seconds(10), every: .milliseconds(20)) {
            let left = processes
            for pid in left { kill(pid, SIGKILL) }
            return left.isEmpty
        }
        try? FileManager.default.removeItem(atPath: folder)
    }
}

/// How a command ended and what it wrote.
package struct Outcome: Sendable, CustomStringConvertible {
    /// 128 and the signal's number for one that was killed, as a shell says it.
    package let status: Int32
    package let output: String
    package let complaint: String

    package var description: String { "status \(status), output: \(output), errors: \(complaint)" }
}

/// A `flotilla` that was started.
package struct Running: Sendable {
    package let process: ChildProcess
    package let sandbox: Sandbox
    package let name: String

    package var pid: pid_t { process.processID }
    package var output: String { sandbox.read(name + ".out") }
    package var log: String { sandbox.read(name + ".err") }

    /// Waits for its end, and kills it when that does not come in time.
    package func end(within limit: Duration) async throws -> Outcome {
        do {
            try await eventually("\(name) has ended", within: limit, every: .milliseconds(10)) { !process.signal(0) }
        } catch {
            process.signal(SIGKILL)
            throw SandboxFailure(cause: error, logs: "\(output)\n\(log.suffix(4_000))")
        }
        let exit = await process.exit()
        let status: Int32 =
            switch exit.reason {
            case .exited(let status): status
            case .signalled(let signal): 128 + signal
            case .notStarted, .unknown: -1
            }
        return Outcome(status: status, output: output, complaint: log)
    }
}
