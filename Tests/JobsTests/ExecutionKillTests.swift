import Exchange
import Foundation
import JobQueue
import TestSupport
import Testing
import Trading

@testable import Jobs

/// Executions that are struck at random moments, any number of times, and finish all the same.
@Suite(.serialized)
struct ExecutionKillTests {
    private static let products = ["BTC-USD", "ETH-USD", "SOL-USD"]

    @Test(arguments: 0..<8)
    func `an execution that is struck anywhere places its order exactly once`(_ batch: Int) async throws {
        let bench = try await JobBench(bots: Self.products.enumerated().map { BotSeed($0.offset + 1, $0.element) })
        for (product, size) in zip(Self.products, ["0.05", "1", "20"]) { try await bench.hold(size, of: product) }
        let held = try await bench.accounts()
        try await bench.fillCache(candles: false)
        for number in 0..<25 {
            let seed = UInt64(batch * 25 + number)
            var random = SeededRandom(seed: seed)
            // A new minute, so that the exchange's lists hold the orders of this seed alone.
            bench.wall.advance(61)
            try await bench.fillCache(Self.products, candles: false, products: false)
            try await strike("seed-\(seed)", bench, &random)
        }
        try await bench.expectMoneyMatchesFills(startingWith: held)
    }

    private func strike(_ id: String, _ bench: JobBench, _ random: inout SeededRandom) async throws {
        let bot = Int.random(in: 1...3, using: &random)
        let side = Bool.random(using: &random) ? "BUY" : "SELL"
        try await bench.enqueue("execution", #"{"bot_id": \#(bot), "side": "\#(side)"}"#, id: id)
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            try await bench.makeDue("execution")
            guard try await !bench.stored(id).state.isFinal else { break }
            let job = try await bench.claim("execution")
            try await bench.run(job, try await plot(for: job, bench, &random))
        }
        let ended = try await bench.finish(id, in: "execution")
        #expect(ended.state == .succeeded && ended.result["skipped"] == nil, "\(id): \(ended.envelope.outcome)")
        try await bench.expectOneOrder(ofJob: id, bot: bot, Self.products[bot - 1])
    }

    /// One of the ways in which an attempt can go wrong, somewhere.
    private func plot(for job: LeasedJob, _ bench: JobBench, _ random: inout SeededRandom) async throws -> AttemptPlot {
        let hidden = Int.random(in: 0...1, using: &random)
        let step = Int.random(in: 1...14, using: &random)
        let call = [ExchangeCall.accounts, .place, .order, .orders, .fills].randomElement(using: &random) ?? .place
        let moment = Bool.random(using: &random) ? ExchangeMoment.before(call) : .after(call)
        switch Int.random(in: 0..<7, using: &random) {
        case 0, 1: return AttemptPlot(deadlyStep: step, hiddenLists: hidden)
        case 2:
            return AttemptPlot(hiddenLists: hidden) {
                $0 == moment ? .fail(.unavailable(during: "\(call)", reason: "cut")) : .goOn
            }
        case 3:
            return AttemptPlot(hiddenLists: hidden) {
                $0 == moment ? .fail(.rateLimited(retryAfter: .seconds(1))) : .goOn
            }
        case 4:
            try await PaperFaults(redis: bench.redis).arm(.dropResponse)
            return AttemptPlot(hiddenLists: hidden)
        case 5:
            // It goes on without knowing that the job has been taken from it.
            return AttemptPlot(hiddenLists: hidden) { reached in
                if reached == moment { try? await bench.deadLetter(job) }
                return .goOn
            }
        default:
            // Another worker does the whole job meanwhile.
            return AttemptPlot(hiddenLists: hidden) { reached in
                guard reached == moment else { return .goOn }
                try? await bench.deadLetter(job)
                _ = try? await bench.attempt("execution")
                return .goOn
            }
        }
    }
}
