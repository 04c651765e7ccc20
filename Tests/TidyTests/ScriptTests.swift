import Testing

/// The rules for Lua: the header is a contract, and nothing in a script depends on when or where it runs.
struct ScriptTests {
    let scripts = Repository.here.lua

    static func header(of script: RepositoryFile) -> [String] { Array(script.lines.prefix { $0.hasPrefix("--") }) }

    /// The numbers in `KEYS[1]`, `ARGV[2]` … of a text; computed ones, as in `ARGV[4 * i]`, are left out.
    static func numbers(_ table: String, in text: String) -> Set<Int> {
        Set(text.components(after: table + "[").compactMap { Int($0.prefix { $0 != "]" }) })
    }

    /// From which number on all are declared together, as in `ARGV[3]  number of jobs; then two values for each`.
    static func openEnd(_ table: String, in header: [String]) -> Int {
        header.filter { $0.hasPrefix("-- \(table)[") && ($0.contains("then ") || $0.contains("..]")) }
            .compactMap { numbers(table, in: $0).first }.min() ?? .max
    }

    @Test func `every script has the header that is its contract`() {
        let offenders = scripts.flatMap { script -> [String] in
            let header = Self.header(of: script)
            var missing: [String] = []
            if header.first?.hasPrefix("-- \(script.name): ") != true { missing.append("-- \(script.name): …") }
            for word in ["Returns ", "Cost ", "Atomic because "] {
                if !header.contains(where: { $0.hasPrefix("-- " + word) }) { missing.append(word) }
            }
            return missing.map { "\(script.path):1 lacks \($0)" }
        }
        #expect(offenders.isEmpty, "incomplete headers, \(list(offenders))")
    }

    @Test func `every key and argument that a script reads is declared`() {
        let offenders = scripts.flatMap { script -> [String] in
            let header = Self.header(of: script)
            let declared = header.filter { $0.hasPrefix("-- KEYS") || $0.hasPrefix("-- ARGV") }.joined(separator: "\n")
            let body = script.lines.dropFirst(header.count).joined(separator: "\n")
            return ["KEYS", "ARGV"].flatMap { table in
                Self.numbers(table, in: body).subtracting(Self.numbers(table, in: declared)).sorted()
                    .filter { $0 < Self.openEnd(table, in: header) }
                    .map { "\(script.path):1 \(table)[\($0)]" }
            }
        }
        #expect(offenders.isEmpty, "undeclared keys or arguments, \(list(offenders))")
    }

    @Test func `no script declares more than ten keys`() {
        let offenders = scripts.filter { script in
            Self.numbers("KEYS", in: Self.header(of: script).filter { $0.hasPrefix("-- KEYS") }.joined()).count > 10
        }.map(\.path)
        #expect(offenders.isEmpty, "more than ten keys, \(list(offenders))")
    }

    @Test func `no script asks for the time, for chance or for all keys`() {
        let banned = ["'TIME'", "\"TIME\"", "math.random", "'KEYS'", "\"KEYS\""]
        let offenders = scripts.flatMap { script in
            script.offenders(in: script.lines) { line in
                !line.hasPrefix("--") && banned.contains { line.uppercased().contains($0.uppercased()) }
            }
        }
        #expect(offenders.isEmpty, "banned calls in scripts, \(list(offenders))")
    }

    @Test func `every script has a test of its own`() {
        let tests = Repository.here.tests.filter { $0.path.contains("/Scripts/") && $0.name.hasSuffix("Tests.swift") }
        let offenders = scripts.filter { script in
            !tests.contains { test in test.lines.contains { $0.contains(script.name) } }
        }.map(\.path)
        #expect(offenders.isEmpty, "scripts that no Tests/*/Scripts/…Tests.swift names, \(list(offenders))")
    }
}

extension String {
    /// What follows each occurrence of `mark`.
    fileprivate func components(after mark: String) -> [Substring] {
        var rest = self[...]
        var found: [Substring] = []
        while let range = rest.firstRange(of: mark) {
            rest = rest[range.upperBound...]
            found.append(rest)
        }
        return found
    }
}
