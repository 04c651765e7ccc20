import Glibc

/// Two ends of a pipe that no child inherits by accident.
///
/// Both are close-on-exec and numbered from 10 up, so that they never take a number that a child has to receive.
struct Pipe: ~Copyable {
    let readEnd: Int32
    let writeEnd: Int32

    init() throws(FleetError) {
        var low: [Int32] = [-1, -1]
        guard LinuxCalls.pipeClosedOnExec(&low) else { throw .noPipe(errno: errno) }
        let read = fcntl(low[0], F_DUPFD_CLOEXEC, 10)
        let write = fcntl(low[1], F_DUPFD_CLOEXEC, 10)
        let problem = errno
        close(low[0])
        close(low[1])
        guard read >= 0, write >= 0 else {
            if read >= 0 { close(read) }
            if write >= 0 { close(write) }
            throw .noPipe(errno: problem)
        }
        readEnd = read
        writeEnd = write
    }
}
