import Time

/// RFC 3339 in UTC with milliseconds.
public enum Timestamp {
    /// Times outside of the years 1 to 9999, which RFC 3339 has not, are brought within.
    /// - Parameter milliseconds: unix milliseconds.
    public static func text(_ milliseconds: Int64) -> String {
        let milliseconds = min(max(milliseconds, -62_135_596_800_000), 253_402_300_799_999)
        let seconds = milliseconds >= 0 ? milliseconds / 1_000 : (milliseconds - 999) / 1_000
        let time = CivilTime(secondsSinceEpoch: seconds)
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return padded(time.year, 4) + "-" + padded(time.month, 2) + "-" + padded(time.day, 2) + "T"
            + padded(time.hour, 2) + ":" + padded(time.minute, 2) + ":" + padded(time.second, 2) + "."
            + padded(Int(milliseconds - seconds * 1_000), 3) + "Z"
    }
}
