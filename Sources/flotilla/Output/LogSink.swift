import Dispatch
import Documents
import Foundation
import Logging
import Synchronization

/// Writes the log lines of this process to standard error, and never ends or stops it for one.
///
/// A line that cannot be written is dropped and counted; one line says how many as soon as writing works again, at the
/// next line or within a second. A reader that lives and takes nothing is waited for a tenth of a second, at most once
/// a second; what it does not take then is dropped too. Lines that repeat are counted (`RepeatedLines`).
final class LogSink: Sendable {
    private struct State {
        var repeats = RepeatedLines()
        var dropped = 0
        var reason: WriteFailure?
        /// When a reader was last waited for.
        var waitedAt: Int64?
        /// A check of this sink is scheduled within a second.
        var isWatched = false
    }

    private let stream: StandardStream
    private let form: LogForm
    /// Milliseconds of a clock that is never set back.
    private let clock: @Sendable () -> Int64
    /// Calls back in a second.
    private let later: @Sendable (@escaping @Sendable () -> Void) -> Void
    private let state = Mutex(State())
    private let kept = Mutex<KeptLog?>(nil)

    init(
        stream: StandardStream, form: LogForm, clock: @escaping @Sendable () -> Int64 = LogSink.milliseconds,
        later: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void = LogSink.inOneSecond
    ) {
        self.stream = stream
        self.form = form
        self.clock = clock
        self.later = later
    }

    func take(level: Logger.Level, message: String, fields: [(String, String)]) {
        state.withLock { state in
            let now = clock()
            say(state.repeats.summaries(at: now), &state)
            if state.repeats.admits(level: level.rawValue, message: message, at: now) {
                write(level.rawValue, message, fields, &state)
            }
        }
        watch()
    }

    /// Says what is left to say; for the end of a process.
    func finish() {
        state.withLock { state in
            say(state.repeats.summaries(at: clock(), atEnd: true), &state)
            sayDropped(&state)
        }
    }

    private func say(_ summaries: [RepeatedLines.Summary], _ state: inout State) {
        for summary in summaries { write(summary.level, summary.text, [], &state) }
    }

    /// From now on lines are kept in a file too.
    func keep(in log: KeptLog) { kept.withLock { $0 = log } }

    private func write(_ level: String, _ message: String, _ fields: [(String, String)], _ state: inout State) {
        kept.withLock { $0 }?.append(level: level, message: message, fields: fields)
        let line = form.line(level: level, message: message, fields: fields)
        guard sayDropped(&state) else { return state.dropped += 1 }
        if let failure = tryWrite(line, &state) {
            state.dropped += 1
            state.reason = failure
        }
    }

    /// - Returns: false when lines were dropped and that cannot be said yet.
    @discardableResult
    private func sayDropped(_ state: inout State) -> Bool {
        guard state.dropped > 0 else { return true }
        let lines = state.dropped == 1 ? "1 log line was" : "\(state.dropped) log lines were"
        let reason = state.reason.map { " (\($0))" } ?? ""
        let message = "\(lines) dropped: standard error could not be written\(reason)"
        if let failure = tryWrite(form.line(level: "warning", message: message), &state) {
            state.reason = failure
            return false
        }
        state.dropped = 0
        return true
    }

    private func tryWrite(_ line: String, _ state: inout State) -> WriteFailure? {
        let before = clock()
        let mayWait = state.waitedAt.map { before - $0 >= 1_000 } ?? true
        defer { if clock() - before >= 10 { state.waitedAt = before } }
        do throws(WriteFailure) {
            try stream.write(Array((line + "\n").utf8), patience: mayWait ? StandardStreams.patience : .zero)
            return nil
        } catch {
            if error == .stalled { state.waitedAt = before }
            return error
        }
    }

    /// Lines that were dropped or left out are told although no other line follows.
    private func watch() {
        let begins = state.withLock { state in
            let begins = !state.isWatched && (state.dropped > 0 || state.repeats.isHiding)
            if begins { state.isWatched = true }
            return begins
        }
        guard begins else { return }
        later {
            self.state.withLock { state in
                state.isWatched = false
                self.say(state.repeats.summaries(at: self.clock()), &state)
                self.sayDropped(&state)
            }
            self.watch()
        }
    }

    static let milliseconds: @Sendable () -> Int64 = {
        Int64(clamping: DispatchTime.now().uptimeNanoseconds / 1_000_000)
    }

    static let inOneSecond: @Sendable (@escaping @Sendable () -> Void) -> Void = { body in
        DispatchQueue.global(qos: .utility).asyncAfter(deadline: .now() + .seconds(1), execute: body)
    }
}

/// How a log line looks: for people, or one JSON object.
struct LogForm: Sendable {
    let isJSON: Bool
    /// What tells this process from its siblings, such as `trading-1`.
    let process: String
    var now: @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1_000) }

    /// One line, without its end.
    func line(level: String, message: String, fields: [(String, String)] = []) -> String {
        let at = Timestamp.text(now())
        guard isJSON else {
            let extra = fields.map { " \($0.0)=\($0.1)" }.joined()
            let padded = level + String(repeating: " ", count: max(0, 7 - level.count))
            return "\(at.dropFirst(11).dropLast()) \(padded) \(process): \(message)\(extra)"
        }
        return JSONText.of(
            LogLineDocument(at: at, level: level, process: process, message: message, fields: fields))
    }
}
