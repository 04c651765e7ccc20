import Dispatch
import Glibc

/// Runs in a child process, and calls a closure when the parent is gone.
///
/// ```swift
/// let watch = try ParentWatch(environment: environment) { shutdown() }
/// ```
/// Keep the value for as long as the process is to watch; releasing it ends the watch.
public final class ParentWatch: Sendable {
    /// Environment variable in which a child finds the number of the descriptor to watch.
    public static let variable = "FLOTILLA_PARENT_FD"

    // Dispatch sources are thread-safe objects without a Sendable annotation on Linux; this one is only ever cancelled.
    nonisolated(unsafe) private let source: any DispatchSourceRead

    /// Begins to watch, or gives `nil` when this process was not started by a fleet.
    ///
    /// - Parameter onParentGone: called once, on a dispatch queue, also when the parent was gone before the call. It
    ///   must not block.
    /// - Throws: `FleetError.badParentDescriptor` when the variable does not name an open descriptor.
    public init?(environment: [String: String], onParentGone: @escaping @Sendable () -> Void) throws(FleetError) {
        guard let value = environment[Self.variable] else { return nil }
        // Close-on-exec keeps the descriptor out of programs that this process starts in turn.
        guard let descriptor = Int32(value), fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else {
            throw .badParentDescriptor(value: value)
        }
        let source = DispatchSource.makeReadSource(
            fileDescriptor: descriptor, queue: DispatchQueue(label: "flotilla.parent-watch"))
        self.source = source
        source.setEventHandler {
            // The parent never writes, so any event on the pipe is its end.
            source.cancel()
            onParentGone()
        }
        source.setCancelHandler { close(descriptor) }
        source.activate()
    }

    deinit { source.cancel() }

    /// Whether this process was started by a fleet that is gone; for a process that does not watch yet.
    public static func isParentGone(environment: [String: String]) -> Bool {
        guard let descriptor = environment[variable].flatMap({ Int32($0) }) else { return false }
        var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&state, 1, 0) > 0
    }
}
