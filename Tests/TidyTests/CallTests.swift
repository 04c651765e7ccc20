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

    /// Calls that end the process when a descriptor fails, or write past the one place that knows what a failure means.
    static let streamCalls = [
        "standardOutput", "standardError", "fputs(", "fputc(", "fwrite(", "fprintf(", "printf(", "puts(", "putchar(",
        "fflush(", "stdout", "stderr", "perror(", "Swift.print(", "debugPrint(", "dump(", "NSLog(",
    ]
    static let trappingReads = [
        "readDataToEndOfFile", "readData(ofLength", "availableData", "seekToEndOfFile", "offsetInFile",
    ]

    @Test func `one place writes to the standard streams, and nothing reads with a call that traps`() {
        let offenders = Repository.here.shipped.flatMap { file in
            let calls =
                (file.path.hasPrefix("Sources/flotilla/Output/") ? [] : Self.streamCalls) + Self.trappingReads
                + (file.module == "flotilla" ? [] : [" print("]) + ["try! "]
            return file.offenders(in: file.code) { line in calls.contains { Self.calls($0, in: line) } }
        }
        #expect(offenders.isEmpty, "writes past StandardStreams or calls that trap, \(list(offenders))")
    }

    @Test func `no floating-point reply of Redis becomes an integer unchecked`() {
        let offenders = Repository.here.shipped.flatMap { file in
            file.offenders(in: file.code) { line in
                line.contains(".double(of") && (line.contains("Int64(") || line.contains("Int("))
            }
        }
        #expect(offenders.isEmpty, "use wholeNumber(of:), which takes infinities, \(list(offenders))")
    }

    /// Whether a line has the call, and not only the end of a longer name.
    private static func calls(_ call: String, in line: String) -> Bool {
        (" " + line).ranges(of: call).contains { range in
            let before = (" " + line)[..<range.lowerBound].last ?? " "
            return !before.isLetter && !before.isNumber && before != "_" && !line.contains("func \(call)")
        }
    }

    @Test func `tests wait for facts, they do not sleep`() {
        let sleeps = ["Task.sleep", "Thread.sleep", "usleep(", "nanosleep(", "Clock().sleep(", ".continuous.sleep("]
        let offenders = Repository.here.tests.filter { !$0.path.hasPrefix("Tests/TestSupport/") }.flatMap { file in
            file.offenders(in: file.code) { line in sleeps.contains(where: line.contains) }
        }
        #expect(offenders.isEmpty, "sleeps in tests, \(list(offenders))")
    }
}
