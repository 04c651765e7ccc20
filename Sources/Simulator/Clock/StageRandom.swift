/// The random numbers of the run, for code that takes a generator of its own.
struct StageRandom: RandomNumberGenerator, Sendable {
    let stage: SimulationScheduler

    mutating func next() -> UInt64 { stage.random { $0.next() } }
}
