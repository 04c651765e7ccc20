import Documents

/// One measured figure.
struct BenchRow {
    let name: String
    let value: Double
    let unit: String
    /// What the figure alone does not say, in one line.
    var note: String?

    init(_ name: String, _ value: Double, _ unit: String, note: String? = nil) {
        self.name = name
        self.value = value
        self.unit = unit
        self.note = note
    }

    static func show(_ rows: [BenchRow], asJSON json: Bool) {
        guard json else {
            let cells = rows.map { [$0.name, Self.text($0.value), $0.unit, $0.note ?? ""] }
            return Terminal.printTable(["WHAT", "VALUE", "UNIT", ""], cells)
        }
        Terminal.printDocument(
            rows.map { FigureDocument(name: $0.name, value: $0.value, unit: $0.unit, note: $0.note) })
    }

    private static func text(_ value: Double) -> String {
        value >= 100 ? "\(Int(value.rounded()))" : "\((value * 1_000).rounded() / 1_000)"
    }
}

/// Quantiles of what was measured many times.
struct Quantiles {
    private let sorted: [Double]

    init(_ values: [Double]) { sorted = values.sorted() }

    /// - Parameter share: 0 for the least, 0.5 for the median; 0 when nothing was measured.
    subscript(_ share: Double) -> Double {
        sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }
}
