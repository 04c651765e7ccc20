import Documents
import Foundation

/// An address that may hold a password: from a variable, or from a file that the variable of the same name with `_FILE`
/// names. What stands on a command line, every user of the host can read in the process list.
struct AddressSetting {
    let name: String
    /// Empty when neither variable is set.
    let value: String
    let source: String

    static let names = ["REDIS_URL", "CELERY_BROKER_URL", "CELERY_RESULT_BACKEND"]
    var setting: Setting { Setting(name: name, value: value, source: source) }

    /// A variable that is set to nothing counts as not set.
    /// - Throws: `CommandFailure` with status `usage` when both variables are set, or the file cannot be read.
    init(_ name: String, environment: [String: String]) throws {
        self.name = name
        let (value, path) = (environment[name] ?? "", environment[name + "_FILE"] ?? "")
        guard !path.isEmpty else {
            self.value = value
            source = value.isEmpty ? "default" : "environment"
            return
        }
        guard value.isEmpty else {
            throw CommandFailure(.usage, "\(name) and \(name)_FILE are both set. Keep one of them.")
        }
        guard let text = Self.text(of: path) else {
            throw CommandFailure(
                .usage, "\(name)_FILE names \(Shown.line(path, 300)), which holds no address, or cannot be read.")
        }
        self.value = text
        source = "file"
    }

    /// The first 4 KiB, without blanks and line breaks around them.
    private static func text(of path: String) -> String? {
        guard let handle = FileHandle(forReadingAtPath: path), let bytes = try? handle.read(upToCount: 4_096) else {
            return nil
        }
        let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return text.isEmpty || text.contains("\n") ? nil : text
    }
}
