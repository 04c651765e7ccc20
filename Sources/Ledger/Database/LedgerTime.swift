import Foundation

/// A time as the shared database spells it: `YYYY-MM-DD HH:MM:SS.ffffff` in UTC, without a zone.
///
/// SQLAlchemy refuses other spellings, so exactly this is written. Reading is tolerant: with or without fraction, `T`
/// for the space, `Z` or an offset at the end.
struct LedgerTime: Sendable, Equatable {
    let date: Date

    init(_ date: Date) { self.date = date }

    /// `nil` for anything that is not a time; a row with such text stays readable.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let day = LedgerTime.day(bytes) else { return nil }
        guard bytes.count > 10 else {
            self.init(Date(timeIntervalSince1970: Double(day) * 86_400))
            return
        }
        guard bytes.count >= 19, bytes[10] == 0x20 || bytes[10] == 0x54, bytes[13] == 0x3A, bytes[16] == 0x3A,
            let hour = LedgerTime.number(bytes[11..<13]), let minute = LedgerTime.number(bytes[14..<16]),
            let second = LedgerTime.number(bytes[17..<19]), hour < 24, minute < 60, second < 61
        else { return nil }
        var rest = bytes[19...]
        guard let micro = LedgerTime.fraction(&rest), let offset = LedgerTime.offset(rest) else { return nil }
        let seconds = day * 86_400 + hour * 3600 + minute * 60 + second - offset
        self.init(Date(timeIntervalSince1970: Double(seconds) + Double(micro) / 1_000_000))
    }

    /// As written to DATETIME columns. Rounded to microseconds.
    var text: String { spelled(separator: " ") }

    /// As written to `raw_trades.created_at`, which is ISO text with `Z`.
    var isoText: String { spelled(separator: "T") + "Z" }

    private func spelled(separator: String) -> String {
        // What no column can hold is written as the nearest that it can.
        let seconds1970 = date.timeIntervalSince1970.isNaN ? 0 : date.timeIntervalSince1970
        let micros = Int64((min(max(seconds1970, Self.earliest), Self.latest) * 1_000_000).rounded())
        let (seconds, micro) = LedgerTime.floored(micros, by: 1_000_000)
        let (days, second) = LedgerTime.floored(seconds, by: 86_400)
        let (year, month, day) = LedgerTime.civil(days)
        return pad(year, 4) + "-" + pad(month, 2) + "-" + pad(day, 2) + separator + pad(second / 3600, 2) + ":"
            + pad(second / 60 % 60, 2) + ":" + pad(second % 60, 2) + "." + pad(micro, 6)
    }

    /// 0001-01-01 and the last second of 9999, in unix seconds.
    private static let earliest: TimeInterval = -62_135_596_800
    private static let latest: TimeInterval = 253_402_300_799

    private func pad(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func floored(_ value: Int64, by unit: Int64) -> (Int64, Int64) {
        let rest = ((value % unit) + unit) % unit
        return ((value - rest) / unit, rest)
    }

    /// Days since 1970-01-01 to a proleptic Gregorian date (Hinnant, "chrono-compatible low-level date algorithms").
    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = floored(days + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    /// The inverse for `YYYY-MM-DD` at the start of `bytes`; `nil` for a date that does not exist.
    private static func day(_ bytes: [UInt8]) -> Int64? {
        guard bytes.count >= 10, bytes[4] == 0x2D, bytes[7] == 0x2D, let year = number(bytes[0..<4]),
            let month = number(bytes[5..<7]), let day = number(bytes[8..<10]), (1...12).contains(month), day >= 1
        else { return nil }
        let (era, yearOfEra) = floored(month <= 2 ? year - 1 : year, by: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        return civil(days) == (year, month, day) ? days : nil
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        var value: Int64 = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            value = value * 10 + Int64(digit - 0x30)
        }
        return digits.isEmpty ? nil : value
    }

    /// Microseconds of a leading `.ffffff`, which it removes; further digits are cut. 0 without a fraction.
    private static func fraction(_ rest: inout ArraySlice<UInt8>) -> Int64? {
        guard rest.first == 0x2E else { return 0 }
        let digits = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
        rest = rest.dropFirst(digits.count + 1)
        return number(digits.prefix(6)).map { value in
            (digits.count..<max(6, digits.count)).reduce(value) { x, _ in x * 10 }
        }
    }

    /// Seconds east of Greenwich of an empty rest, `Z` or `±HH:MM`.
    private static func offset(_ rest: ArraySlice<UInt8>) -> Int64? {
        let bytes = Array(rest)
        if bytes.isEmpty || bytes == [0x5A] { return 0 }
        guard bytes.count == 6, bytes[3] == 0x3A, bytes[0] == 0x2B || bytes[0] == 0x2D,
            let hours = number(bytes[1..<3]), let minutes = number(bytes[4..<6])
        else { return nil }
        return (bytes[0] == 0x2D ? -1 : 1) * (hours * 3600 + minutes * 60)
    }
}
