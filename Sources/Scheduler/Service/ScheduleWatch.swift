import Synchronization

/// Tells when a schedule file says something else than before; looks every half second.
///
/// Compares what the file holds: its size and time of change can stay the same through an edit, within one tick of the
/// file system's clock, and a file that is renamed into its place may be older than the one it replaces. What an editor
/// has saved half is seen once; only what two looks in a row find alike counts.
public final class ScheduleWatch: Sendable {
    private enum Content {
        case read(FileBytes.Dated)
        /// Missing, a directory, a pipe, too large: the reader says so, once.
        case unreadable(FileBytes.Failure)

        /// Whether they hold the same, whenever that was written.
        func holds(_ other: Content?) -> Bool {
            switch (self, other) {
            case (.read(let left), .read(let right)): left.bytes == right.bytes
            case (.unreadable(let left), .unreadable(let right)): left == right
            default: false
            }
        }
    }

    private struct State {
        /// What the last change that was told consisted of; nil: the next look finds one.
        var known: Content?
        /// What the last look found, if it was new.
        var candidate: Content?
        var lookedAt: ContinuousClock.Instant
        /// The newest version when the file was last found to hold what is known; nil before the first look.
        var knownUnder: Int?
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
    public func hasChanged() -> Bool { change(newest: 0) != nil }

    /// What the file says now, each time that it says something else than before; nil otherwise. It is read no second
    /// time, so what comes after it is another change.
    /// - Parameter newest: the number of the newest version, asked for just before.
    public func change(
        newest: Int, kinds: [KnownKind], zones: TimeZoneDatabase = TimeZoneDatabase()
    ) -> FileChange? {
        guard let (content, knownUnder) = change(newest: newest) else { return nil }
        switch content {
        case .unreadable(let failure): return .invalid("\(ScheduleFile.unreadable(path, failure))")
        case .read(let dated):
            do {
                return .read(try LoadedSchedule.parse(dated, path: path, kinds, zones), knownUnder: knownUnder)
            } catch {
                return .invalid("\(error)")
            }
        }
    }

    private func change(newest: Int) -> (Content, knownUnder: Int?)? {
        state.withLock { state in
            let isForced = state.known == nil
            guard isForced || state.lookedAt.duration(to: now()) >= Self.pause else { return nil }
            state.lookedAt = now()
            let content = Self.content(of: path)
            if content.holds(state.known) { state.knownUnder = newest }
            guard isForced || (!content.holds(state.known) && content.holds(state.candidate)) else {
                state.candidate = content.holds(state.known) ? nil : content
                return nil
            }
            defer { (state.known, state.candidate, state.knownUnder) = (content, nil, newest) }
            return (content, state.knownUnder)
        }
    }

    /// Makes the next look, which comes at once, find a change.
    public func forget() { state.withLock { $0.known = nil } }

    private static func content(of path: String) -> Content {
        do {
            return .read(try FileBytes.dated(path: path, limit: YAMLDocument.byteLimit))
        } catch {
            return .unreadable(error)
        }
    }
}
