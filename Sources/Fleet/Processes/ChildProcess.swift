import Dispatch
import Glibc
import Synchronization

/// A process that this one has started, from `posix_spawn` to the last of its process group.
///
/// It leads a process group of its own, so the terminal's Ctrl-C reaches only the parent, and a signal reaches its
/// children too. It inherits no descriptor but standard input (`/dev/null`), output, error and, as 3, the lifeline.
/// When it ends, the parent kills the rest of its group: no process that it started outlives it, unless that process
/// left the group on purpose.
public final class ChildProcess: Sendable {
    /// Number under which the child finds the read end of its lifeline.
    static let lifelineDescriptor: Int32 = 3

    /// Also the number of the process group. Once the child has ended the number may belong to another process.
    public let processID: Int32
    private let state = Mutex(State())

    private struct State {
        var exit: ProcessExit?
        var waiters: [CheckedContinuation<ProcessExit, Never>] = []
    }

    /// Starts the program and returns when it runs. The process is reaped even if this value is released.
    ///
    /// - Parameters:
    ///   - link: ends the child when this process is gone; the lifeline may be shared by any number of children.
    ///   - output: the destination of standard output and standard error.
    /// - Throws: `FleetError.cannotStart` or `.noPipe`; no process exists then. A guarded program that cannot be
    ///   executed is not an error here: its shell ends with status 126 or 127.
    public init(_ wanted: ProcessCommand, link: ParentLink, output: ChildOutput = .inherited) throws(FleetError) {
        let command = link.command(for: wanted, descriptor: Self.lifelineDescriptor)
        let lifeline = link.lifeline
        switch output {
        case .inherited:
            processID = try spawn(command, lifeline: lifeline.readEnd, output: nil)
        case .lines(let receive):
            let pipe = try Pipe()
            do {
                processID = try spawn(command, lifeline: lifeline.readEnd, output: pipe.writeEnd)
            } catch {
                close(pipe.readEnd)
                close(pipe.writeEnd)
                throw error
            }
            close(pipe.writeEnd)
            LineReader.read(pipe.readEnd, receive: receive)
        }
        // The lifeline must not close between its number being read and the child having its copy.
        withExtendedLifetime(lifeline) {}
        ExitWatch.watch(processID) { [self] in reap() }
    }

    /// Sends a signal to the whole process group.
    ///
    /// - Returns: `false` when the process has ended; nothing is sent then, so a reused number is never hit.
    @discardableResult
    public func signal(_ number: Int32) -> Bool {
        state.withLock { $0.exit == nil && kill(-processID, number) == 0 }
    }

    /// Waits until the process has ended and been reaped. Any number of callers may wait; a cancelled one waits on.
    public func exit() async -> ProcessExit {
        await withCheckedContinuation { continuation in
            let known: ProcessExit? = state.withLock { state in
                if state.exit == nil { state.waiters.append(continuation) }
                return state.exit
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    /// Takes the status if the process has ended, and kills the rest of its group.
    ///
    /// The group is killed while its leader is still a zombie: until then the kernel does not give its number away.
    private func reap() -> Bool {
        let (ended, waiters): (ProcessExit?, [CheckedContinuation<ProcessExit, Never>]) = state.withLock { state in
            guard state.exit == nil else { return (nil, []) }
            var seen = siginfo_t()
            let result = waitid(P_PID, id_t(processID), &seen, WEXITED | WNOHANG | WNOWAIT)
            if result == 0, seen.si_signo == 0 { return (nil, []) }
            if result != 0, errno == EINTR { return (nil, []) }
            kill(-processID, SIGKILL)
            let exit = collectStatus()
            defer { state.waiters = [] }
            state.exit = exit
            return (exit, state.waiters)
        }
        guard let ended else { return false }
        for waiter in waiters { waiter.resume(returning: ended) }
        return true
    }

    private func collectStatus() -> ProcessExit {
        var status: Int32 = 0
        var usage = rusage()
        guard wait4(processID, &status, 0, &usage) == processID else { return ProcessExit(reason: .unknown) }
        // wait(2): the low seven bits hold the signal, or zero for an exit whose status is in the next byte.
        let signal = status & 0x7f
        let reason: ExitReason = signal == 0 ? .exited((status >> 8) & 0xff) : .signalled(signal)
        let time = duration(of: usage.ru_utime) + duration(of: usage.ru_stime)
        return ProcessExit(reason: reason, maxRSSBytes: usage.ru_maxrss * 1024, processorTime: time)
    }

    private func duration(of time: timeval) -> Duration {
        .seconds(time.tv_sec) + .microseconds(time.tv_usec)
    }
}

/// Where a child's standard output and standard error go.
public enum ChildOutput: Sendable {
    /// To the same place as the parent's.
    case inherited
    /// Both, in order, to a closure: each line without its end, then `nil` once no process can write any more.
    ///
    /// Called on a dispatch queue, one call at a time; while it runs the child's writes wait once the pipe is full.
    case lines(@Sendable (String?) -> Void)
}
