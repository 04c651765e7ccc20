public import ScheduleConfiguration
import Synchronization
public import Time

/// Detects changes of the content of a schedule file; checks every half second.
///
/// Compares the content of the file: its size and time of change can stay the same through an edit, within one tick of
/// the file system's clock, and a file that is renamed into its place may be older than the one it replaces. A change
/// counts once two checks in a row find the same content, because an editor may have saved only half of it.
public final class ScheduleWatch: Sendable {
    private enum Content {
        case read(FileBytes.Dated)
        /// Missing, a directory, a pipe, too large: the reader reports it, once.
        case unreadable(ConfigurationError)

        /// Whether both hold the same bytes, whenever they were written.
        func holds(_ other: Content?) -> Bool {
            switch (self, other) {
            case (.read(let left), .read(let right)): left.bytes == right.bytes
            case (.unreadable(let left), .unreadable(let right)): left == right
            default: false
            }
        }
    }

    private struct State {
        /// The content of the last reported change; with nil the next check finds a change.
        var known: Content?
        /// The content that the last check found, if it was new.
        var candidate: Content?
        var lookedAt: ContinuousClock.Instant
        /// The newest version when the file was last found to hold the known content; nil before the first check.
        var knownUnder: Int?
    }

    private let path: String
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state: Mutex<State>

    private static let pause = Duration.milliseconds(500)

    /// - Parameter now: used only for elapsed time.
    public init(path: String, now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }) {
        self.path = path
        self.now = now
        state = Mutex(State(known: Self.content(of: path), lookedAt: now()))
    }

    /// True once for each change; blocks for the read of a small file. A file that is missing for a moment, as while an
    /// editor saves it, is no change.
    public func hasChanged() -> Bool { change(newest: 0) != nil }

    /// The new content of the file, each time that it has changed; nil otherwise. The file is not read a second time,
    /// so a later write is another change.
    /// - Parameter newest: the number of the newest version, read just before.
    public func change(
        newest: Int, known: KnownNames, zones: TimeZoneDatabase = TimeZoneDatabase()
    ) -> FileChange? {
        guard let (content, knownUnder) = change(newest: newest) else { return nil }
        switch content {
        case .unreadable(let error): return .invalid("\(error)")
        case .read(let dated):
            do {
                let loaded = try LoadedSchedule.parse(dated, path: path, known: known, zones: zones)
                return .read(loaded, knownUnder: knownUnder)
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

    /// Makes the next check report a change, and lets it happen at once.
    public func forget() { state.withLock { $0.known = nil } }

    private static func content(of path: String) -> Content {
        do {
            return .read(try ScheduleFile.dated(path: path))
        } catch {
            return .unreadable(error)
        }
    }
}
