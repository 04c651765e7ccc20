import Testing

struct NameTests {
    static let endings = ["Manager", "Helper", "Helpers", "Util", "Utils", "Utility", "Common", "Base", "Processor"]
    static let wholes: Set<String> = ["Handler", "Data", "Info"]
    static let kinds: Set<Substring> = ["struct", "class", "enum", "actor", "protocol", "typealias"]

    static func isBanned(_ name: String) -> Bool {
        wholes.contains(name) || endings.contains(where: name.hasSuffix)
    }

    /// The type a line declares.
    static func declared(by line: String) -> String? {
        let words = line.split(separator: " ")
        guard let at = words.firstIndex(where: kinds.contains), at + 1 < words.count else { return nil }
        let name = words[at + 1].prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        return name.first?.isUppercase == true ? String(name) : nil
    }

    @Test func `no type has a name that says nothing`() {
        let offenders = Repository.here.swift.flatMap { file in
            file.offenders(in: file.code) { line in Self.declared(by: line).map(Self.isBanned) ?? false }
        }
        #expect(offenders.isEmpty, "banned type names, \(list(offenders))")
    }

    @Test func `no file has a name that says nothing`() {
        let offenders = Repository.here.swift.filter { Self.isBanned($0.stem) }.map(\.path)
        #expect(offenders.isEmpty, "banned file names, \(list(offenders))")
    }

    /// `Ledger+Bots.swift` holds what the type Ledger is given; `PromoteDue.swift` the value `promoteDue` of a type.
    @Test func `a file is named for a type that it holds or extends, or for its one value`() {
        let offenders = Repository.here.shipped.filter { file in
            let type = String(file.stem.prefix { $0 != "+" })
            let value = "static let \(type.prefix(1).lowercased())\(type.dropFirst())"
            return !file.code.contains { line in
                Self.declared(by: line) == type || Self.extended(by: line) == type || line.contains(value)
            }
        }.map(\.path)
        #expect(offenders.isEmpty, "files that are named for nothing in them, \(list(offenders))")
    }

    /// The type that a line extends, without those that it stands in.
    static func extended(by line: String) -> String? {
        let words = line.split(separator: " ")
        guard let at = words.firstIndex(of: "extension"), at + 1 < words.count else { return nil }
        let name = words[at + 1].prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
        return name.split(separator: ".").last.map(String.init)
    }

    @Test func `no type shares its module's name`() {
        // Ledger is the exception that the tree names.
        let offenders = Repository.here.shipped.filter { $0.module != "Ledger" }.flatMap { file in
            file.offenders(in: file.code) { Self.declared(by: $0) == file.module }
        }
        #expect(offenders.isEmpty, "types named like their module, \(list(offenders))")
    }
}
