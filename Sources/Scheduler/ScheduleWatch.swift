import Synchronization

/// Tells when a schedule file says something else than before; looks every half second.
///
/// Compares what the file holds: its size and time of change can stay the same through an edit, within one tick of the
/// file system's clock, and a file that is renamed into its place may be older than the one it replaces. What an editor
/// has saved half is seen once; only what two looks in a row find alike counts.
public final class ScheduleWatch: Sendable {
    private enum Content: Equatable {
        case bytes([UInt8])
        /// Missing, a directory, a pipe, too large: the reader says so, once.
        case unreadable(FileBytes.Failure)
    }

    private struct State {
        /// What the last change that was told consisted of; nil: the next look finds one.
        var known: Content?
        /// What the last look found, if it was new.
        var candidate: Content?
        var lookedAt: ContinuousClock.Instant
    }

    private let path: String
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state: Mutex<State>

    private static let pause = Duration.milliseconds(500)

    /// - Parameter now: only how much time passes counts.
    public init(path: String, now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }) {
        self.path = path
        self.now = now
        state = Mutex(State(known: Self.content(of: path), lookedAt: now()))
    }

    /// True once for each change; blocks for the read of a small file. A file that is missing for a moment, as while an
    /// editor saves it, is no change.
    public func hasChanged() -> Bool {
        state.withLock { state in
            let isForced = state.known == nil
            guard isForced || state.lookedAt.duration(to: now()) >= Self.pause else { return false }
            state.lookedAt = now()
            let content = Self.content(of: path)
            guard isForced || (content != state.known && content == state.candidate) else {
                state.candidate = content == state.known ? nil : content
                return false
            }
            (state.known, state.candidate) = (content, nil)
            return true
        }
    }

    /// Makes the next look, which comes at once, find a change.
    public func forget() { state.withLock { $0.known = nil } }

    private static func content(of path: String) -> Content {
        do {
            return .bytes(try FileBytes.read(path: path, limit: YAMLDocument.byteLimit))
        } catch {
            return .unreadable(error)
        }
    }
}
