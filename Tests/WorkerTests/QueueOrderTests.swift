import JobQueue
import TestSupport
import Testing

@testable import Worker

@Suite struct QueueOrderTests {
    let names: [QueueName]

    init() throws { names = try ["execution", "evaluation", "refresh"].map { try QueueName($0) } }

    private func order(
        _ order: ServingOrder, slots: Int = 4, ageing: Duration = .seconds(30), reserved: [QueueName: Int] = [:]
    ) -> QueueOrder {
        QueueOrder(queues: names, slots: slots, order: order, ageing: ageing, reserved: reserved)
    }

    /// One round in which the queues have that many jobs, and what each of them gave.
    private func round(
        _ order: inout QueueOrder, free: Int, at now: Duration, waiting: [Int] = [1_000, 1_000, 1_000],
        running: [QueueName: Int] = [:]
    ) -> [QueueName: Int] {
        var (free, running) = (free, running)
        var given: [QueueName: Int] = [:]
        for queue in order.begin(at: now) where free > 0 {
            let most = order.most(for: queue, free: free, running: running)
            guard most > 0, let place = names.firstIndex(of: queue) else { continue }
            let jobs = min(most, waiting[place])
            order.served(queue, jobs, of: most)
            given[queue] = jobs
            running[queue, default: 0] += jobs
            free -= jobs
        }
        order.end(at: now)
        return given.filter { $0.value > 0 }
    }

    @Test func `in turns each round begins with another queue`() {
        var order = order(.turns)
        let first = (0..<6).map { order.begin(at: .seconds($0))[0].description }
        #expect(first == ["evaluation", "refresh", "execution", "evaluation", "refresh", "execution"])
    }

    @Test func `in strict order a later queue gets what the earlier ones leave`() {
        var order = order(.strict)
        #expect(round(&order, free: 4, at: .zero) == [names[0]: 4])
        #expect(round(&order, free: 4, at: .zero, waiting: [1, 2, 9]) == [names[0]: 1, names[1]: 2, names[2]: 1])
    }

    @Test func `weights are kept over time`() {
        var order = order(.weighted([names[0]: 5, names[1]: 3]))
        var total: [QueueName: Int] = [:]
        for second in 0..<900 {
            total.merge(round(&order, free: 1, at: .milliseconds(second)), uniquingKeysWith: +)
        }
        #expect(names.map { total[$0, default: 0] } == [500, 300, 100])
    }

    @Test func `a queue that was empty has no claim to the time before`() {
        var order = order(.weighted([:]))
        for _ in 0..<100 { _ = round(&order, free: 1, at: .zero, waiting: [1_000, 0, 1_000]) }
        var given: [QueueName: Int] = [:]
        for _ in 0..<30 { given.merge(round(&order, free: 1, at: .zero), uniquingKeysWith: +) }
        #expect(names.allSatisfy { (9...11).contains(given[$0, default: 0]) })
    }

    @Test func `a queue that is passed over comes first once, when the time is over`() {
        let clock = ManualClock()
        var order = order(.strict)
        #expect(round(&order, free: 1, at: clock.now.offset) == [names[0]: 1])
        clock.advance(by: .seconds(29))
        #expect(round(&order, free: 1, at: clock.now.offset) == [names[0]: 1])
        clock.advance(by: .seconds(1))
        #expect(round(&order, free: 1, at: clock.now.offset) == [names[1]: 1])
        #expect(round(&order, free: 1, at: clock.now.offset) == [names[2]: 1])
        #expect(round(&order, free: 1, at: clock.now.offset) == [names[0]: 1])
    }

    @Test func `nobody ages while nothing is served`() {
        var order = order(.strict)
        _ = round(&order, free: 1, at: .zero, waiting: [0, 0, 0])
        _ = round(&order, free: 1, at: .seconds(3_600))
        #expect(round(&order, free: 1, at: .seconds(3_601)) == [names[0]: 1])
    }

    @Test func `reserved slots are used by their queue alone`() {
        let order = order(.turns, reserved: [names[0]: 2])
        #expect(order.most(for: names[1], free: 4, running: [:]) == 2)
        #expect(order.most(for: names[1], free: 4, running: [names[0]: 1]) == 3)
        #expect(order.most(for: names[1], free: 2, running: [names[1]: 2]) == 0)
        #expect(order.most(for: names[0], free: 2, running: [names[1]: 2]) == 2)
        #expect(order.most(for: names[1], free: 1, running: [names[0]: 3]) == 1)
    }

    @Test func `reserves never take every slot from the others`() {
        let order = order(.turns, slots: 3, reserved: [names[0]: 3, names[1]: 3])
        #expect(order.most(for: names[2], free: 3, running: [:]) == 1)
        #expect(order.most(for: names[0], free: 3, running: [:]) == 3)
    }

    /// Everything is full all the time; jobs of evaluation and refresh take 2 s. An execution comes every 5 s.
    @Test(arguments: [ServingOrder.turns, .strict, .weighted([:])])
    func `under full load execution finds a slot, and every queue's wait is bounded`(_ serving: ServingOrder) {
        let clock = ManualClock()
        let full: ServingOrder
        if case .weighted = serving { full = .weighted([names[1]: 9]) } else { full = serving }
        var order = order(full, slots: 4, reserved: [names[0]: 1])
        var ends: [(queue: QueueName, at: Duration)] = []
        var last: [QueueName: Duration] = [:]
        var longest: [QueueName: Duration] = [:]
        for step in 0..<3_000 {
            let now = clock.now.offset
            ends.removeAll { $0.at <= now }
            let running = Dictionary(grouping: ends, by: \.queue).mapValues(\.count)
            let isCalled = step % 50 == 0
            if isCalled { #expect(4 - ends.count >= 1) }
            let given = round(
                &order, free: 4 - ends.count, at: now, waiting: [isCalled ? 1 : 0, 1_000, 1_000], running: running)
            if isCalled { #expect(given[names[0]] == 1) }
            for (queue, jobs) in given {
                longest[queue] = max(longest[queue, default: .zero], now - last[queue, default: .zero])
                last[queue] = now
                for _ in 0..<jobs { ends.append((queue, now + .seconds(queue == names[0] ? 1 : 2))) }
            }
            clock.advance(by: .milliseconds(100))
        }
        for queue in names { #expect(longest[queue, default: .seconds(999)] <= .seconds(34), "\(queue)") }
    }
}
