import Foundation

/// The files of this repository as the rules see them, read once from disk.
struct Repository: Sendable {
    let files: [RepositoryFile]
    /// Names at the top level, without dotfiles.
    let topLevel: [String]

    static let here = Repository(
        root: URL(filePath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent())

    private static let skipped: Set<String> = [
        ".git", ".build", ".bench", ".flotilla", ".swiftpm", "Fixtures", "node_modules", "__pycache__",
    ]
    private static let readable: Set<String> = [
        "swift", "lua", "sql", "md", "yaml", "yml", "json", "html", "css", "js", "sh", "conf", "service", "h", "",
    ]

    init(root: URL) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
        topLevel = names.filter { !$0.hasPrefix(".") }.sorted()
        var found: [RepositoryFile] = []
        Self.collect(root, path: "", into: &found)
        files = found.sorted { $0.path < $1.path }
    }

    private static func collect(_ folder: URL, path: String, into found: inout [RepositoryFile]) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] {
            guard !skipped.contains(name) else { continue }
            let url = folder.appending(path: name)
            let inner = path.isEmpty ? name : path + "/" + name
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
            if isFolder.boolValue {
                collect(url, path: inner, into: &found)
            } else if readable.contains(url.pathExtension), let text = try? String(contentsOf: url, encoding: .utf8) {
                found.append(RepositoryFile(path: inner, text: text))
            }
        }
    }

    var swift: [RepositoryFile] { files.filter { $0.path.hasSuffix(".swift") } }
    var lua: [RepositoryFile] { files.filter { $0.path.hasSuffix(".lua") } }
    /// What ships: Sources and Jobs.
    var shipped: [RepositoryFile] { swift.filter { $0.module != nil } }
    var tests: [RepositoryFile] { swift.filter { $0.path.hasPrefix("Tests/") } }
}

struct RepositoryFile: Sendable {
    /// From the repository's top, with slashes.
    let path: String
    let lines: [String]
    /// The lines of a Swift file without comments and without what stands in string literals.
    let code: [String]

    init(path: String, text: String) {
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        code = path.hasSuffix(".swift") ? SwiftCode.lines(of: text) : lines
    }

    var name: String { String(path.split(separator: "/").last ?? "") }
    var stem: String { String(name.split(separator: ".").first ?? "") }

    /// The module of a file that ships.
    var module: String? {
        let parts = path.split(separator: "/").map(String.init)
        if parts.first == "Jobs" { return parts.count > 2 && parts[1] == "TestJobs" ? parts[1] : "Jobs" }
        return parts.first == "Sources" && parts.count > 2 ? parts[1] : nil
    }

    /// `path:line` for each line that breaks a rule.
    func offenders(in lines: [String], where breaks: (String) -> Bool) -> [String] {
        lines.enumerated().filter { breaks($0.element) }.map { "\(path):\($0.offset + 1)" }
    }
}

/// The message of a rule's one expectation.
func list(_ offenders: [String]) -> String { "\(offenders.count):\n" + offenders.joined(separator: "\n") }
