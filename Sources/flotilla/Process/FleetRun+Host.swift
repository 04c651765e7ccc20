import Fleet
import Foundation
import JobQueue
import Logging
import ScheduleConfiguration

/// A supervisor as one host of the fleet.
extension FleetRun {
    /// How long a replacement has to run before the next process is restarted.
    private static let settle = Duration.seconds(2)

    /// Sends heartbeats and follows this host's share, until cancelled.
    func keepUp(
        _ membership: HostMembership, _ schedule: LiveSchedule, _ supervisor: FleetSupervisor, _ broker: Broker
    ) async {
        let signals = StepSignals()
        let autoscaling = Autoscaling(composition, broker)
        let (turns, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        signal.yield()
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await step in signals.steps {
                    await membership.step(step, schedule.file)
                    signal.yield()
                }
            }
            group.addTask {
                while (try? await ContinuousClock().sleep(for: HostMembership.interval)) != nil { signal.yield() }
            }
            group.addTask { await rollWhenAsked(membership, schedule, supervisor) }
            var missed: Set<String> = []
            var last: (counts: [String: Int]?, pools: [WorkerPool]) = (nil, [])
            for await _ in turns {
                let file = schedule.file
                let all = await supervisor.snapshot()
                await membership.note(all.filter { worker in file.pools.contains { $0.name == worker.pool } })
                let running = all.filter { $0.state == .running }
                let pools = Dictionary(grouping: running, by: \.pool).mapValues(\.count)
                guard await membership.beat(running: pools) else { continue }
                let counts = await membership.counts(file)
                if counts != last.counts {
                    await follow(file, supervisor, membership, isScaled: file.pools == last.pools)
                }
                last = (counts, file.pools)
                if let state = await membership.stateToDecide {
                    await holdOrders(after: state.silent.filter { missed.insert($0.instance).inserted }, broker)
                    await autoscaling.turn(state, file)
                }
            }
            group.cancelAll()
        }
    }

    /// Holds orders after hosts that fell silent. One that cannot be held for now is held when its mark is found.
    private func holdOrders(after silent: [HostReport], _ broker: Broker) async {
        for host in silent {
            do throws(JobQueueError) {
                try await OrderHold(broker: broker, logger: composition.logger).begin(
                    after: host.id, instance: host.instance, name: host.name)
            } catch { composition.logger.warning("orders are not held after host \(host.name) fell silent: \(error)") }
        }
    }

    /// Restarts the processes of this host one after the other, whenever an operator asks all hosts for it.
    private func rollWhenAsked(
        _ membership: HostMembership, _ schedule: LiveSchedule, _ supervisor: FleetSupervisor
    ) async {
        let logger = composition.logger
        while (try? await ContinuousClock().sleep(for: .milliseconds(500))) != nil {
            guard let number = await membership.dueRestart else { continue }
            logger.notice("rolling restart \(number) begins on this host")
            do throws(FleetError) {
                try await supervisor.restartAll(grace: Self.grace(of: schedule.file), settle: Self.settle)
                logger.notice("rolling restart \(number) is done on this host")
                await membership.endRestart(number, stopped: false)
            } catch {
                guard !Task.isCancelled else { return }
                logger.error("\(error)")
                await membership.endRestart(number, stopped: true)
            }
        }
    }
}
