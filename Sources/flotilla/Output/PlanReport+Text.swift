import Forecast
import Operations

extension PlanReport {
    func printText() {
        for line in changeLines { print(line) }
        guard !plan.difference.isEmpty else { return print("No change: both files mean the same.") }
        print("")
        Terminal.printTable(Self.queueHeads, queueRows)
        for line in limitLines { print(line) }
        print("")
        for note in notes { print("(\(note))") }
        for line in warnings { print(line) }
        print(summary)
    }
}
