/// One measured figure: `bench`.
public struct FigureDocument: Encodable, Sendable {
    let name: String
    let value: Double
    let unit: String
    @OrNull var note: String?

    /// - Parameters:
    ///   - name: what was measured.
    ///   - note: what the figure alone does not say, in one line.
    public init(name: String, value: Double, unit: String, note: String?) {
        self.name = name
        self.value = value
        self.unit = unit
        self.note = note
    }
}
