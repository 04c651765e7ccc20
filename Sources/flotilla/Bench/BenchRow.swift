/// One measured figure.
struct BenchRow {
    let name: String
    let value: Double
    let unit: String

    init(_ name: String, _ value: Double, _ unit: String) {
        self.name = name
        self.value = value
        self.unit = unit
    }

    static func show(_ rows: [BenchRow], asJSON json: Bool) {
        if json {
            JSONDocument.array(
                rows.map {
                    .object([("name", .string($0.name)), ("value", .double($0.value)), ("unit", .string($0.unit))])
                }
            ).printDocument()
        } else {
            Terminal.printTable(["WHAT", "VALUE", "UNIT"], rows.map { [$0.name, Self.text($0.value), $0.unit] })
        }
    }

    private static func text(_ value: Double) -> String {
        value >= 100 ? "\(Int(value.rounded()))" : "\((value * 1_000).rounded() / 1_000)"
    }
}

/// Quantiles of what was measured many times.
struct Quantiles {
    private let sorted: [Double]

    init(_ values: [Double]) { sorted = values.sorted() }

    /// - Parameter share: 0.5 for the median; 0 when nothing was measured.
    subscript(_ share: Double) -> Double {
        sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }
}
