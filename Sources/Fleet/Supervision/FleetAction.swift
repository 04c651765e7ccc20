import Glibc
import Logging

let killSignal = SIGKILL

/// An action that `run()` carries out outside the actor.
enum FleetAction {
    /// Await the end of a new process and report it.
    case follow(PlannedWorker, ChildProcess, uptime: @Sendable () -> Duration)
    /// Fill a place again after a pause.
    case wait(name: String, processes: Int, pause: Duration)
    /// SIGTERM, and SIGKILL after the grace.
    case drain(ChildProcess, grace: Duration)
}

extension FleetSupervisor {
    /// Changes the table of places as the event demands; returns the actions that remain.
    func actions(for event: Event) -> [FleetAction] {
        switch event {
        case .changed:
            return reconcile()
        case .exited(let exit):
            return ended(exit)
        case .due(let name, let processes):
            guard !isStopping, let slot = slots[name], slot.process == nil, slot.processes == processes else {
                return []
            }
            return start(slot.worker)
        case .drain(let name, let grace):
            return drain(name, grace: grace)
        case .shutDown: return actions(for: .stop(grace: grace))
        case .stop(let grace):
            isStopping = true
            logger.info("stopping", metadata: ["workers": "\(slots.values.count { $0.process != nil })"])
            return slots.keys.sorted().flatMap { drain($0, grace: grace) }
        }
    }

    /// Brings the table closer to the plan. Places that wait out a pause count as running: they are filled again
    /// anyway.
    func reconcile() -> [FleetAction] {
        guard !isStopping else { return [] }
        let changes = plan.changes(from: slots.values.map(\.worker))
        var actions: [FleetAction] = []
        for name in changes.drain where slots[name]?.process == nil { remove(name) }
        // A place without a process starts the new command at once: the old one may have caused the deaths.
        for worker in changes.replace where slots[worker.name]?.process == nil { actions += start(worker) }
        for worker in changes.start { actions += start(worker) }
        if drainsSurplusAtOnce {
            for name in changes.drain where slots[name]?.isDraining == false { actions += drain(name, grace: grace) }
        }
        // One at a time, and none that drains already: some programs treat a second SIGTERM as a request to end at
        // once.
        guard !slots.values.contains(where: \.isDraining) else { return actions }
        let leaving = (changes.drain + changes.replace.map(\.name)).filter { slots[$0]?.process != nil }
        if let next = leaving.min(by: { drainsBefore($0, $1) }) { actions += drain(next, grace: grace) }
        return actions
    }

    /// Workers of the last pools drain last; within a pool the highest number drains first.
    private func drainsBefore(_ one: String, _ other: String) -> Bool {
        func rank(_ name: String) -> (Int, Int, String) {
            let isLast = slots[name].map { lastPools.contains($0.worker.pool) } ?? false
            return (isLast ? 1 : 0, -name.count, name)
        }
        let (left, right) = (rank(one), rank(other))
        return (left.0, left.1) == (right.0, right.1) ? left.2 > right.2 : (left.0, left.1) < (right.0, right.1)
    }

    func carryOut(_ actions: [FleetAction], in group: inout DiscardingTaskGroup) {
        let (clock, events, onExit) = (clock, events, onExit)
        for action in actions {
            switch action {
            case .follow(let worker, let process, let uptime):
                group.addTask {
                    let exit = await process.exit()
                    let lived = uptime()
                    let wasDraining = await self.isDraining(worker.name)
                    let report = WorkerExit(
                        name: worker.name, pool: worker.pool, processID: process.processID, exit: exit, uptime: lived,
                        wasDraining: wasDraining)
                    await onExit(report)
                    events.yield(.exited(report))
                }
            case .wait(let name, let processes, let pause):
                group.addTask {
                    // Cancelled only when the fleet ends; then no restart is due any more.
                    guard (try? await clock.sleep(for: pause)) != nil else { return }
                    events.yield(.due(name: name, processes: processes))
                }
            case .drain(let process, let grace):
                group.addTask { await endProcess(process, grace: grace, clock: clock) }
            }
        }
    }

    private func isDraining(_ name: String) -> Bool { slots[name]?.isDraining ?? true }

