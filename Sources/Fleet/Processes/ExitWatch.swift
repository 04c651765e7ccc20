import Dispatch
import Glibc

/// Detects ended children, on one dispatch queue for all of them and without a thread for each.
enum ExitWatch {
    /// One queue, so that reaping never runs twice at once.
    private static let queue = DispatchQueue(label: "flotilla.reaper")
    /// The longest delay of the detection where the kernel offers no descriptor for it.
    private static let pollMilliseconds = 20

    /// Calls `check` whenever the child may have ended, until it returns `true`.
    ///
    /// - Parameter processID: a child not reaped yet, so that its number cannot have been given to another process.
    static func watch(_ processID: Int32, check: @escaping @Sendable () -> Bool) {
        if let descriptor = LinuxCalls.descriptor(ofProcess: processID) {
            let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
            source.setEventHandler {
                source.cancel()
                // A descriptor fires once; when the status is not available yet, the watch polls for it.
                if !check() { poll(check: check) }
            }
            source.setCancelHandler { close(descriptor) }
            source.activate()
        } else {
            poll(check: check)
        }
    }

    /// For kernels before 5.3 and sandboxes that forbid `pidfd_open`.
    static func poll(check: @escaping @Sendable () -> Bool) {
        let source = DispatchSource.makeTimerSource(queue: queue)
        source.setEventHandler { if check() { source.cancel() } }
        source.schedule(deadline: .now(), repeating: .milliseconds(pollMilliseconds))
        source.activate()
    }
}
