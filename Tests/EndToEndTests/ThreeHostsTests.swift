import Foundation
import ProgramSupport
import TestSupport
import Testing

extension EndToEnd {
    /// Three hosts, each a network namespace of its own, share one Redis.
    @Suite(.serialized) struct ThreeHostsTests {
        @Test(.timeLimit(.minutes(5)))
        func `three hosts scale under load, one is cut off and heals, one dies, and no job is lost`() async throws {
            let lab: NetworkLab
            do { lab = try await NetworkLab.make(3) } catch {
                print("three hosts: SKIPPED, no network namespaces can be made here. As root with iproute2: \(error)")
                return
            }
            let options = TemporaryRedis.Options(
                arguments: ["--bind", "127.0.0.1", lab.address, "--protected-mode", "no"])
            do {
                try await withRedis(options, environment: Schedules.testJobs) { sandbox, redis in
                    let fleet = HostsOfTest(sandbox: sandbox)
                    let url = "redis://\(lab.address):\(redis.port)/0"
                    // Host c has twice the weight of the others.
                    for (name, place) in zip(["a", "b", "c"], lab.hosts) {
                        let words = ["fleet", "--host", name, "--capacity", name == "c" ? "2" : "1", "--redis", url]
                        _ = try sandbox.launch(
                            "ip", ["netns", "exec", place, try await BuiltProgram.path()] + words,
                            environment: ["REDIS_URL": url])
                    }
                    try await waitsForASchedule(sandbox)
                    try await fleet.activate(HostsOfTest.schedule("processes: 4, concurrency: 2"))
                    try await fleet.run(["a": 1, "b": 1, "c": 2], within: .seconds(30))
                    try await scales(fleet)
                    try await isCutOff(fleet, lab)
                    try await dies(fleet, lab)
                    try await fleet.losesNothing(of: 1_400)
                }
            } catch {
                await lab.close()
                throw error
            }
            await lab.close()
        }

        private func waitsForASchedule(_ sandbox: Sandbox) async throws {
            try await eventually("all three wait", within: .seconds(30), every: .milliseconds(100)) {
                (1...3).allSatisfy { sandbox.read("run-\($0).err").contains("waiting for a schedule") }
            }
        }

        private func scales(_ fleet: HostsOfTest) async throws {
            try await fleet.load(800, milliseconds: 200)
            try await fleet.scale("all=8")
            let up = try await fleet.run(["a": 2, "b": 2, "c": 4])
            try await fleet.scale("all=3", "--reason", "a quiet night")
            let down = try await fleet.run(["a": 1, "b": 1, "c": 1])
            try await fleet.scale("all=8")
            try await fleet.run(["a": 2, "b": 2, "c": 4])
            print("three hosts: from 4 to 8 processes in \(up), from 8 to 3 in \(down)")
            #expect(up < .seconds(15) && down < .seconds(15))
        }

        private func isCutOff(_ fleet: HostsOfTest, _ lab: NetworkLab) async throws {
            try await fleet.load(300, milliseconds: 100)
            let before = try await lab.processes(lab.hosts[1])
            try await lab.cut(lab.hosts[1])
            // Its workers still run and reach nothing; the others take over its share.
            let moved = try await fleet.run(["a": 3, "c": 5], within: .seconds(25), workers: false)
            #expect(Set(try await lab.processes(lab.hosts[1])).isSuperset(of: before))
            try await lab.heal(lab.hosts[1])
            let healed = try await fleet.run(["a": 2, "b": 2, "c": 4], within: .seconds(45))
            print("three hosts: the share of the one cut off moved in \(moved), and was back \(healed) after it healed")
            #expect(moved < .seconds(16))
        }

        private func dies(_ fleet: HostsOfTest, _ lab: NetworkLab) async throws {
            try await fleet.load(300, milliseconds: 100)
            for pid in try await lab.processes(lab.hosts[2]) { kill(pid, SIGKILL) }
            let moved = try await fleet.run(["a": 4, "b": 4], within: .seconds(25), workers: false)
            print("three hosts: the share of the one that died moved in \(moved)")
            #expect(moved < .seconds(15))
        }
    }
}
