/// Times as Python's `datetime.isoformat` writes them and `fromisoformat` reads them, in unix milliseconds.
package enum ISOTime {
    /// The time of a text; without an offset it is UTC. The years 1 to 9999, as in Python.
    /// - Returns: nil when it is not ISO 8601.
    package static func milliseconds(_ text: String) -> Int64? {
        var reader = Reader(bytes: Array(text.utf8))
        guard let year = reader.number(4), year > 0, reader.take("-"), let month = reader.number(2), reader.take("-"),
            let day = reader.number(2), (1...12).contains(month), day >= 1, day <= days(in: month, of: year)
        else { return nil }
        var seconds = Int64(self.days(year, month, day)) * 86_400
        var millis: Int64 = 0
        if !reader.isAtEnd {
            guard reader.take("T") || reader.take("t") || reader.take(" "), let time = reader.time(),
                let offset = reader.offset(), reader.isAtEnd
            else { return nil }
            seconds += time.seconds - offset
            millis = time.millis
        }
        return seconds * 1000 + millis
    }

    /// The time in UTC with `+00:00`, microseconds only when they are not zero.
    package static func text(_ milliseconds: Int64) -> String {
        let (days, millisOfDay) = floored(milliseconds, 86_400_000)
        let (year, month, day) = civil(Int(days))
        let second = millisOfDay / 1000
        var text = digits(year, 4) + "-" + digits(month, 2) + "-" + digits(day, 2) + "T"
        text += digits(Int(second / 3600), 2) + ":" + digits(Int(second / 60 % 60), 2) + ":"
        text += digits(Int(second % 60), 2)
        if millisOfDay % 1000 != 0 { text += "." + digits(Int(millisOfDay % 1000), 3) + "000" }
        return text + "+00:00"
    }

    private static func floored(_ value: Int64, _ unit: Int64) -> (Int64, Int64) {
        let rest = value % unit
        return rest < 0 ? (value / unit - 1, rest + unit) : (value / unit, rest)
    }

    private static func digits(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }

    private static func days(in month: Int, of year: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    /// Days since 1970; the year begins in March, so that a leap day is the last one of it.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The inverse of `days`.
    private static func civil(_ days: Int) -> (Int, Int, Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}

extension ISOTime {
    /// Reads the parts of a time from the left.
    private struct Reader {
        let bytes: [UInt8]
        var at = 0

        var isAtEnd: Bool { at == bytes.count }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard at < bytes.count, UInt32(bytes[at]) == character.value else { return false }
            at += 1
            return true
        }

        mutating func number(_ width: Int) -> Int? {
            guard at + width <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[at..<at + width] {
                guard (0x30...0x39).contains(byte) else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
            at += width
            return value
        }

        /// `HH:MM[:SS[.fraction]]`
        mutating func time() -> (seconds: Int64, millis: Int64)? {
            guard let hour = number(2), hour < 24, take(":"), let minute = number(2), minute < 60 else { return nil }
            var second = 0
            var millis: Int64 = 0
            if take(":") {
                guard let value = number(2), value < 60 else { return nil }
                second = value
                if take(".") || take(",") {
                    var unit: Int64 = 100
                    let start = at
                    while let digit = number(1) {
                        millis += Int64(digit) * unit
                        unit /= 10
                    }
                    guard at > start else { return nil }
                }
            }
            return (Int64(hour * 3600 + minute * 60 + second), millis)
        }

        /// Nothing, `Z`, or `+HH[:MM[:SS]]`, in seconds east of UTC.
        mutating func offset() -> Int64? {
            if isAtEnd || take("Z") || take("z") { return 0 }
            let sign: Int64 = take("-") ? -1 : 1
            guard sign < 0 || take("+"), let hour = number(2), hour < 24 else { return nil }
            var seconds = hour * 3600
            for unit in [60, 1] where !isAtEnd {
                _ = take(":")
                guard let value = number(2), value < 60 else { return nil }
                seconds += value * unit
            }
            return sign * Int64(seconds)
        }
    }
}
