/// How much an order that is still open asks for attention, by its age. Raw values are shown.
public enum OrderUrgency: String, Sendable, CaseIterable {
    case fresh, normal, warning, critical

    /// Fresh for two minutes, normal until five, a warning until ten. Recorded answers fix one, four, eight and
    /// twenty-five minutes; the bounds between them are ours.
    /// - Parameter minutes: whole ones.
    public init(minutes: Int) {
        self =
            switch minutes {
            case ...2: .fresh
            case ...5: .normal
            case ...10: .warning
            default: .critical
            }
    }
}
