/// The share of a spread by which one entry, or one entity of it, is delayed: stable, not random.
public enum SpreadOffset {
    /// FNV-1a (64 bits) over the UTF-8 of `entry`, a zero byte and `entity`, mixed and then taken modulo the spread.
    ///
    /// The same on every host and after every restart, so plans and simulations are exact.
    /// - Returns: 0 up to, not including, `spreadMilliseconds`; 0 when there is no spread.
    public static func milliseconds(entry: String, entity: String = "", spreadMilliseconds: Int64) -> Int64 {
        guard spreadMilliseconds > 0 else { return 0 }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in Array(entry.utf8) + [0] + Array(entity.utf8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        // FNV changes few high bits between "1" and "2"; the finalizer of MurmurHash3 spreads the bots evenly.
        hash = (hash ^ (hash >> 33)) &* 0xFF51_AFD7_ED55_8CCD
        hash = (hash ^ (hash >> 33)) &* 0xC4CE_B9FE_1A85_EC53
        return Int64((hash ^ (hash >> 33)) % UInt64(spreadMilliseconds))
    }
}
