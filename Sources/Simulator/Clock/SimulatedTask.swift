/// One line of execution of a simulated process. A process that does several things at once has several.
struct SimulatedTask: Sendable {
    let id: Int
    let life: LifeID
    let name: String

    /// The strand that the code which asks belongs to; nil outside of the simulation.
    @TaskLocal static var current: SimulatedTask?
}

/// A process from its start to its death; the next in the same slot is another one.
struct LifeID: Sendable, Hashable, CustomStringConvertible {
    let slot: Int
    let incarnation: Int
    let slotName: String

    var description: String { "\(slotName).\(incarnation)" }
}
