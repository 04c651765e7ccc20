import Documents
import Foundation
import JobQueue

/// Lets a person change the arguments of a job in an editor. What was written is kept in a file until it counts, so
/// that nothing of it is lost.
struct ArgumentEditor {
    /// The file with the text.
    let path: String
    private let original: String
    private let editor: String

    /// Writes the arguments into a new file that only this user can read.
    /// - Parameters:
    ///   - id: of the job whose arguments they are.
    ///   - environment: `VISUAL`, `EDITOR` and `TMPDIR` count.
    init(_ id: JobID, _ arguments: [UInt8], environment: [String: String]) async throws {
        let chosen = [environment["VISUAL"], environment["EDITOR"]].compactMap { $0 }.first { !$0.isEmpty }
        editor = chosen ?? "vi"
        let text = String(decoding: arguments, as: UTF8.self)
        let name = id.description.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        path =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("flotilla-\(String(name.prefix(40)))-\(UUID().uuidString.prefix(8)).json").path
        original = JSONLayout.compact(text)
        try await NewFile.write(Data((JSONLayout.pretty(text) + "\n").utf8), to: path)
    }

    /// Opens the editor and waits for it.
    /// - Returns: the arguments that were written.
    /// - Throws: `CommandFailure` when the editor fails, or leaves no other arguments than those that were there.
    func edited() async throws -> JobPayload {
        let status = await Self.run("\(editor) \(ShellWords.quoted(path))")
        guard status == 0 else {
            throw failure(.failed, "The editor '\(Shown.line(editor))' ended with status \(status).")
        }
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw failure(.failed, "The editor '\(Shown.line(editor))' left no file.")
        }
        let text = String(decoding: bytes, as: UTF8.self)
        let compact = JSONLayout.compact(text)
        guard !compact.isEmpty else { throw failure(.usage, "The text is empty.") }
        guard compact != original else { throw failure(.usage, "The text says what it said before.") }
        do { return try JobPayload(json: compact) } catch { throw failure(.usage, "\(error)") }
    }

    /// Runs a body that takes the text; when it fails, its error names the file with the text.
    func keeping<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            let value = try await body()
            try? FileManager.default.removeItem(atPath: path)
            return value
        } catch let error as CommandFailure {
            throw failure(error.status, error.message)
        }
    }

    private func failure(_ status: ExitStatus, _ what: String) -> CommandFailure {
        let isKept = FileManager.default.fileExists(atPath: path)
        return CommandFailure(
            status, what + " Nothing was changed" + (isKept ? "; the text is kept in \(path)." : "."))
    }

    /// A shell runs it, since the variable may hold options; it has this terminal.
    private static func run(_ line: String) async -> Int32 {
        await withCheckedContinuation { continuation in
            // The call blocks as long as the person writes.
            DispatchQueue.global().async {
                let status = system(line)
                continuation.resume(returning: status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + (status & 0x7F))
            }
        }
    }
}
