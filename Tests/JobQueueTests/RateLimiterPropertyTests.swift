import Redis
import TestSupport
import Testing

@testable import JobQueue

/// Random takes, give-backs, closings and settings, by clocks that jump, against a pure model.
@Suite struct RateLimiterPropertyTests {
    /// What the scripts should do, and what they must never do.
    private struct Model {
        var rate = 10, burst = 10
        let window = 1_000
        var tokens = 10_000_000
        var time: Int?
        var back: Int?
        var closed = 0
        /// What was taken and not given back, each at its own time.
        var log: [(time: Int, tokens: Int)] = []
        /// The same as the script keeps it: together in spans, counted as of the last.
        var spans: [(last: Int, tokens: Int)] = []

        /// Moves the bucket's own time as a caller's clock says.
        mutating func move(to now: Int) {
            let before = time ?? now
            if now >= before {
                time = now
                back = nil
            } else if before - now > 1_000 {
                if let back, now >= back - 1_000 { time = before + max(0, now - back) }
                back = max(now, back.map { now < $0 - 1_000 ? now : $0 } ?? now)
            }
            grow(from: max(before, closed))
        }

        private mutating func grow(from start: Int) {
            guard let time else { return }
            tokens = min(burst * 1_000_000, tokens + max(0, time - start) * rate * 1_000)
            spans.removeAll { $0.last + window <= time }
        }

        mutating func take(atMost most: Int) -> Int {
            guard let time, closed <= time else { return 0 }
            let room = max(1, rate * window / 1_000) - spans.reduce(0) { $0 + $1.tokens }
            let taken = max(0, min(most, tokens / 1_000_000, room))
            guard taken > 0 else { return 0 }
            tokens -= taken * 1_000_000
            log.append((time, taken))
            let last = spans.count - 1
            if last >= 0, spans[last].last * 40 / window == time * 40 / window {
                spans[last] = (time, spans[last].tokens + taken)
            } else {
                spans.append((time, taken))
            }
            return taken
        }

        /// The time is read, not moved.
        mutating func giveBack(_ number: Int, ofTake index: Int, now: Int) {
            guard let stored = time else { return }
            var own = max(stored, now)
            if stored - now > 1_000, let back { own = stored + max(0, now - back) }
            guard closed <= own else { return }
            let takenAt = log[index].time
            log[index].tokens -= number
            tokens = max(tokens, min(burst * 1_000_000, tokens + number * 1_000_000))
            guard takenAt + window > own else { return }
            var rest = number
            for place in spans.indices where spans[place].last >= takenAt {
                let less = min(rest, spans[place].tokens)
                spans[place].tokens -= less
                rest -= less
            }
            spans.removeAll { $0.tokens == 0 }
        }

        mutating func close(for length: Int) {
            guard let time, time + length > closed else { return }
            closed = time + length
            tokens = 0
        }

        /// What the window that ends now has seen.
        var seen: Int {
            guard let time else { return 0 }
            return log.reversed().prefix { $0.time > time - window }.reduce(0) { $0 + $1.tokens }
        }
    }

    /// Takes of which something may be given back still.
    private struct Open {
        var index: Int
        var left: Int
    }

    private final class Scene {
        let bench: ScriptBench
        var random: SeededRandom
        var model = Model()
        var open: [Open] = []
        /// True time; what the callers' clock shows beside it.
        var real = 1_000_000
        var offset = 0
        /// What was taken and kept, at its true time.
        var trueLog: [(time: Int, tokens: Int)] = []
        var taken = 0
        /// Since the last take.
        var highestBurst = 10

        init(bench: ScriptBench, seed: UInt64) {
            self.bench = bench
            random = SeededRandom(seed: seed)
        }

        var now: Int { real + offset }

        func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

        private var measures: [RedisWord] { [10_000_000, 10_000_000, 1_000] }

        func take() async throws {
            let most = number(1...12)
            let words: [RedisWord] = [.integer(now), 1, .integer(most), 1] + measures + [0, 0, 1]
            let answer = try await bench.run(Scripts.takeTokens, ["bucket", "setting"], words).array()
            model.move(to: now)
            highestBurst = model.burst
            let expected = model.take(atMost: most)
            #expect(try answer[0].int() == expected)
            #expect(try answer[3].int() == model.time)
            guard expected > 0 else { return }
            taken += expected
            trueLog.append((real, expected))
            open.append(Open(index: model.log.count - 1, left: expected))
            #expect(model.seen <= max(1, model.rate * model.window / 1_000), "a window saw too much")
        }

