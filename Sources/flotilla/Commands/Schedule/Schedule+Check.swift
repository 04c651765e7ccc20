import ArgumentParser
import Documents
import ScheduleConfiguration

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
                Terminal.printDocument(ScheduleCheckDocument(problems: [], warnings: parsed.warnings))
            } catch {
                if json, case ConfigurationError.invalidFile(_, let problems) = error {
                    Terminal.printDocument(ScheduleCheckDocument(problems: problems, warnings: []))
                }
                throw error
            }
        }
    }
}
