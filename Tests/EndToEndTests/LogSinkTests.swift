import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

@testable import flotilla

/// Log lines whose stream misbehaves.
@Suite struct LogSinkTests {
    /// A sink on a descriptor of the test's, with a clock that the test moves and a second that it lets pass.
    private final class Bench: Sendable {
        let descriptor: Int32
        let sink: LogSink
        private let time = Box<Int64>(1_000_000)
        private let waiting = Box<[@Sendable () -> Void]>([])

        init(_ descriptor: Int32) {
            self.descriptor = descriptor
            let (time, waiting) = (time, waiting)
            sink = LogSink(
                stream: StandardStream(descriptor), form: LogForm(isJSON: false, process: "p", now: { 0 }),
                clock: { time.value.withLock { $0 } }, later: { body in waiting.value.withLock { $0.append(body) } })
        }

        func say(_ message: String, level: String = "info") {
            sink.take(level: .init(rawValue: level) ?? .info, message: message, fields: [])
        }

        func pass(_ milliseconds: Int64) {
            time.value.withLock { $0 += milliseconds }
            let due = waiting.value.withLock { waiting in
                defer { waiting = [] }
                return waiting
            }
            for body in due { body() }
        }
    }

    private static func messages(_ text: String) -> [String] {
        text.split(separator: "\n").map { $0.split(separator: ": ", maxSplits: 1).last.map(String.init) ?? "" }
    }

    /// Puts a new file on the number of a descriptor, as a rotation or a mended disk does.
    private static func replace(_ descriptor: Int32, by path: String) {
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        dup2(file, descriptor)
        close(file)
    }

