/// What happens next, in order of time; events of one moment in the order in which they were added.
struct EventQueue<Event> {
    private var heap: [(at: Int64, number: Int, event: Event)] = []
    private var count = 0

    var next: Int64? { heap.first?.at }

    mutating func add(_ event: Event, at time: Int64) {
        count += 1
        heap.append((time, count, event))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard isBefore(child, parent) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func take() -> (at: Int64, event: Event)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return (first.at, first.event) }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && isBefore(child, least) {
                least = child
            }
            guard least != parent else { return (first.at, first.event) }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        heap[left].at != heap[right].at ? heap[left].at < heap[right].at : heap[left].number < heap[right].number
    }
}

/// Jobs that are ready, in the order in which the queue gives them out: a greater priority first, then the older one.
struct ReadyLine {
    /// By falling priority; none is empty.
    private var lines: [Line] = []
    private(set) var count = 0

    private struct Line {
        let priority: Int
        var jobs: [Int]
        var first = 0
    }

    mutating func add(_ job: Int, priority: Int) {
        count += 1
        let place = lines.firstIndex { $0.priority <= priority } ?? lines.count
        if place < lines.count, lines[place].priority == priority {
            lines[place].jobs.append(job)
        } else {
            lines.insert(Line(priority: priority, jobs: [job]), at: place)
        }
    }

    /// The job whose turn it is; it stays.
    var first: Int? { lines.first.map { $0.jobs[$0.first] } }

    mutating func removeFirst() {
        guard !lines.isEmpty else { return }
        count -= 1
        lines[0].first += 1
        if lines[0].first == lines[0].jobs.count {
            lines.removeFirst()
        } else if lines[0].first > 256, lines[0].first * 2 > lines[0].jobs.count {
            lines[0].jobs.removeFirst(lines[0].first)
            lines[0].first = 0
        }
    }
}
