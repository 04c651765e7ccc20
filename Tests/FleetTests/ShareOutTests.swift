import TestSupport
import Testing

@testable import Fleet

/// Which host runs how many processes of a pool.
struct ShareOutTests {
    private func hosts(_ capacities: Int...) -> [FleetHost] {
        capacities.enumerated().map { FleetHost(id: "host-\($0.offset)", capacity: $0.element) }
    }

    private func shares(_ processes: Int, _ hosts: [FleetHost], pool: String = "trading") -> [String: Int] {
        ShareOut.shares(of: pool, processes, among: hosts)
    }

    @Test func `a single host runs all, and without hosts nothing runs`() {
        #expect(shares(8, hosts(2)) == ["host-0": 8])
        #expect(shares(0, hosts(2)) == ["host-0": 0])
        #expect(shares(-3, hosts(2)) == ["host-0": 0])
        #expect(shares(8, []).isEmpty)
    }

    @Test func `processes go by capacity`() {
        #expect(shares(8, hosts(1, 1, 2)) == ["host-0": 2, "host-1": 2, "host-2": 4])
        #expect(shares(9, hosts(4, 4, 4)) == ["host-0": 3, "host-1": 3, "host-2": 3])
        #expect(shares(6, hosts(0, 1)) == ["host-0": 3, "host-1": 3])
        #expect(shares(512, hosts(Int.max, 1)).values.reduce(0, +) == 512)
    }

    @Test func `pools of one process do not all go to one host`() {
        let three = hosts(4, 4, 4)
        let places = (0..<30).map { number in shares(1, three, pool: "pool-\(number)").first { $0.value == 1 }?.key }
        #expect(Set(places).count == 3)
    }

    /// Random fleets: every host computes the same, and no more moves than has to.
    @Test(arguments: [UInt64(1), 2, 3, 4, 5])
    func `shares are the same everywhere, and move as little as they can`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<200 {
            let all = (0..<Int.random(in: 2...9, using: &random)).map { number in
                FleetHost(id: "h\(number)", capacity: Int.random(in: 1...16, using: &random))
            }
            let processes = Int.random(in: 0...64, using: &random)
            let before = shares(processes, all)
            #expect(before.values.reduce(0, +) == processes)
            #expect(shares(processes, all.shuffled(using: &random)) == before)
            // One more process concerns one host.
            let more = shares(processes + 1, all)
            #expect(all.filter { more[$0.id] != before[$0.id] }.count == 1)
            #expect(all.allSatisfy { more[$0.id] ?? 0 >= before[$0.id] ?? 0 })
            // A host that goes moves its own processes alone; one that comes only takes.
            let gone = all[Int.random(in: 0..<all.count, using: &random)]
            let after = shares(processes, all.filter { $0 != gone })
            #expect(all.filter { $0 != gone }.allSatisfy { after[$0.id] ?? 0 >= before[$0.id] ?? 0 })
            let total = all.reduce(0) { $0 + $1.capacity }
            for host in all {
                let fair = Double(processes * host.capacity) / Double(total)
                #expect(abs(Double(before[host.id] ?? 0) - fair) < 2.5, "seed \(seed): \(all) \(processes)")
            }
        }
    }
}
