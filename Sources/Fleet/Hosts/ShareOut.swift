/// Shares the processes of a pool out over hosts by their capacity.
///
/// Every host computes it for itself from the same numbers, and all get the same result. Processes are given out one at
/// a time, each to the host that has the fewest for its capacity (the method of Webster and Sainte-Laguë). So one more
/// process changes the share of one host alone; when a host goes, only its own processes move; and when one comes, it
/// only takes, and nothing moves between the others. Largest remainders would not keep these promises.
public enum ShareOut {
    /// How many processes of a pool run on each host, by id.
    /// - Parameters:
    ///   - processes: of the whole fleet; below 0 counts as 0.
    ///   - hosts: those that run the pool, in any order; their ids differ.
    /// - Returns: a number for every host; empty without hosts.
    public static func shares(of pool: String, _ processes: Int, among hosts: [FleetHost]) -> [String: Int] {
        // Hosts that are equal otherwise get their first process in another order for each pool.
        let ranked = hosts.map { (host: $0, rank: rank(pool, $0.id)) }
            .sorted { ($0.rank, $0.host.id) < ($1.rank, $1.host.id) }.map(\.host)
        guard !ranked.isEmpty else { return [:] }
        var shares = [Int](repeating: 0, count: ranked.count)
        for _ in 0..<max(0, processes) {
            var next = 0
            for candidate in 1..<max(1, ranked.count) {
                // (2a + 1) / capacity, compared without a division.
                let left = (2 * shares[candidate] + 1) * ranked[next].capacity
                let right = (2 * shares[next] + 1) * ranked[candidate].capacity
                if left < right { next = candidate }
            }
            shares[next] += 1
        }
        return Dictionary(zip(ranked.map(\.id), shares)) { $0 + $1 }
    }

    /// FNV-1a with a finalizer: the same on every host and in every process, unlike `Hasher`.
    private static func rank(_ pool: String, _ host: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in Array(pool.utf8) + [0] + Array(host.utf8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        hash = (hash ^ (hash >> 33)) &* 0xFF51_AFD7_ED55_8CCD
        return hash ^ (hash >> 33)
    }
}
