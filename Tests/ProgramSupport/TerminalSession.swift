import Fleet
import Foundation
import Synchronization
import TestSupport

/// A shell on a pseudo-terminal, as somebody types in it: script(1) makes the terminal.
package final class TerminalSession: Sendable {
    private let sandbox: Sandbox
    private let shell: Running
    private let keyboard: Int32
    /// How much of the output was looked at.
    private let seen = Mutex(0)

    private static let prompt = "$ "

    /// Starts the shell in the folder of a sandbox; `flotilla` is the program under test.
    package init(in sandbox: Sandbox, columns: Int, environment: [String: String] = [:]) async throws {
        self.sandbox = sandbox
        let bin = sandbox.path("bin")
        try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: bin + "/flotilla", withDestinationPath: try await BuiltProgram.path())
        // Root's own prompt is another one.
        try sandbox.write("PS1='\(Self.prompt)'\n", to: "shrc")
        let path = sandbox.path("keyboard")
        guard mkfifo(path, 0o600) == 0 else { throw CocoaError(.fileWriteUnknown) }
        let all = [
            "PATH": bin + ":" + (sandbox.environment["PATH"] ?? "/usr/bin:/bin"), "TERM": "dumb",
            "NO_COLOR": "1", "TMPDIR": sandbox.folder, "ENV": sandbox.path("shrc"),
        ].merging(environment) { $1 }
        // Not by exec: script(1) waits for all its children, and this shell has one that guards it.
        let inner = "stty cols \(columns) rows 40; exec sh -i"
        let line = "script -q -e -f -E always -c '\(inner)' /dev/null <keyboard; exit $?"
        shell = try sandbox.launch("/bin/sh", ["-c", line], environment: all)
        let keys = Mutex(Int32(-1))
        // It can be opened without waiting once the shell reads.
        try await eventually("the terminal reads", within: .seconds(20)) {
            let file = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
            keys.withLock { $0 = file }
            return file >= 0
        }
        keyboard = keys.withLock { $0 }
        _ = try await wait(for: Self.prompt, within: .seconds(20))
    }

    /// Everything that the terminal has shown, in lines.
    package var transcript: String {
        // By scalars: a carriage return and the line feed behind it are one character.
        var scalars = String.UnicodeScalarView()
        scalars.append(contentsOf: shell.output.unicodeScalars.filter { $0 != "\r" })
        return String(scalars)
    }

    /// Types a line, and returns what the terminal shows until a text is the last of it.
    /// - Parameter end: the shell's prompt, or that of a question.
    @discardableResult
    package func type(_ text: String, until end: String? = nil, within limit: Duration = .seconds(60)) async throws
        -> String
    {
        let bytes = Array((text + "\n").utf8)
        guard write(keyboard, bytes, bytes.count) == bytes.count else { throw CocoaError(.fileWriteUnknown) }
        return try await wait(for: end ?? "\n" + Self.prompt, within: limit)
    }

    private func wait(for end: String, within limit: Duration) async throws -> String {
        let from = seen.withLock { $0 }
        do {
            try await eventually("the terminal shows '\(end)'", within: limit, every: .milliseconds(20)) {
                let text = transcript
                return text.count > from && text.hasSuffix(end)
            }
        } catch {
            throw SandboxFailure(cause: error, logs: transcript)
        }
        let text = transcript
        seen.withLock { $0 = text.count }
        return String(text.dropFirst(from))
    }

    /// Ends the shell, as somebody leaves it, and then the terminal.
    package func close() async throws {
        defer { Glibc.close(keyboard) }
        let bytes = Array("exit\n".utf8)
        guard write(keyboard, bytes, bytes.count) == bytes.count else { throw CocoaError(.fileWriteUnknown) }
        _ = try await shell.end(within: .seconds(20))
    }
}
