import ArgumentParser
import Fleet
import Foundation

extension Bench {
    struct Start: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "From the start of a worker process to its first job done, with all four kinds loaded.")

        @Option(help: "Starts; one more before them finds nothing warm and does not count.") var starts = 9
        @Flag(help: "One JSON document on stdout.") var json = false

        func validate() throws { try Bench.check("starts", starts, 1...1_000) }

        func run() async throws { try await BenchPlace.measure(asJSON: json) { try await rows($0) } }

        private func rows(_ place: BenchPlace) async throws -> [BenchRow] {
            var (taken, used): ([Double], [Double]) = ([], [])
            for number in 0...starts {
                try await place.clear()
                try await place.fill(1)
                let begin = ContinuousClock.now
                let worker = try place.worker(.all)
                try await place.waitFor(1, every: .milliseconds(1))
                let milliseconds = begin.duration(to: .now).seconds * 1_000
                let processor = ProcessUsage(process: worker.processID).seconds * 1_000
                await place.end([worker])
                guard number > 0 else { continue }
                taken.append(milliseconds)
                used.append(processor)
            }
            let times = Quantiles(taken)
            return [
                BenchRow("start to first job done, best", times[0], "ms"),
                BenchRow("start to first job done, median", times[0.5], "ms"),
                BenchRow("processor time of a start, median", Quantiles(used)[0.5], "ms"),
            ]
        }
    }
}
