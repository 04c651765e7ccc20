import Testing

@testable import CeleryBridge

struct TaskEventBufferTests {
    private let sample = SampleNode()
    private var buffer: TaskEventBuffer { sample.node.events }

    /// Adds an event whose making is counted.
    private func add(_ made: inout Int, _ id: String = "a") {
        var times = 0
        func event() -> TaskEvent {
            times += 1
            return .started(id: id)
        }
        buffer.append(event())
        made += times
    }

    @Test func `no event is made while events are off`() {
        var made = 0
        add(&made)
        buffer.heard(receivers: 3)
        add(&made)
        #expect(made == 0)
        #expect(buffer.count == 0)
    }

    @Test func `no event is made while nobody listens`() {
        #expect(buffer.enable(true))
        #expect(!buffer.enable(true))
        var made = 0
        add(&made)
        #expect(made == 1)
        // The monitor that has asked subscribes a moment later.
        buffer.heard(receivers: 0)
        add(&made)
        #expect(made == 2)
        sample.pass(milliseconds: 5000)
        buffer.heard(receivers: 0)
        add(&made)
        #expect(made == 2)
        #expect(buffer.count == 0)
        buffer.heard(receivers: 1)
        add(&made)
        #expect(made == 3)
    }

    @Test func `events leave in the order of their clocks, the oldest dropped when too many wait`() {
        _ = buffer.enable(true)
        var made = 0
        for number in 0..<(TaskEventBuffer.limit * 2 + 100) { add(&made, String(number)) }
        #expect(buffer.count == TaskEventBuffer.limit)
        #expect(buffer.takeDropped() == TaskEventBuffer.limit + 100)
        #expect(buffer.takeDropped() == 0)
        let entries = buffer.take(atMost: 500) + buffer.take(atMost: TaskEventBuffer.limit)
        #expect(entries.count == TaskEventBuffer.limit)
        #expect(entries.map(\.clock) == entries.map(\.clock).sorted())
        guard case .started("10100")? = entries.first?.event else {
            Issue.record("the oldest event is \(String(describing: entries.first))")
            return
        }
    }

    @Test func `one waits for events, not for each event`() async {
        _ = buffer.enable(true)
        var made = 0
        for _ in 0..<3 { add(&made) }
        var wakeUps = buffer.wakeUps.makeAsyncIterator()
        #expect(await wakeUps.next() != nil)
        #expect(buffer.take(atMost: 10).count == 3)
    }
}
