import Documents
import Foundation

/// A secret that stands in a variable, or in a file that the variable of the same name with `_FILE` names. Its text is
/// never shown, and not read by commands that do not need it.
struct SecretSetting {
    let name: String
    private let origin: Origin

    private enum Origin {
        case unset, environment
        case file(String)
    }

    static let names = ["COINBASE_API_KEY", "COINBASE_API_SECRET", "COINBASE_API_PASSPHRASE", "FLOTILLA_API_TOKEN"]

    /// A variable that is set to nothing counts as not set.
    /// - Throws: `CommandFailure` with status `usage` when both variables are set.
    init(_ name: String, environment: [String: String]) throws {
        self.name = name
        let value = environment[name] ?? ""
        let path = environment[name + "_FILE"] ?? ""
        guard value.isEmpty || path.isEmpty else {
            throw CommandFailure(.usage, "\(name) and \(name)_FILE are both set. Keep one of them.")
        }
        origin = !path.isEmpty ? .file(path) : value.isEmpty ? .unset : .environment
    }

    var isSet: Bool {
        if case .unset = origin { false } else { true }
    }

    /// The variable that is set, or would be.
    var variable: String {
        if case .file = origin { name + "_FILE" } else { name }
    }

    /// The secret itself, without blanks around it; nil when it is not set.
    /// - Throws: `CommandFailure` with status `usage` when its file cannot be read.
    func value(_ environment: [String: String]) throws -> String? {
        let text: String
        switch origin {
        case .unset: return nil
        case .environment: text = environment[name] ?? ""
        case .file(let path):
            guard let read = try? String(contentsOfFile: path, encoding: .utf8) else {
                throw CommandFailure(.usage, "\(name)_FILE names a file that cannot be read: \(Shown.line(path, 300)).")
            }
            text = read
        }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// As people are shown it, with the variable that names its file.
    var rows: [Setting] {
        let fileName = name + "_FILE"
        let noFile = Setting(name: fileName, value: "", source: "default")
        switch origin {
        case .unset: return [Setting(name: name, value: "", source: "default"), noFile]
        case .environment: return [Setting(name: name, value: "***", source: "environment"), noFile]
        case .file(let path):
            let file = Setting(name: fileName, value: path, source: "environment")
            do {
                let isEmpty = try Self.isEmpty(path)
                let source = isEmpty ? "file, empty" : "file"
                return [Setting(name: name, value: isEmpty ? "" : "***", source: source), file]
            } catch {
                return [Setting(name: name, value: "", source: "file, which cannot be read"), file]
            }
        }
    }

    /// Looks at a file no further than the first letter of its text.
    private static func isEmpty(_ path: String) throws -> Bool {
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? handle.close() }
        let start = try handle.read(upToCount: 4_096) ?? Data()
        return start.allSatisfy { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
    }
}
