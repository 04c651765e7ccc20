/// One place of the fleet as the supervisor keeps it.
struct FleetSlot {
    var worker: PlannedWorker
    /// `nil` while the place waits to be filled again.
    var process: ChildProcess?
    var isDraining = false
    /// Since the process started.
    var uptime: @Sendable () -> Duration = { .zero }
    var history = RestartHistory()
    var isCrashLoop = false
    /// Processes started here so far; tells the end of the current pause from that of an outdated one.
    var processes = 0
    var lastExit: ExitReason?
    /// Callers of `restartAll` that wait for the next process here; `nil` means that none will start.
    var startWaiters: [CheckedContinuation<ChildProcess?, Never>] = []

    init(worker: PlannedWorker) { self.worker = worker }

    var status: WorkerStatus {
        WorkerStatus(
            name: worker.name, pool: worker.pool, processID: process?.processID,
            state: process == nil ? .waiting : isDraining ? .draining : .running,
            uptime: process == nil ? .zero : uptime(), restarts: max(0, processes - 1), lastExit: lastExit,
            isCrashLoop: isCrashLoop)
    }
}

/// Measures elapsed time from now on as durations, because instants of different clocks have no common type.
func stopwatch(_ clock: some Clock<Duration>) -> @Sendable () -> Duration {
    let start = clock.now
    return { start.duration(to: clock.now) }
}