        func giveBack() async throws {
            guard !open.isEmpty else { return }
            let place = number(0...open.count - 1)
            let (take, tokens) = (open[place], number(1...open[place].left))
            let words: [RedisWord] = [
                .integer(now), 1, 10_000_000, 1_000, 0, .integer(tokens), .integer(model.log[take.index].time),
            ]
            _ = try await bench.run(Scripts.giveBackTokens, ["bucket", "setting"], words)
            model.giveBack(tokens, ofTake: take.index, now: now)
            trueLog[take.index].tokens = model.log[take.index].tokens
            open[place].left -= tokens
            if open[place].left == 0 || open.count > 8 { open.remove(at: place) }
        }

        func close() async throws {
            let length = number(1...3_000)
            _ = try await bench.run(
                Scripts.closeBucket, ["bucket", "setting"], [.integer(now), .integer(length)] + measures)
            guard model.time != nil else { return }
            // The script notes nothing when the end that is known is later.
            var moved = model
            moved.move(to: now)
            guard let time = moved.time, time + length > model.closed else { return }
            // Nor does it look at the spans.
            moved.spans = model.spans
            model = moved
            model.close(for: length)
        }

        func set() async throws {
            (model.rate, model.burst) = (number(1...20), number(1...30))
            highestBurst = max(highestBurst, model.burst)
            try await bench.set([
                "setting": .hash(["rate": "\(model.rate)000000", "burst": "\(model.burst)000000"])
            ])
        }

        func checkState() async throws {
            guard case .hash(let fields) = try await Held.read("bucket", from: bench.redis) else { return }
            let tokens = Int(fields["tokens"] ?? "") ?? -1
            #expect(tokens == model.tokens && tokens >= 0)
            // A burst that was lowered is seen when the bucket is used next.
            #expect(tokens <= max(model.burst, highestBurst) * 1_000_000)
            #expect(fields["back"].flatMap { Int($0) } == model.back)
            #expect(fields["at"].flatMap { Int($0) } == model.time)
        }

        /// The most that any window of one second of true time has seen.
        var mostInASecond: Int {
            var most = 0
            for (place, last) in trueLog.enumerated() {
                let window = trueLog[...place].reversed().prefix { $0.time > last.time - 1_000 }
                most = max(most, window.reduce(0) { $0 + $1.tokens })
            }
            return most
        }
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func `random histories by clocks that jump are those of the model`(_ seed: UInt64) async throws {
        let scene = Scene(bench: try await ScriptBench(), seed: seed)
        try await scene.take()
        for _ in 0..<700 {
            scene.real += scene.number(0...9) == 0 ? scene.number(0...1_500) : scene.number(0...60)
            if scene.number(0...29) == 0 { scene.offset += scene.number(-5_000...5_000) }
            // Clocks of several callers differ a little.
            let skew = scene.number(-20...20)
            scene.offset += skew
            switch scene.number(0...99) {
            case ..<70: try await scene.take()
            case ..<93: try await scene.giveBack()
            case ..<96: try await scene.close()
            case _: try await scene.set()
            }
            scene.offset -= skew
            try await scene.checkState()
        }
        #expect(scene.taken > 250, "seed \(seed)")
    }

    @Test(arguments: [11, 12, 13] as [UInt64])
    func `a clock that jumps back lets no second of true time see more than the limit`(_ seed: UInt64) async throws {
        let scene = Scene(bench: try await ScriptBench(), seed: seed)
        try await scene.take()
        for _ in 0..<700 {
            scene.real += scene.number(0...40)
            if scene.number(0...19) == 0 { scene.offset -= scene.number(0...5_000) }
            try await scene.number(0...3) == 0 ? scene.giveBack() : scene.take()
        }
        print("seed \(seed): \(scene.taken) tokens taken, at most \(scene.mostInASecond) kept in any second")
        #expect(scene.taken > 100 && scene.mostInASecond <= 10)
    }
}
