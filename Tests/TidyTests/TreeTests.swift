import Testing

struct TreeTests {
    @Test func `a function that looks like a test is one`() {
        let offenders = Repository.here.tests.flatMap { file in
            file.code.indices.filter { index in
                let code = file.code[index]
                return (code.contains("func `") || code.contains("func test")) && !Self.isMarked(index, in: file.code)
            }.map { "\(file.path):\($0 + 1)" }
        }
        #expect(offenders.isEmpty, "functions without @Test, \(list(offenders))")
    }

    /// `@Test`, perhaps with arguments over several lines, stands on the line or above it.
    private static func isMarked(_ index: Int, in code: [String]) -> Bool {
        if code[index].contains("@Test") { return true }
        // Going up, closed parentheses that are still to be opened are the attribute's arguments.
        var open = 0
        for line in code[..<index].reversed() {
            if line.contains("@Test") { return true }
            open += line.count { ")]".contains($0) } - line.count { "([".contains($0) }
            let text = line.filter { $0 != " " }
            if open <= 0, !text.hasPrefix("@"), !text.hasPrefix(")"), !text.hasPrefix("]") { return false }
        }
        return false
    }

    @Test func `no folder of Sources holds more than 25 files, and none beside folders but the one it is named for`() {
        let paths = Repository.here.files.map(\.path).filter { $0.hasPrefix("Sources/") }
        let folders = Dictionary(grouping: paths) { $0.split(separator: "/").dropLast().joined(separator: "/") }
        var offenders = folders.filter { $0.value.count > 25 }.map { "\($0.key): \($0.value.count) files" }
        for (folder, files) in folders where paths.contains(where: { path in
            path.hasPrefix(folder + "/") && path.dropFirst(folder.count + 1).contains("/")
        }) {
            let name = folder.split(separator: "/").last.map { $0.lowercased() } ?? ""
            offenders += files.filter { !$0.lowercased().hasSuffix("/\(name).swift") }
        }
        #expect(offenders.isEmpty, "folders, \(list(offenders.sorted()))")
    }

    @Test func `ops/test runs every test target`() throws {
        let script = try #require(Repository.here.files.first { $0.path == "ops/test" })
        let groups = script.lines.drop { !$0.contains("for group in") }.prefix { !$0.contains("say ") }
        let run = Set(groups.joined(separator: " ").split { !$0.isLetter })
        let folders = Set(Repository.here.tests.map { $0.path.split(separator: "/")[1] })
        let targets = folders.filter { $0.hasSuffix("Tests") }
        let missing = targets.subtracting(run).map(String.init).sorted()
        #expect(missing.isEmpty, "targets that no group runs, \(list(missing))")
    }

    @Test func `the top level holds only what a newcomer is told about`() {
        let allowed: Set<String> = [
            "Package.swift", "Package.resolved", "Sources", "Jobs", "Tests", "schedules.yaml", "ops", "README.md",
            "CHANGELOG.md", "LICENSE",
        ]
        // Git ignores these: the demo's database and coverage profiles.
        let others = Repository.here.topLevel.filter { name in
            !allowed.contains(name) && !name.hasPrefix("trader.db") && !name.hasSuffix(".profraw")
        }
        #expect(others.isEmpty, "at the top level, \(list(others))")
    }

    @Test func `nothing names the machine it was written on`() {
        // In pieces, so that this file does not break its own rule.
        let paths = ["home", "root", "Users", "work"].map { "/" + $0 + "/" }
        let offenders = Repository.here.files.flatMap { file in
            file.offenders(in: file.lines) { line in
                paths.contains { line.contains("\"" + $0) || line.contains(" " + $0) || line.contains("=" + $0) }
            }
        }
        #expect(offenders.isEmpty, "absolute machine paths, \(list(offenders))")
    }

    @Test func `nothing is left unfinished or signed`() {
        let words = [
            "FIX" + "ME", "XX" + "X:", "TO" + "DO:", "TO" + "DO ", "Co-Authored" + "-By", "language " + "model",
        ]
        let offenders = Repository.here.files.flatMap { file in
            file.offenders(in: file.lines) { line in words.contains(where: line.contains) }
        }
        #expect(offenders.isEmpty, "words that do not belong in the repository, \(list(offenders))")
    }
}
