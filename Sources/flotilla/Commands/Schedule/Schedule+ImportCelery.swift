import ArgumentParser
import CeleryBridge
import Documents
import Foundation
import Jobs
import ScheduleConfiguration

extension Schedule {
    struct ImportCelery: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "import-celery", abstract: "Turn a Celery beat schedule into a schedule file, on stdout.",
            discussion: """
                FILE holds app.conf.beat_schedule as JSON, or the whole configuration: json.dumps(..., default=str). \
                What has no counterpart here stands in the output as a comment with the reason; stderr says so, and \
                counts both in its last line. With --strict the exit status is 1 when anything is left out. \
                The output is valid: flotilla schedule check.
                """)

        @Argument(help: "The JSON file; - for stdin.") var file: String
        @Option(name: .customLong("map"), help: "TASK=KIND: what a task becomes; may be repeated.")
        var mappings: [String] = []
        @Option(help: "The zone of crontabs; else the configuration's, else UTC.") var timezone: String?
        @Flag(help: "End with 1 when an entry is left out.") var strict = false
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            var map: [String: String] = [:]
            for mapping in mappings {
                let halves = mapping.split(separator: "=", maxSplits: 1).map(String.init)
                guard halves.count == 2 else {
                    let kind = KindDefinition.evaluation.name
                    throw CommandFailure(.usage, "--map \(mapping) is not TASK=KIND. Write --map cleanup=\(kind).")
                }
                map[halves[0]] = halves[1]
            }
            let found = try BeatImport(
                try bytes(), file: file, known: Composition.scheduled, tasks: CeleryTasks.replacement, map: map,
                timezone: timezone)
            if json {
                Terminal.printDocument(BeatImportDocument(text: found.text, imported: found.imported, left: found.left))
            } else {
                print(found.text, terminator: "")
            }
            for (name, reason) in found.left { Terminal.complain("not imported: \(name): \(reason)") }
            let all = found.imported.count + found.left.count
            let count = "imported \(found.imported.count) of \(all) entries, \(found.left.count) left out"
            guard !strict || found.left.isEmpty else {
                throw CommandFailure(.failed, count + ". Each has its reason above; import without --strict.")
            }
            Terminal.complain(count)
        }

        private static let limit = 1_048_576

        private func bytes() throws -> [UInt8] {
            guard file != "-" else {
                return Array(try FileHandle.standardInput.read(upToCount: Self.limit) ?? Data())
            }
            return try BeatImport.bytes(path: file)
        }
    }
}
