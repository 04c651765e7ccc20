import Foundation

/// What the kernel says of a process; zeros when it is gone.
struct ProcessUsage {
    let process: Int32

    /// Processor time so far, in seconds, of threads that have ended too; 0 when the process is gone.
    var seconds: Double {
        var (clock, time) = (clockid_t(), timespec())
        guard clock_getcpuclockid(process, &clock) == 0, clock_gettime(clock, &time) == 0 else { return 0 }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Processor time so far of the threads that live, by their name, in seconds.
    var secondsByThread: [String: Double] {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
        var seconds: [String: Double] = [:]
        for thread in threads {
            let name = read("task/\(thread)/comm").trimmingCharacters(in: .newlines)
            let nanoseconds = read("task/\(thread)/schedstat").split(separator: " ").first.flatMap { Double($0) }
            seconds[name, default: 0] += (nanoseconds ?? 0) / 1e9
        }
        return seconds
    }

    /// Proportional memory in bytes, as if no other process ran this program or any other in Swift: the program and
    /// Swift's libraries are counted in full, whatever else has them mapped at the moment.
    var bytesAlone: Int {
        let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/exe")) ?? "-"
        var (total, isOwn) = (0, false)
        for line in read("smaps").split(separator: "\n") {
            let words = line.split(separator: " ")
            guard let first = words.first else { continue }
            if !first.hasSuffix(":") {
                let path = words.count > 5 ? words[5...].joined(separator: " ") : ""
                isOwn = path == program || path.contains("/swift/linux/")
            } else if first == (isOwn ? "Rss:" : "Pss:"), words.count > 1 {
                total += Int(words[1]) ?? 0
            }
        }
        return total << 10
    }

    /// Proportional memory in bytes, beside whatever else runs.
    var bytes: Int {
        let line = read("smaps_rollup").split(separator: "\n").first { $0.hasPrefix("Pss:") }
        return (line.flatMap { Int($0.split(separator: " ")[1]) } ?? 0) << 10
    }

    private func read(_ name: String) -> String { ProcFile.text("\(process)/\(name)") }
}
