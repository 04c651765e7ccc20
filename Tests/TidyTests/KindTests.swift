import Testing

/// A kind is one value in one file of `Jobs`: code elsewhere asks the catalogue for its name.
struct KindTests {
    /// The names of the kinds, of which each has a queue of the same name, and of the exchange's bucket.
    private static var names: Set<String> {
        let jobs = Repository.here.files.filter { $0.path.hasPrefix("Jobs/") }.map { $0.lines.joined(separator: "\n") }
        return Set(
            jobs.flatMap { text in
                text.matches(of: /KindDefinition\(\s*"([^"]+)"/).map { String($0.output.1) }
                    + text.matches(of: /static let usualExchangeLimit = "([^"]+)"/).map { String($0.output.1) }
            })
    }

    @Test func `no kind, queue or bucket is named by a literal outside of Jobs`() {
        #expect(Self.names.isSuperset(of: ["evaluation", "execution", "rebalance", "cache-refresh", "coinbase"]))
        let quoted = Self.names.flatMap { ["\"\($0)\"", "'\($0)'"] }
        let sources = Repository.here.files.filter { file in
            file.path.hasPrefix("Sources/") && [".swift", ".lua"].contains(where: file.name.hasSuffix)
        }
        let offenders = sources.flatMap { file in
            file.offenders(in: file.lines) { line in
                // Checks of doctor bear names of their own, for people.
                !Self.isCheck(line) && quoted.contains(where: line.contains)
            }
        }
        #expect(offenders.isEmpty, "names of kinds outside of Jobs, \(list(offenders))")
    }

    private static func isCheck(_ line: String) -> Bool {
        [".ok(\"", ".warn(\"", ".fail(\""].contains(where: line.contains)
    }
}
