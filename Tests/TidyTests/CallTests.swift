import Testing

struct CallTests {
    /// Time, chance and environment are passed in; only the command itself reads them.
    static let ambient = [
        "Date()", "Date.now", "Task.sleep", "Thread.sleep", "usleep(", ".randomElement()", ".shuffled()", ".shuffle()",
        "ProcessInfo.processInfo.environment", "getenv(", "Bool.random()",
    ]

    @Test func `time, chance and environment are read nowhere but in the command`() {
        let offenders = Repository.here.shipped.filter { $0.module != "flotilla" }.flatMap { file in
            file.offenders(in: file.code) { line in Self.ambient.contains(where: line.contains) }
                + Self.unseeded(in: file)
        }
        #expect(offenders.isEmpty, "ambient time, chance or environment, \(list(offenders))")
    }

    /// `.random(in:` whose call, which may go on in the next line, names no generator.
    private static func unseeded(in file: RepositoryFile) -> [String] {
        file.code.indices.compactMap { index in
            guard file.code[index].contains(".random(in:") else { return nil }
            let next = index + 1 < file.code.count ? file.code[index + 1] : ""
            return (file.code[index] + next).contains("using:") ? nil : "\(file.path):\(index + 1)"
        }
    }

    @Test func `whoever gives up on purpose says why`() {
        let offenders = Repository.here.swift.flatMap { file in
            file.code.indices.filter { index in
                let code = file.code[index]
                if code.contains("fatalError()") { return true }
                guard code.contains("try! ") || code.contains(" as! ") else { return false }
                let before = index > 0 ? file.lines[index - 1] : ""
                return !file.lines[index].contains("//") && !before.contains("//")
            }.map { "\(file.path):\($0 + 1)" }
        }
        #expect(offenders.isEmpty, "fatalError, try! or as! without a reason, \(list(offenders))")
    }

    @Test func `tests wait for facts, they do not sleep`() {
        let sleeps = ["Task.sleep", "Thread.sleep", "usleep(", "nanosleep(", "Clock().sleep(", ".continuous.sleep("]
        let offenders = Repository.here.tests.filter { !$0.path.hasPrefix("Tests/TestSupport/") }.flatMap { file in
            file.offenders(in: file.code) { line in sleeps.contains(where: line.contains) }
        }
        #expect(offenders.isEmpty, "sleeps in tests, \(list(offenders))")
    }
}
