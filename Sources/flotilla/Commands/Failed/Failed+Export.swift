import ArgumentParser
import Documents
import Foundation
import JobQueue
import Time

extension Failed {
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write dead jobs down, one JSON object a line.",
            discussion: """
                Without selectors, all of them. A line is what 'flotilla jobs show --json' prints. The jobs stay dead.
                Example:
                  flotilla failed export --queue evaluation --out dead.jsonl
                """)

        @OptionGroup var common: CommonOptions
        @OptionGroup var selection: DeadSelection
        @Option(help: "A new file, complete or not there at all; else stdout.") var out: String?
        @Flag(help: "One JSON document on stdout: an array of the jobs; with --out, how many were written.")
        var json = false

        func run() async throws {
            try selection.check(orAll: true)
            if let out { try NewFile.check(out) }
            let composition = try Composition(common)
            try await composition.withBroker { broker in
                let table = JobTable(composition)
                var count = 0
                func pages(_ write: (Data) throws -> Void) async throws {
                    try await selection.eachPage(broker, orAll: true) { jobs in
                        var bytes = Data()
                        for job in jobs { bytes.append(contentsOf: JSONText.line(of: table.document(job))) }
                        try write(bytes)
                        count += jobs.count
                    }
                }
                if let out {
                    try await NewFile.write(to: out) { try await pages($0) }
                    if json {
                        Terminal.printDocument(DeadExportDocument(exported: count, file: out))
                    }
                } else if json {
                    // Page by page, so that no more than one is in memory.
                    StandardStreams.print(Array("[".utf8))
                    var isFirst = true
                    try await selection.eachPage(broker, orAll: true) { jobs in
                        let texts = jobs.map { JSONText.of(table.document($0)) }.joined(separator: ",")
                        StandardStreams.print(Array(((isFirst ? "" : ",") + texts).utf8))
                        isFirst = false
                        count += jobs.count
                    }
                    StandardStreams.print(Array("]\n".utf8))
                } else {
                    try await pages { StandardStreams.print($0) }
                }
                Terminal.complain("exported: \(count)")
            }
        }
    }

    struct Trim: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Export the oldest dead jobs to files, then remove them.",
            discussion: """
                The files are FLOTILLA_HOME/exports/dead-<queue>-<yyyy-mm>.jsonl. A job is removed when its line is on
                disk, not before.
                Example:
                  flotilla failed trim --age 30d --keep 10000
                """)

        @OptionGroup var common: CommonOptions
        @Option(help: "Those that died before this time, such as 30d.") var age: String?
        @Option(help: "All but this many of each queue, the newest.") var keep: Int?
        @Option(help: "Only this queue.") var queue: String?
        @OptionGroup var consent: ConfirmationOptions

        func run() async throws {
            let age = try age.map { Duration.milliseconds(try DurationParser.milliseconds($0)) }
            guard age != nil || keep != nil else {
                throw CommandFailure(.usage, "No limit is given. Give --age, --keep or both.")
            }
            guard (0...1_000_000_000).contains(keep ?? 0) else {
                throw CommandFailure(.usage, "--keep is \(keep ?? 0). Use 0 to 1000000000.")
            }
            let composition = try Composition(common)
            try await composition.withBroker { broker in
                let queues =
                    if let queue { [try await Queues.known(queue, broker)] } else {
                        try await QueueInspector(broker: broker).queues()
                    }
                let file = DeadLetterExport(composition)
                let retention = DeadLetterRetention(broker: broker) { try await file.append($0) }
                var excess = 0
                for queue in queues { excess += try await retention.excess(in: queue, age: age, count: keep) }
                if consent.dryRun { return report(beyond: excess, TrimReport()) }
                if excess > 0 {
                    try consent.demand("Export \(excess) dead jobs to \(file.folder.path) and remove them?")
                }
                var total = TrimReport()
                for queue in queues { total += try await retention.trim(queue, age: age, count: keep) }
                report(beyond: excess, total)
            }
        }

        private func report(beyond: Int, _ done: TrimReport) {
            if consent.json {
                Terminal.printDocument(DeadTrimDocument(beyond: beyond, done))
            } else {
                print(
                    consent.dryRun
                        ? "would export and discard: \(beyond)" : "exported and discarded: \(done.discarded)")
            }
        }
    }
}
