import ArgumentParser
import Configuration

extension Schedule {
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say whether a schedule file is valid; needs nothing but the file.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "The file; else the active one.") var file: String?
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let composition = try Composition(common)
            let path = file ?? composition.settings.schedulesPath
            do {
                let parsed = try composition.schedule(path)
                for warning in parsed.warnings { Terminal.complain("\(path):\(warning.warning)") }
                guard json else {
                    return print(
                        "\(path) is valid: \(parsed.schedules.count) schedules, \(parsed.queues.count) queues, "
                            + "\(parsed.pools.count) pools, \(parsed.limits.count) limits")
                }
                JSONDocument.object([
                    ("valid", .bool(true)), ("problems", .array([])), ("warnings", Self.document(of: parsed.warnings)),
                ]).printDocument()
            } catch {
                if json, case ConfigurationError.invalidFile(_, let problems) = error {
                    JSONDocument.object([
                        ("valid", .bool(false)),
                        ("problems", Self.document(of: problems)), ("warnings", .array([])),
                    ]).printDocument()
                }
                throw error
            }
        }

        private static func document(of problems: [ScheduleFileProblem]) -> JSONDocument {
            .array(
                problems.map {
                    .object([
                        ("line", .int($0.line)), ("column", .int($0.column)), ("message", .string($0.message)),
                    ])
                })
        }
    }
}
