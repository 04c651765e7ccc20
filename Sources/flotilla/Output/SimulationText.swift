import Documents
import Forecast

/// A simulation as people and scripts read it.
struct SimulationText {
    let report: SimulationReport
    /// What the schedule asks for if nothing waits, over the same stretch.
    let load: ScheduleLoad
    let notes: [String]

    func printText() {
        let length = Shown.age(milliseconds: report.to - report.from)
        print("\(length) from \(Timestamp.text(report.from)), on a clock of its own")
        print("")
        printEntries()
        print("")
        printQueues()
        for limit in report.limits {
            print("")
            for line in lines(of: limit) { print(line) }
        }
        print("")
        printHours()
        print("")
        for note in notes { print("(\(note))") }
        print(verdict)
    }

    private func printEntries() {
        Terminal.printTable(
            ["ENTRY", "TICKS", "JOBS", "CAUGHT UP", "MISSED", "CLOSED", "OVERLAPS", "REPLACED"],
            report.entries.map { entry in
                [
                    entry.name, "\(entry.enqueued)", "\(entry.jobs)", "\(entry.caughtUp)", "\(entry.missed)",
                    "\(entry.closed)", "\(entry.overlaps)", "\(entry.replaced)",
                ]
            })
    }

    private func printQueues() {
        Terminal.printTable(
            [
                "QUEUE", "STARTED", "LATE P50", "P99", "MAX", "EXPIRED", "TIMED OUT", "WAITING AT MOST",
                "RUNNING AT MOST",
            ],
            report.queues.map { queue in
                [
                    queue.name, "\(queue.started)", Shown.age(milliseconds: queue.latenessMedian),
                    Shown.age(milliseconds: queue.latenessP99), Shown.age(milliseconds: queue.latenessMax),
                    "\(queue.expired)", "\(queue.timedOut)", "\(queue.mostWaiting)", "\(queue.mostRunning)",
                ]
            })
    }

    private func lines(of limit: SimulationReport.LimitStory) -> [String] {
        let window = Shown.age(milliseconds: limit.windowMilliseconds)
        let asked = load.limits.first { $0.name == limit.name }
        let excess = asked.map { $0.excesses.map(\.rawValue).joined(separator: ", ") } ?? ""
        var lines = [
            "limit \(limit.name): \(limit.tokens) tokens; at most \(limit.peak) of \(limit.capacity) in any \(window)"
                + (limit.peakAt.map { " (\(Timestamp.text($0)))" } ?? "")
        ]
        if limit.reserved > 0 {
            let left = limit.leastLeft.map { ", and left \($0) or more" } ?? ""
            lines.append(
                "  those without a reserve took at most \(limit.othersPeak) of "
                    + "\(limit.capacity - limit.reserved)\(left) (\(limit.reserved) are kept)")
        }
        lines.append(
            limit.waits == 0
                ? "  nobody waited for a token"
                : "  \(limit.waits) times a job waited for a token, at most "
                    + Shown.age(milliseconds: limit.longestWait))
        if let asked {
            lines.append(
                "  the schedule itself asks for at most \(asked.peak) in any \(window), \(asked.othersPeak) of them "
                    + "without a reserve" + (excess.isEmpty ? "" : "   " + excess))
        }
        return lines
    }

    /// An hour a row; of more than two days, an hour of the day.
    private func printHours() {
        var rows: [(label: String, hours: [SimulationReport.HourStory])]
        if report.to - report.from <= 48 * 3_600_000 {
            rows = report.hours.map { (String(Timestamp.text($0.from).prefix(16)), [$0]) }
        } else {
            let ofDay = Dictionary(grouping: report.hours) { String(Timestamp.text($0.from).dropFirst(11).prefix(5)) }
            rows = ofDay.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        }
        Terminal.printTable(
            ["HOUR", "JOBS", "TOKENS", "LATE MAX", "FULLEST WINDOW"],
            rows.map { label, hours in
                let fill = min(max(hours.map(\.fill).max() ?? 0, 0), 1_000)
                let marks = min(20, Int((fill * 20).rounded()))
                return [
                    label, "\(hours.reduce(0) { $0 + $1.started } / hours.count)",
                    "\(hours.reduce(0) { $0 + $1.tokens } / hours.count)",
                    Shown.age(milliseconds: hours.map(\.latenessMax).max() ?? 0),
                    String(repeating: "#", count: marks) + String(repeating: ".", count: 20 - marks)
                        + " \(Int((fill * 100).rounded()))%",
                ]
            })
    }

    /// Whether it all went well: no limit broken and none asked for too much, nothing late beyond use.
    var isWell: Bool { report.isWell && !load.isRisky }

    private var verdict: String {
        guard report.entries.contains(where: { $0.enqueued > 0 }) else {
            return "Nothing was simulated: no entry enqueues a job in this time."
        }
        if isWell { return "Well: no limit was exceeded, no reserve touched, nothing expired and nothing piled up." }
        var faults: [String] = []
        for limit in report.limits where limit.isBroken { faults.append("limit \(limit.name) was exceeded") }
        for limit in load.limits where !limit.excesses.isEmpty {
            let words = limit.excesses.map(\.rawValue).joined(separator: " and ")
            faults.append("the schedule asks limit \(limit.name) for too much (\(words))")
        }
        for queue in report.queues {
            if queue.expired > 0 { faults.append("\(queue.expired) jobs of \(queue.name) expired") }
            if queue.timedOut > 0 { faults.append("\(queue.timedOut) attempts of \(queue.name) timed out") }
            if queue.waitingAtEnd > max(10, queue.started / 100) {
                faults.append("\(queue.waitingAtEnd) jobs of \(queue.name) wait at the end")
            }
        }
        return "NOT WELL: \(faults.joined(separator: "; "))."
    }

    var document: SimulationDocument { SimulationDocument(report, load: load, isWell: isWell, notes: notes) }
}
