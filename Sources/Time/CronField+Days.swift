extension CronField {
    /// Reads the day-of-month field with its special forms.
    static func monthDays(of part: CronPart) throws(CronProblem) -> CronExpression.MonthDays {
        var days = CronExpression.MonthDays()
        days.isFree = part.text == "?" || part.text.hasPrefix("*")
        if part.text == "?" {
            days.days = 0xFFFF_FFFE
            return days
        }
        for element in part.split(at: ",") {
            let upper = element.text.uppercased()
            if upper == "L" {
                days.beforeLast.append(0)
            } else if upper == "LW" {
                days.lastWorkday = true
            } else if upper.hasPrefix("L-") {
                days.beforeLast.append(try daysBeforeLast(element.dropping(first: 2)))
            } else if upper.hasSuffix("W"), upper.first?.isNumber == true {
                days.nearest.append(try monthDay.value(of: element.dropping(last: 1)))
            } else if upper.hasPrefix("L") || upper.hasSuffix("W") || upper.contains("#") {
                throw element.problem(
                    in: monthDay.name,
                    "'\(element.text)' is not a day of the month. Use 1 to 31, L, L-3, "
                        + "15W or LW; # belongs to day-of-week."
                )
            } else {
                days.days |= try monthDay.mask(of: element)
            }
        }
        return days
    }

    private static func daysBeforeLast(_ part: CronPart) throws(CronProblem) -> Int {
        guard part.text.utf8.count <= 2, part.text.utf8.allSatisfy({ (48...57).contains($0) }),
            let days = Int(part.text),
            (1...30).contains(days)
        else {
            throw part.problem(
                in: monthDay.name, "L-n takes 1 to 30 days before the last, not '\(part.text)'. Use for example L-3.")
        }
        return days
    }

    /// Reads the day-of-week field with its special forms.
    static func weekdays(of part: CronPart) throws(CronProblem) -> CronExpression.Weekdays {
        var weekdays = CronExpression.Weekdays()
        weekdays.isFree = part.text == "?" || part.text.hasPrefix("*")
        if part.text == "?" {
            weekdays.days = 0x7F
            return weekdays
        }
        for element in part.split(at: ",") {
            let upper = element.text.uppercased()
            if upper == "L" {
                throw element.problem(
                    in: weekday.name,
                    "L alone is read differently by different crons. Use SAT for Saturdays, FRIL for the last Friday.")
            } else if upper.contains("#") {
                let halves = element.split(at: "#", max: 2)
                let day = try weekday.value(of: halves[0]) % 7
                guard let number = Int(halves[1].text), (1...5).contains(number) else {
                    throw halves[1].problem(
                        in: weekday.name,
                        "'\(halves[1].text)' after # must be 1 to 5. Use for example FRI#2 for the second Friday.")
                }
                weekdays.numbered[number - 1] |= 1 << UInt64(day)
            } else if upper.hasSuffix("L") {
                weekdays.last |= 1 << UInt64(try weekday.value(of: element.dropping(last: 1)) % 7)
            } else {
                weekdays.days |= try weekday.mask(of: element)
            }
        }
        return weekdays
    }
}
