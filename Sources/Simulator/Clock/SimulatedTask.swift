/// One task of a simulated process. A process with concurrent loops has several.
struct SimulatedTask: Sendable {
    let id: Int
    let life: LifeID
    let name: String

    /// The simulated task of the calling code; nil outside of the simulation.
    @TaskLocal static var current: SimulatedTask?
}

/// A process from its start to its death; the next process in the same slot has another id.
struct LifeID: Sendable, Hashable, CustomStringConvertible {
    let slot: Int
    let incarnation: Int
    let slotName: String

    var description: String { "\(slotName).\(incarnation)" }
}