    private func start(_ worker: PlannedWorker) -> [FleetAction] {
        var slot = slots[worker.name] ?? FleetSlot(worker: worker)
        slot.worker = worker
        slot.isDraining = false
        slot.processes += 1
        defer { slots[worker.name] = slot }
        do throws(FleetError) {
            let process = try ChildProcess(
                worker.command.adding(Self.nameVariable, worker.name), link: .watches(lifeline),
                output: output.childOutput(of: worker.name))
            let uptime = stopwatch(self.clock)
            slot.process = process
            slot.uptime = uptime
            for waiter in slot.startWaiters { waiter.resume(returning: process) }
            slot.startWaiters = []
            logger.info("worker started", metadata: ["worker": "\(worker.name)", "pid": "\(process.processID)"])
            return [.follow(worker, process, uptime: uptime)]
        } catch {
            logger.error("\(error)", metadata: ["worker": "\(worker.name)"])
            slot.process = nil
            for waiter in slot.startWaiters { waiter.resume(returning: nil) }
            slot.startWaiters = []
            if case .cannotStart(_, let code) = error {
                return [pause(&slot, after: .notStarted(errno: code), uptime: .zero)]
            }
            return [pause(&slot, after: .notStarted(errno: EMFILE), uptime: .zero)]
        }
    }

    private func drain(_ name: String, grace: Duration) -> [FleetAction] {
        guard let process = slots[name]?.process else { return [] }
        slots[name]?.isDraining = true
        return [.drain(process, grace: grace)]
    }

    private func ended(_ exit: WorkerExit) -> [FleetAction] {
        guard var slot = slots[exit.name] else { return [] }
        let wasDraining = slot.isDraining
        log(exit, wasDraining: wasDraining)
        slot.process = nil
        slot.isDraining = false
        slot.lastExit = exit.exit.reason
        slots[exit.name] = slot
        guard !isStopping, let wanted = plan.workers.first(where: { $0.name == exit.name }) else {
            remove(exit.name)
            return reconcile()
        }
        if wasDraining { return start(wanted) + reconcile() }
        slot.worker = wanted
        let action = pause(&slot, after: exit.exit.reason, uptime: exit.uptime)
        slots[exit.name] = slot
        if case .wait(_, _, .zero) = action { return start(wanted) }
        return [action]
    }

    /// Applies the restart policy, and reports a crash loop at each further death.
    private func pause(_ slot: inout FleetSlot, after reason: ExitReason, uptime: Duration) -> FleetAction {
        let decision = policy.decision(after: reason, uptime: uptime, history: slot.history, using: &self.random)
        slot.history = decision.history
        slot.isCrashLoop = decision.isCrashLoop
        slot.lastExit = reason
        if decision.isCrashLoop {
            logger.error(
                "worker keeps dying; it is tried again until it stays up",
                metadata: [
                    "worker": "\(slot.worker.name)", "deaths": "\(decision.history.earlyDeaths)", "last": "\(reason)",
                    "again_in": "\(decision.delay)",
                ])
        }
        return .wait(name: slot.worker.name, processes: slot.processes, pause: decision.delay)
    }

    private func remove(_ name: String) {
        let slot = slots.removeValue(forKey: name)
        for waiter in slot?.startWaiters ?? [] { waiter.resume(returning: nil) }
    }

    private func log(_ exit: WorkerExit, wasDraining: Bool) {
        logger.log(
            level: wasDraining || exit.exit.reason.isClean ? .info : .error, "worker ended",
            metadata: [
                "worker": "\(exit.name)", "pid": "\(exit.processID)", "how": "\(exit.exit.reason)",
                "max_rss_bytes": "\(exit.exit.maxRSSBytes)", "uptime": "\(exit.uptime)",
            ])
    }
}

/// SIGTERM, and SIGKILL once the grace is over or this task is cancelled; returns when the process is gone.
private func endProcess(_ process: ChildProcess, grace: Duration, clock: any Clock<Duration>) async {
    process.signal(SIGTERM)
    await withDiscardingTaskGroup { group in
        group.addTask {
            _ = try? await clock.sleep(for: grace)
            // Has no effect when the process has ended; its end also cancels the sleep.
            process.signal(SIGKILL)
        }
        _ = await process.exit()
        group.cancelAll()
    }
}
