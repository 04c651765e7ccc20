import Fleet
import Glibc
import Synchronization

/// Standard output or standard error. Nothing else in the project writes to them.
///
/// Writes with `write(2)` and `send(2)` alone: calls that trap, print or raise a signal on an error have no place here.
/// A line whose end could not be written is closed by the next write, so that two lines never stand in one.
final class StandardStream: Sendable {
    private struct State {
        /// A second, non-blocking description of a pipe or terminal; the descriptor itself is shared with other
        /// programs, for which it must stay as it is.
        var own: Int32?
        /// The last line was written in part.
        var isCut = false
    }

    /// Below this a pipe that polls as writable takes the whole text at once.
    private static let pipeBytes = 4_096

    private let descriptor: Int32
    private let state = Mutex(State())

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { if let own = state.withLock({ $0.own }) { close(own) } }

    /// Writes all bytes.
    /// - Parameter patience: how long a reader that takes nothing is waited for; nil waits as long as it takes. A file
    ///   whose disk hangs cannot be bounded: the kernel offers no way.
    /// - Throws: `WriteFailure`; part of the bytes may have been written.
    func write(_ bytes: some Collection<UInt8>, patience: Duration?) throws(WriteFailure) {
        let failure: WriteFailure? = state.withLock { state in
            let all = (state.isCut ? [0x0A] : []) + Array(bytes)
            let (count, failure) = writeAll(all, patience: patience, &state.own)
            if count > 0 { state.isCut = failure != nil && all[count - 1] != 0x0A }
            return failure
        }
        if let failure { throw failure }
    }

    /// - Returns: how many bytes were written, and what kept the rest.
    private func writeAll(_ bytes: [UInt8], patience: Duration?, _ own: inout Int32?) -> (Int, WriteFailure?) {
        let deadline = patience.map { ContinuousClock.now + $0 }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { all in
                writeSome(UnsafeRawBufferPointer(rebasing: all[written...]), isBounded: patience != nil, &own)
            }
            if count >= 0 {
                written += count
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                guard waitForReader(until: deadline) else { return (written, .stalled) }
            case EPIPE: return (written, .closed)
            case let code: return (written, .failed(errno: code))
            }
        }
        return (written, nil)
    }

    /// One call of the system; -1 with `errno` when nothing was written.
    private func writeSome(_ bytes: UnsafeRawBufferPointer, isBounded: Bool, _ own: inout Int32?) -> Int {
        guard isBounded else { return Glibc.write(descriptor, bytes.baseAddress, bytes.count) }
        guard let about = FileStatus(descriptor: descriptor) else { return -1 }
        switch about.kind {
        case .socket:
            return send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
        case .pipe, .terminal:
            if own == nil { own = reopened() }
            if let own { return Glibc.write(own, bytes.baseAddress, bytes.count) }
            // Another writer may take the room between the two calls; without a description of its own this process
            // would then wait for the reader.
            guard isWritable(within: 0) else {
                errno = EAGAIN
                return -1
            }
            return Glibc.write(descriptor, bytes.baseAddress, min(bytes.count, Self.pipeBytes))
        case .file, .other:
            return Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        }
    }

    /// Nil where `/proc` is missing or the pipe belongs to another user, as with some containers' output.
    private func reopened() -> Int32? {
        let opened = open("/proc/self/fd/\(descriptor)", O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
        return opened >= 0 ? opened : nil
    }

    /// - Returns: false when nothing could be written until the deadline.
    private func waitForReader(until deadline: ContinuousClock.Instant?) -> Bool {
        guard let deadline else { return isWritable(within: -1) }
        let left = ContinuousClock.now.duration(to: deadline)
        guard left > .zero else { return false }
        return isWritable(within: Int32(clamping: left.components.attoseconds / 1_000_000_000_000_000) + 1)
    }

    /// Whether it is a pipe or socket whose reader is gone, so that the next write will fail.
    var isWithoutReader: Bool {
        var asked = pollfd(fd: descriptor, events: 0, revents: 0)
        guard poll(&asked, 1, 0) > 0 else { return false }
        guard let about = FileStatus(descriptor: descriptor), [.pipe, .socket].contains(about.kind) else {
            return false
        }
        return asked.revents & Int16(POLLERR | POLLHUP) != 0
    }

    /// True also when the next write will fail at once, or the wait was interrupted.
    private func isWritable(within milliseconds: Int32) -> Bool {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&wanted, 1, milliseconds) != 0
    }
}

/// Why something was not written to a standard stream.
enum WriteFailure: Error, Equatable, CustomStringConvertible {
    /// The reader of the pipe is gone.
    case closed
    /// The reader lives, and takes nothing.
    case stalled
    case failed(errno: Int32)

    var description: String {
        switch self {
        case .closed: "its reader is gone"
        case .stalled: "its reader takes nothing"
        case .failed(let code): String(cString: strerror(code))
        }
    }
}
