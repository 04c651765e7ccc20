import Testing

/// The rules for Lua: the header is a contract, and nothing in a script depends on when or where it runs.
struct ScriptTests {
    let scripts = Repository.here.lua

    static func header(of script: RepositoryFile) -> [String] { Array(script.lines.prefix { $0.hasPrefix("--") }) }

    /// The numbers in `KEYS[1]`, `KEYS[1...13]`, `ARGV[2]` … of a text; computed ones, as in `ARGV[4 * i]`, and open
    /// ends, as in `KEYS[16...]`, are left out.
    static func numbers(_ table: String, in text: String) -> Set<Int> {
        Set(text.components(after: table + "[").flatMap { Self.range($0.prefix { $0 != "]" }) })
    }

    private static func range(_ text: Substring) -> [Int] {
        if let one = Int(text) { return [one] }
        guard let dots = text.firstRange(of: "..."), let first = Int(text[..<dots.lowerBound]) else { return [] }
        return Int(text[dots.upperBound...]).map { Array(first...max(first, $0)) } ?? []
    }

    /// From which number on all are declared together, as in `ARGV[3]  number of jobs; then two values for each`, or in
    /// `KEYS[16...]`.
    static func openEnd(_ table: String, in header: [String]) -> Int {
        header.filter { $0.hasPrefix("-- \(table)[") }.compactMap { line -> Int? in
            let name = line.dropFirst("-- \(table)[".count).prefix { $0 != "]" }
            if name.hasSuffix("...") { return Int(name.dropLast(3)) }
            return line.contains("then ") || line.contains("..]") ? numbers(table, in: line).first : nil
        }.min() ?? .max
    }

    /// How many keys a queue's block has, and what is said of it.
    static let block = (keys: 13, words: "as in queue.lua")

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
        // What the library reads, the scripts that include it declare.
        let offenders = scripts.filter { !$0.path.contains("/lib/") }.flatMap { script -> [String] in
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

    @Test func `a range of keys is the block of a queue, and at most six keys stand beside blocks`() {
        let offenders = scripts.filter { $0.path.contains("/JobQueue/") }.flatMap { script -> [String] in
            let declared = Self.header(of: script).filter { $0.hasPrefix("-- KEYS[") }
            let blocks = declared.filter { $0.contains("...") && !$0.contains("...]") }
            let single = declared.filter { !$0.contains("...") }
            var offences = blocks.filter { line in
                Self.numbers("KEYS", in: line).count != Self.block.keys || !line.contains(Self.block.words)
            }
            if single.count > 6 { offences.append("\(single.count) keys beside blocks") }
            return offences.map { "\(script.path):1 \($0)" }
        }
        #expect(offenders.isEmpty, "keys, \(list(offenders))")
    }

    @Test func `the numbers of a range are counted`() {
        #expect(Self.numbers("KEYS", in: "KEYS[1...3] KEYS[7] KEYS[9...] KEYS[2 * i]") == [1, 2, 3, 7])
        #expect(Self.openEnd("KEYS", in: ["-- KEYS[1...13]  a block", "-- KEYS[16...]  hash  more"]) == 16)
    }

    @Test func `scripts encode JSON with json_object`() {
        let offenders = scripts.filter { $0.name != "json.lua" }.flatMap { script in
            script.offenders(in: script.lines) { line in
                !line.hasPrefix("--") && ["\"' ..", ".. '\"", "\":' .."].contains(where: line.contains)
            }
        }
        #expect(offenders.isEmpty, "JSON by concatenation, \(list(offenders))")
    }

    @Test func `a script includes what it calls`() {
        let library = scripts.filter { $0.path.contains("/lib/") }
        let included = Dictionary(uniqueKeysWithValues: library.map { ($0.name.dropLast(4), Self.includes(of: $0)) })
        func all(_ names: [Substring]) -> Set<Substring> {
            names.reduce(into: []) { found, name in
                found.insert(name)
                found.formUnion(all(included[name] ?? []))
            }
        }
        let offenders = scripts.filter { $0.path.contains("/JobQueue/") }.flatMap { script -> [String] in
            let names = all(Self.includes(of: script))
            return library.filter { $0.path != script.path && !names.contains($0.name.dropLast(4)) }.flatMap { file in
                Self.functions(of: file).filter { call in
                    script.lines.contains { !$0.hasPrefix("--") && $0.contains("\(call)(") && $0.isCall(of: call) }
                        && !Self.functions(of: script).contains(call)
                }.map { "\(script.path):1 calls \($0) of \(file.name)" }
            }
        }
        #expect(offenders.isEmpty, "missing includes, \(list(offenders))")
    }

    @Test func `no Lua function, and no script without its functions, is longer than 60 lines`() {
        let offenders = scripts.flatMap { script -> [String] in
            var (main, length, name) = (0, 0, nil as Substring?)
            var long: [String] = []
            for line in script.lines.dropFirst(Self.header(of: script).count) {
                if line.hasPrefix("local function ") {
                    (name, length) = (line.dropFirst(15).prefix { $0 != "(" }, 1)
                    if line.hasSuffix(" end") { name = nil }
                } else if let function = name {
                    length += 1
                    if line == "end" {
                        if length > 60 { long.append("\(script.path):1 \(function) \(length) lines") }
                        name = nil
                    }
                } else if !line.isEmpty, !line.hasPrefix("--") {
                    main += 1
                }
            }
            if main > 60 { long.append("\(script.path):1 \(main) lines") }
            return long
        }
        #expect(offenders.isEmpty, "long Lua, \(list(offenders))")
    }

    static func includes(of script: RepositoryFile) -> [Substring] {
        let line = header(of: script).first { $0.hasPrefix("-- Includes ") } ?? ""
        return line.dropFirst(12).split(separator: ",").map { $0.drop { $0 == " " } }
    }

    /// Functions at the level of the file.
    static func functions(of script: RepositoryFile) -> [Substring] {
        script.lines.filter { $0.hasPrefix("local function ") }.map { $0.dropFirst(15).prefix { $0 != "(" } }
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
        let offenders = scripts.filter { !$0.path.contains("/lib/") }.filter { script in
            !tests.contains { test in test.lines.contains { $0.contains(script.name) } }
        }.map(\.path)
        #expect(offenders.isEmpty, "scripts that no Tests/*/Scripts/…Tests.swift names, \(list(offenders))")
    }
}

extension String {
    /// Whether a function of this name is called, and not one whose name ends like it.
    fileprivate func isCall(of name: Substring) -> Bool {
        guard let range = firstRange(of: name + "(") else { return false }
        guard range.lowerBound > startIndex else { return true }
        let before = self[index(before: range.lowerBound)]
        return !before.isLetter && before != "_" && before != "."
    }

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
