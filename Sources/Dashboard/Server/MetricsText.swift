/// Metrics in Prometheus' text format.
struct MetricsText: Sendable {
    enum Kind: String, Sendable { case counter, gauge, histogram }

    private(set) var text = ""
    private var name = ""

    /// Begins a family; its samples follow.
    mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    /// A sample of the last family; a value that is no number is left out.
    /// - Parameter suffix: of the name, for the parts of a histogram.
    mutating func sample(_ labels: [(String, String)], _ value: Double, suffix: String = "") {
        guard value.isFinite else { return }
        let written = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
        let number = value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
        text += labels.isEmpty ? "\(name)\(suffix) \(number)\n" : "\(name)\(suffix){\(written)} \(number)\n"
    }

    /// The samples of a histogram.
    /// - Parameters:
    ///   - counts: how many values lay in each range; one more than there are upper bounds.
    ///   - sum: of all values.
    mutating func histogram(_ labels: [(String, String)], bounds: [Double], counts: [Int], sum: Double) {
        var total = 0
        for (bound, count) in zip(bounds.map { "\($0)" } + ["+Inf"], counts) {
            total += count
            sample(labels + [("le", bound)], Double(total), suffix: "_bucket")
        }
        sample(labels, sum, suffix: "_sum")
        sample(labels, Double(total), suffix: "_count")
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
