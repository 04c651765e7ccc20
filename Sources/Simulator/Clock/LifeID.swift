/// A process from its start to its death; the next process in the same slot has another id.
struct LifeID: Sendable, Hashable, CustomStringConvertible {
    let slot: Int
    let incarnation: Int
    let slotName: String

    var description: String { "\(slotName).\(incarnation)" }

    /// The process that the calling task belongs to; nil outside of the simulation.
    @TaskLocal static var current: LifeID?
}
