import Testing

struct SizeTests {
    let repository = Repository.here

    @Test func `no file is longer than 400 lines`() {
        let endings = [".swift", ".lua", ".sql", ".sh", ".js", ".css"]
        let long = repository.files.filter { file in
            endings.contains(where: file.name.hasSuffix) && file.lines.count > 401
        }.map { "\($0.path):\($0.lines.count - 1)" }
        #expect(long.isEmpty, "files over 400 lines, \(list(long))")
    }

    @Test func `no line is longer than 120 characters`() {
        let long = (repository.swift + repository.lua).filter { $0.name != "Package.swift" }
            .flatMap { file in file.offenders(in: file.lines) { $0.count > 120 } }
        #expect(long.isEmpty, "lines over 120 characters, \(list(long))")
    }

    @Test func `no function is longer than 60 lines`() {
        let long = repository.swift.flatMap { file in
            Functions.all(in: file.code).filter { $0.lines > 60 }.map { "\(file.path):\($0.line) \($0.lines) lines" }
        }
        #expect(long.isEmpty, "functions over 60 lines, \(list(long))")
    }

    @Test func `the readme has at most 150 lines`() {
        let long = repository.files.filter { $0.path == "README.md" && $0.lines.count > 151 }.map(\.path)
        #expect(long.isEmpty, "README.md is longer than 150 lines")
    }

    @Test func `the scan itself counts the lines of a function`() {
        let text = """
            protocol P {
                func a() -> Int
                func b()
            }
            struct S {  // {
                init(x: Int) { print("}\\(x)") }
                func c(
                    y: () -> Int = { 3 }
                ) {
                    if true {
                    }
                }
            }
            """
        #expect(Functions.all(in: SwiftCode.lines(of: text)).map { [$0.line, $0.lines] } == [[6, 1], [7, 6]])
    }
}

/// Finds function bodies by counting braces.
enum Functions {
    struct Extent { let line, lines: Int }

    static func all(in code: [String]) -> [Extent] {
        code.indices.filter { isDeclaration(code[$0]) }.compactMap { extent(from: $0, in: code) }
    }

    private static func isDeclaration(_ line: String) -> Bool {
        guard line.contains("func ") || line.contains("init") else { return false }
        for word in line.split(separator: " ") where !word.hasPrefix("@") {
            if word == "func" { return true }
            if ["init(", "init?(", "init<"].contains(where: word.hasPrefix) { return true }
            guard word.allSatisfy({ $0.isLetter || $0 == "(" || $0 == ")" }), word.first?.isLowercase == true else {
                return false
            }
        }
        return false
    }

    /// `nil` for a requirement without a body.
    private static func extent(from first: Int, in code: [String]) -> Extent? {
        var (parentheses, braces) = (0, 0)
        for index in code.indices[first...] {
            for character in code[index] {
                switch character {
                case "(", "[": parentheses += 1
                case ")", "]": parentheses -= 1
                case "{" where parentheses == 0 || braces > 0: braces += 1
                case "}" where braces > 0:
                    braces -= 1
                    if braces == 0 { return Extent(line: first + 1, lines: index - first + 1) }
                case "}" where parentheses == 0: return nil
                default: continue
                }
            }
            guard parentheses == 0, braces == 0, index + 1 < code.count else { continue }
            let next = code[index + 1].drop { $0 == " " }
            guard ["{", "->", "async", "throws", "where", "<"].contains(where: next.hasPrefix) else { return nil }
        }
        return nil
    }
}
