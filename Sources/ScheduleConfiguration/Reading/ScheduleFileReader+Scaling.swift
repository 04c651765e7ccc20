import JobQueue

/// How many processes a pool has, and when they are replaced.
extension ScheduleFileReader {
    mutating func scaling(_ fields: SourceFields, _ pool: inout WorkerPool) {
        if let pair = fields["autoscale"], let autoscale = autoscale(pair) {
            pool.autoscale = autoscale
            if let pair = fields["processes"], integerText(pair.value) != nil {
                guard !autoscale.bounds.contains(pool.processes) else { return recycling(fields, &pool) }
                report(
                    pair.value.mark,
                    "processes is \(pool.processes), outside of autoscale. Use \(autoscale.bounds.lowerBound) to "
                        + "\(autoscale.bounds.upperBound), or remove processes.")
            } else {
                pool.processes = autoscale.bounds.lowerBound
            }
        }
        recycling(fields, &pool)
    }

    /// - Returns: nil after reporting.
    private mutating func autoscale(_ pair: SourceNode.Pair) -> PoolAutoscale? {
        let keys = ["min", "max", "target_wait", "cooldown"]
        guard let fields = fields(of: pair.value, owner: "autoscale", mark: pair.keyMark, allowed: keys) else {
            return nil
        }
        var least: Int? = 1
        if let pair = fields["min"] { least = integer(pair, 0...WorkerPool.mostProcesses) }
        guard let maximum = fields["max"] else {
            report(pair.keyMark, "autoscale has no max. Add for example max: 4.")
            return nil
        }
        let targetWait = length(fields, "target_wait")
        let cooldown = length(fields, "cooldown")
        guard let most = integer(maximum, 1...WorkerPool.mostProcesses), let least else { return nil }
        guard least <= most else {
            report(maximum.value.mark, "max is \(most), and min of autoscale is \(least). Use a max of at least min.")
            return nil
        }
        var autoscale = PoolAutoscale(bounds: least...most)
        autoscale.targetWait = targetWait ?? autoscale.targetWait
        autoscale.cooldown = cooldown ?? autoscale.cooldown
        return autoscale
    }

    private mutating func recycling(_ fields: SourceFields, _ pool: inout WorkerPool) {
        guard let pair = fields["recycle"],
            let fields = self.fields(
                of: pair.value, owner: "recycle", mark: pair.keyMark, allowed: ["jobs", "memory"])
        else { return }
        pool.recycling.jobs = fields["jobs"].flatMap { integer($0, 1...1_000_000_000) }
        pool.recycling.memoryBytes = fields["memory"].flatMap { memory($0) }
    }

    /// Such as `512MiB`: whole units, from 64 MiB, since a worker needs so much to begin with.
    private mutating func memory(_ pair: SourceNode.Pair) -> Int? {
        if case .scalar(let scalar) = pair.value.content {
            for (unit, bits) in [("MiB", 20), ("GiB", 30)] where scalar.text.hasSuffix(unit) {
                let digits = scalar.text.dropLast(unit.count)
                guard digits.count <= 4, digits.allSatisfy({ ("0"..."9").contains($0) }), let count = Int(digits),
                    digits.first != "0", count >= (bits == 20 ? 64 : 1)
                else { continue }
                return count << bits
            }
        }
        report(
            pair.value.mark,
            "memory takes MiB or GiB, from 64MiB to 9999GiB, not \(pair.value.shown). Write for example memory: 512MiB."
        )
        return nil
    }
}
