import Glibc
import Synchronization

/// The streams of this process, and what it means when they cannot be written.
///
/// - A command whose standard output fails ends with 1 and a sentence on standard error. When the reader of a pipe is
///   gone, as with `| head -1`, it ends in silence with 141, as a shell reports every program that lost its reader.
/// - `up`, `worker` and `scheduler` go on without output: their work matters more.
/// - What cannot be written to standard error is dropped; log lines are counted (`LogSink`).
enum StandardStreams {
    static let output = StandardStream(STDOUT_FILENO)
    static let error = StandardStream(STDERR_FILENO)
    /// How long a service waits for a reader that takes nothing.
    static let patience = Duration.milliseconds(100)
    private static let outlivesOutput = Atomic(false)
    private static let printed = Atomic(false)
    /// Whether anything was written to standard output.
    static var hasPrinted: Bool { printed.load(ordering: .relaxed) }
    /// 128 and the number of SIGPIPE.
    private static let readerIsGone: Int32 = 141

    /// To be called before anything opens a descriptor: a socket on the number of a closed stream would get what is
    /// printed. Closed streams are opened on `/dev/null`, and no write ends the process by a signal from here on,
    /// neither to a pipe without a reader nor to a file that has reached the limit of `ulimit -f`.
    static func prepare() {
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free number is the one that was missing.
            let mode = descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY
            if open("/dev/null", mode) < 0 { _ = open("/", O_RDONLY | O_DIRECTORY) }
        }
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
    }

    /// For processes that run services: what they print is dropped when it cannot be written.
    static func outliveOutput() { outlivesOutput.store(true, ordering: .relaxed) }

    /// Writes data to standard output. Does not return from a failure, unless this process outlives its output.
    static func print(_ bytes: some Collection<UInt8>) {
        let outlives = outlivesOutput.load(ordering: .relaxed)
        printed.store(true, ordering: .relaxed)
        do throws(WriteFailure) {
            try output.write(bytes, patience: outlives ? patience : nil)
        } catch {
            guard !outlives else { return }
            guard error != .closed else { _exit(readerIsGone) }
            complain("Standard output cannot be written: \(error). Make room there, or send it elsewhere.\n")
            _exit(ExitStatus.failed.rawValue)
        }
    }

    /// Ends the process as a write would, when the reader of standard output is gone and this process needs one.
    static func endWithoutReader() {
        guard !outlivesOutput.load(ordering: .relaxed), output.isWithoutReader else { return }
        _exit(readerIsGone)
    }

    /// Writes to standard error; what cannot be written is dropped.
    static func complain(_ text: String) {
        let outlives = outlivesOutput.load(ordering: .relaxed)
        try? error.write(Array(text.utf8), patience: outlives ? patience : nil)
    }
}

/// Takes the place of Swift's function, which says nothing of a full disk and takes it for success.
func print(_ items: Any..., separator: String = " ", terminator: String = "\n") {
    let text = items.map { String(describing: $0) }.joined(separator: separator)
    StandardStreams.print(Array((text + terminator).utf8))
}
