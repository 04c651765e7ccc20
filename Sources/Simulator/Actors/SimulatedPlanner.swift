import ScheduleConfiguration
import JobQueue

/// Operations of operators on a schedule: they pause entries and entities, resume them, edit the file of one host,
/// deploy a new one to all hosts or to some, revert it, save half a file, apply the file of one host, activate versions
/// remotely.
struct SimulatedPlanner: Sendable {
    let fleet: SimulatedFleet
    let files: SimulatedFiles
    let schedules: ScheduleInvariants

    func run() async {
        let broker = fleet.broker()
        while await fleet.stage.sleep(for: fleet.stage.random { $0.span(200, 20_000) }) {
            do throws(JobQueueError) {
                try await act(broker)
            } catch {
                guard case .redis = error else { return fleet.stage.violate("a planner was refused: \(error)") }
            }
        }
    }

    private func act(_ broker: Broker) async throws(JobQueueError) {
        let stage = fleet.stage
        switch stage.random({ Int.random(in: 0..<16, using: &$0) }) {
        case 0...4: try await pause(broker)
        case 5, 6: try await resume(broker)
        case 7, 8: await edit()
        case 9: await deploy(stage.random { files.edited(files.newest, using: &$0) })
        case 10: await deploy(earlier())
        case 11: await saveHalf()
        case 12, 13:
            _ = try await broker.schedules.storeSchedule(SimulatedFiles.name(files.text(of: host())), by: "planner")
        default: _ = try await broker.schedules.storeSchedule(SimulatedFiles.name(earlier()), by: "planner")
        }
    }

    private func pause(_ broker: Broker) async throws(JobQueueError) {
        let stage = fleet.stage
        guard let (name, queue) = try choose() else { return }
        let time = stage.random { $0.span(500, 120_000) }
        let catchUp = stage.random { EntryPause.CatchUp.allCases.randomElement(using: &$0) } ?? .skip
        let isForGood = stage.random { $0.happens(2_000) }
        try await broker.schedules.pauseEntry(
            name, in: queue, for: isForGood ? nil : .milliseconds(time), by: "planner", reason: "simulated",
            catchUp: catchUp)
    }

    private func resume(_ broker: Broker) async throws(JobQueueError) {
        guard let (name, queue) = try choose() else { return }
        _ = try await broker.schedules.resumeEntry(name, in: queue)
    }

    private func choose() throws(JobQueueError) -> (name: String, queue: QueueName)? {
        let entries = files.file(0).schedules
        guard let entry = fleet.stage.random({ entries.randomElement(using: &$0) }) else { return nil }
        let entity = fleet.stage.random { $0.happens(5_000) ? "" : "#\($0.span(1, 6))" }
        return (entry.name + entity, try QueueName(entry.queue))
    }

    private func host() -> Int { fleet.stage.random { files.hosts.randomElement(using: &$0) ?? 0 } }

    /// An earlier text that is complete.
    private func earlier() -> Int {
        let whole = files.file(0).schedules.count
        for _ in 0..<8 {
            let text = fleet.stage.random { Int.random(in: 0...files.newest, using: &$0) }
            if files.file(text).schedules.count == whole { return text }
        }
        return 0
    }

    private func edit() async {
        let host = host()
        let text = fleet.stage.random { files.edited(files.text(of: host), using: &$0) }
        schedules.write(text, on: host, at: fleet.stage.moment)
    }

    /// Writes one host after another; some deploys stop halfway.
    private func deploy(_ text: Int) async {
        for host in files.hosts {
            schedules.write(text, on: host, at: fleet.stage.moment)
            if fleet.stage.random({ $0.happens(1_500) }) { return }
            guard await fleet.stage.sleep(for: fleet.stage.random { $0.span(100, 20_000) }) else { return }
        }
    }

    /// Saves half a file; the rest follows always within a minute.
    private func saveHalf() async {
        let host = host()
        let text = fleet.stage.random { files.edited(files.text(of: host), using: &$0) }
        let half = fleet.stage.random { files.halved(text, using: &$0) }
        schedules.write(half, on: host, at: fleet.stage.moment)
        _ = await fleet.stage.sleep(for: fleet.stage.random { $0.span(100, 40_000) })
        schedules.write(text, on: host, at: fleet.stage.moment)
    }
}
