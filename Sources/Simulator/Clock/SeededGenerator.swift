/// Random numbers that depend only on the seed: SplitMix64 (Steele, Lea and Flood, 2014).
struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    /// True in so many cases of ten thousand.
    mutating func happens(_ tenThousandths: Int) -> Bool {
        tenThousandths > 0 && Int.random(in: 0..<10_000, using: &self) < tenThousandths
    }

    /// Each order of magnitude is as likely as any other, so that short and very long spans both occur.
    mutating func span(_ shortest: Int64, _ longest: Int64) -> Int64 {
        var limit = shortest
        let doublings = (0..<63).prefix { shortest << $0 < longest }.count
        for _ in 0..<Int.random(in: 0...max(doublings, 0), using: &self) { limit = min(limit * 2, longest) }
        return Int64.random(in: shortest...max(shortest, limit), using: &self)
    }
}
