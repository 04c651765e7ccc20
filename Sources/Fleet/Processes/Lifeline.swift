import Glibc
import Synchronization

/// A pipe by which children detect that their parent is gone, however it ended.
///
/// Only the parent holds the write end; each child gets the read end. When the parent ends, even by `kill -9`, the
/// kernel closes the write end and every child reads end-of-file. Nothing is ever written.
public final class Lifeline: Sendable {
    let readEnd: Int32
    private let writeEnd: Mutex<Int32?>

    /// - Throws: `FleetError.noPipe` when the process has no descriptors left.
    public init() throws(FleetError) {
        let pipe = try Pipe()
        readEnd = pipe.readEnd
        writeEnd = Mutex(pipe.writeEnd)
    }

    deinit {
        cut()
        close(readEnd)
    }

    /// Closes the write end, so that every child with this lifeline reads end-of-file. Also happens when it is
    /// released.
    public func cut() {
        writeEnd.withLock { end in
            if let open = end { close(open) }
            end = nil
        }
    }
}