    @Test func `lines for a full disk are dropped, and counted when it has room again`() throws {
        let path = NSTemporaryDirectory() + "flotilla-sink-\(UUID().uuidString)"
        defer { unlink(path) }
        let bench = Bench(open("/dev/full", O_WRONLY))
        for word in ["a", "b", "c"] { bench.say(word) }
        Self.replace(bench.descriptor, by: path)
        bench.say("d")
        #expect(
            Self.messages(try String(contentsOfFile: path, encoding: .utf8)) == [
                "3 log lines were dropped: standard error could not be written (No space left on device)", "d",
            ])
        close(bench.descriptor)
    }

    @Test func `the count comes within a second although no line follows`() throws {
        let path = NSTemporaryDirectory() + "flotilla-sink-\(UUID().uuidString)"
        defer { unlink(path) }
        Self.replace(-1, by: path)
        let bench = Bench(open(path, O_RDONLY))
        bench.say("a")
        bench.pass(1_000)
        Self.replace(bench.descriptor, by: path)
        bench.pass(1_000)
        #expect(
            Self.messages(try String(contentsOfFile: path, encoding: .utf8)) == [
                "1 log line was dropped: standard error could not be written (Bad file descriptor)"
            ])
        close(bench.descriptor)
    }

    @Test func `a descriptor that is closed, or a pipe without a reader, ends nothing`() throws {
        StandardStreams.prepare()
        var ends: [Int32] = [-1, -1]
        #expect(pipe(&ends) == 0)
        close(ends[0])
        let bench = Bench(ends[1])
        bench.say("a")
        close(ends[1])
        let closed = Bench(Int32.max)
        closed.say("a")
    }

    @Test(.timeLimit(.minutes(1)))
    func `a reader that takes nothing costs a moment once, and no line is broken`() throws {
        var ends: [Int32] = [-1, -1]
        #expect(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        let bench = Bench(ends[1])
        let long = String(repeating: "x", count: 3_000)
        // Far more than a pipe holds. A wait for each line would take twenty seconds.
        let start = ContinuousClock.now
        for index in 0..<200 { bench.say("\(long) \(index)", level: "debug") }
        #expect(start.duration(to: .now) < .seconds(10))
        #expect(fcntl(ends[1], F_GETFL) & O_NONBLOCK == 0, "the descriptor is shared with other programs")

        let before = Self.drain(ends[0])
        bench.say("after")
        let all = Self.messages(before + Self.drain(ends[0]))
        let kept = Set((0..<200).map { "\(long) \($0)" }).intersection(all)
        #expect(all.last == "after")
        // The last room of the pipe may be too small for a line and take the count.
        let counts = all.filter { $0.contains("dropped") }.compactMap { Int($0.prefix { $0 != " " }) }
        #expect(counts.reduce(0, +) == 200 - kept.count, "\(kept.count) kept, dropped \(counts)")
        #expect(all.count { $0.hasSuffix("(its reader takes nothing)") } == counts.count)
    }

    private static func drain(_ descriptor: Int32) -> String {
        var (bytes, chunk) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16))
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&wanted, 1, 0) == 1 {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `a line that repeats is shown a few times, then counted`() throws {
        let path = NSTemporaryDirectory() + "flotilla-sink-\(UUID().uuidString)"
        defer { unlink(path) }
        let bench = Bench(open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600))
        for index in 0..<100 {
            bench.say("job 01JD\(index) failed after \(index) ms")
            bench.say("the end", level: "critical")
        }
        bench.say("another", level: "error")
        var lines = Self.messages(try String(contentsOfFile: path, encoding: .utf8))
        #expect(lines.filter { $0.hasPrefix("job ") }.count == 5)
        #expect(lines.filter { $0 == "the end" }.count == 100)
        #expect(lines.last == "another")
        for _ in 0..<10 { bench.pass(1_000) }
        lines = Self.messages(try String(contentsOfFile: path, encoding: .utf8))
        #expect(lines.last == "job 01JD99 failed after 99 ms (said 95 more times in 10 s)")
        bench.say("job 01JD7 failed after 7 ms")
        bench.sink.finish()
        lines = Self.messages(try String(contentsOfFile: path, encoding: .utf8))
        #expect(lines.last == "job 01JD7 failed after 7 ms")
        close(bench.descriptor)
    }

    @Test func `levels and messages are told apart, numbers and ids are not`() {
        #expect(RepeatedLines.pattern(of: "worker vm-3637-eo9khp gone, 1.5 s") == "worker vm-#-# gone, #.# s")
        var repeats = RepeatedLines()
        func admits(_ level: String, _ message: String, at now: Int64) -> Bool {
            repeats.admits(level: level, message: message, at: now)
        }
        let first = (0..<RepeatedLines.shown).map { admits("error", "lost \($0)", at: 0) }
        #expect(!first.contains(false))
        let later = [admits("error", "lost 9", at: 9_999), admits("info", "lost 9", at: 9_999)]
        #expect(later == [false, true])
        let other = admits("error", "lost it", at: 9_999)
        #expect(other)
        var summaries = repeats.summaries(at: 9_999)
        #expect(summaries.isEmpty)
        summaries = repeats.summaries(at: 10_000)
        #expect(summaries == [.init(level: "error", message: "lost 9", count: 1)])
        #expect(!repeats.isHiding)
    }

    @Test func `any number of kinds of lines takes bounded memory, and long lines are shortened`() {
        var repeats = RepeatedLines()
        func word(_ index: Int) -> String { String(index, radix: 2).map { $0 == "0" ? "a" : "b" }.joined() }
        let admitted = (0..<2_000).filter {
            repeats.admits(level: "info", message: word($0) + String(repeating: "z", count: 500), at: 0)
        }
        #expect(admitted.count == 2_000)
        let message = word(0) + String(repeating: "z", count: 500)
        for _ in 0..<10 { _ = repeats.admits(level: "info", message: message, at: 1) }
        let summaries = repeats.summaries(at: .max)
        #expect(summaries.map(\.message.count) == [300])
    }
}

/// A value that closures share.
private final class Box<Value: Sendable>: Sendable {
    let value: Mutex<Value>
    init(_ value: Value) { self.value = Mutex(value) }
}
