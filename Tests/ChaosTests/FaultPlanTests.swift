import Testing

struct FaultPlanTests {
    @Test func `a seed gives the same faults again`() {
        let plans = [7, 7, 8].map { FaultPlan(seed: $0, length: .seconds(600)).faults }
        #expect(plans[0] == plans[1])
        #expect(plans[0] != plans[2])
    }

    @Test func `twenty minutes have two hundred faults, a minute has most kinds`() {
        for seed in UInt64(1)...50 {
            #expect(FaultPlan(seed: seed, length: .seconds(1_200)).faults.count >= 200)
            #expect(Set(FaultPlan(seed: seed, length: .seconds(60)).faults.map(\.kind)).count >= 7)
        }
    }

    @Test func `nothing is broken twice at a time, and all is mended at the end`() {
        for seed in UInt64(1)...50 {
            let faults = FaultPlan(seed: seed, length: .seconds(300)).faults
            for (number, fault) in faults.enumerated() {
                #expect(fault.at + fault.length <= .seconds(300))
                let same = faults[..<number].filter { $0.kind.subject == fault.kind.subject }
                #expect(same.allSatisfy { $0.at + $0.length < fault.at })
            }
        }
    }
}
