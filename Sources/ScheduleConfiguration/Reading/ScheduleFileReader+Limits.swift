import JobQueue
import Time

extension ScheduleFileReader {
    mutating func limit(_ entry: Entry) -> TokenBucket? {
        guard
            let fields = fields(
                of: entry.node, owner: "limit '\(entry.name)'", mark: entry.mark, allowed: ["rate", "burst", "reserve"])
        else { return nil }
        let rate = rate(fields)
        let burst = fields["burst"].flatMap { integer($0, 1...1_000_000) } ?? rate?.count
        let reserve = reserve(fields, burst: burst ?? .max)
        guard let rate, let burst else { return nil }
        return TokenBucket(
            name: entry.name, ratePerSecond: rate.perSecond, burst: burst, reserve: reserve,
            windowMilliseconds: Int(rate.periodMilliseconds))
    }

    private mutating func rate(_ fields: SourceFields) -> Rate? {
        guard let pair = fields["rate"] else {
            report(fields.mark, "\(fields.owner) has no rate. Add for example rate: 10/s.")
            return nil
        }
        guard let text = text(pair, for: "a rate such as 10/s") else { return nil }
        do {
            return try DurationParser.rate(text)
        } catch {
            report(pair.value.mark, error.description)
            return nil
        }
    }

    private mutating func reserve(_ fields: SourceFields, burst: Int) -> [String: Int] {
        guard let pair = fields["reserve"] else { return [:] }
        guard case .mapping(let pairs) = pair.value.content else {
            report(
                pair.value.mark,
                "reserve takes a mapping of queues to tokens, not \(pair.value.shown). Write { execution: 4 }.")
            return [:]
        }
        var reserve: [String: Int] = [:]
        for pair in pairs {
            let classes = (queueNames ?? [pair.key]).union(kinds.map(\.name))
            if !classes.contains(pair.key) {
                report(
                    pair.keyMark,
                    "tokens are reserved for '\(pair.key.shortened)', which is neither a queue nor a kind. "
                        + choice(for: pair.key, of: classes))
            }
            if let count = integer(pair, 1...1_000_000) { reserve[pair.key] = count }
        }
        let total = reserve.values.reduce(0, +)
        if total >= burst {
            report(
                pair.value.mark,
                "the reserve of \(total) leaves nothing of the burst of \(burst) for other jobs. "
                    + "Reserve at most \(burst - 1)."
            )
        }
        return reserve
    }

    mutating func circuit(_ entry: Entry) -> CircuitRules? {
        let keys = ["failures", "window", "open", "open_max", "ramp"]
        guard let fields = fields(of: entry.node, owner: "circuit '\(entry.name)'", mark: entry.mark, allowed: keys)
        else { return nil }
        var circuit = CircuitRules(name: entry.name)
        circuit.failures = fields["failures"].flatMap { integer($0, 1...1000) } ?? circuit.failures
        circuit.window = length(fields, "window") ?? circuit.window
        circuit.openFor = length(fields, "open") ?? circuit.openFor
        circuit.ramp = length(fields, "ramp") ?? circuit.ramp
        let longest = length(fields, "open_max")
        circuit.openMax = longest ?? max(circuit.openMax, circuit.openFor)
        if let longest, longest < circuit.openFor, let pair = fields["open_max"] {
            report(
                pair.value.mark,
                "the longest time open (open_max) is shorter than the first (open). Use an open_max of at least open.")
        }
        return circuit
    }
}
