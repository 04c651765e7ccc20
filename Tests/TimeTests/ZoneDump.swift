import Foundation
import Glibc

/// A zone's offsets as the C library reads them, told by zdump(8): nothing of the module under test has a part in it.
struct ZoneDump: Sendable {
    let name: String
    /// Ascending; each holds from its start, in unix seconds, to the next one's. The first holds from ever.
    let stretches: [(start: Int64, offset: Int64)]

    /// Every area's folder of the machine's database, and the zones directly and indirectly in it.
    static let areas: [(name: String, zones: [String])] = {
        let root = "/usr/share/zoneinfo"
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: root)) ?? []
        let zones = names.filter { name in
            var isFolder: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: "\(root)/\(name)", isDirectory: &isFolder)
            return exists && !isFolder.boolValue && name.contains("/") && !name.contains(".")
                && !["posix", "right"].contains(name.prefix { $0 != "/" })
        }
        return Dictionary(grouping: zones) { String($0.prefix { $0 != "/" }) }
            .map { (name: $0.key, zones: $0.value.sorted()) }.sorted { $0.name < $1.name }
    }()

    /// The zones' changes in the years 1999 to 2038.
    static func read(_ names: [String]) throws -> [ZoneDump] {
        var lines: [Substring] = []
        // A command line has an end: some dozens of names at a time.
        for start in stride(from: 0, to: names.count, by: 50) {
            let chunk = names[start..<min(start + 50, names.count)].joined(separator: " ")
            guard let pipe = popen("zdump -i -c 1999,2039 \(chunk)", "r") else { throw POSIXError(.EPIPE) }
            var text: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while case let count = fread(&buffer, 1, buffer.count, pipe), count > 0 { text += buffer[0..<count] }
            pclose(pipe)
            lines += String(decoding: text, as: UTF8.self).split(separator: "\n")
        }
        var dumps: [ZoneDump] = []
        var stretches: [(start: Int64, offset: Int64)] = []
        for line in lines.reversed() {
            if line.hasPrefix("TZ=\"") {
                dumps.append(ZoneDump(name: String(line.dropFirst(4).dropLast()), stretches: stretches.reversed()))
                stretches = []
                continue
            }
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false)
            let offset = seconds(parts[2])
            let start = parts[0] == "-" ? .min : local(parts[0], parts[1]) - offset
            stretches.append((start: start, offset: offset))
        }
        return dumps.reversed()
    }

    func offset(at unix: Int64) -> Int64 { stretches.last { $0.start <= unix }?.offset ?? 0 }

    /// The changes of offset from 2000 to 2037, in unix seconds.
    var changes: [Int64] {
        zip(stretches, stretches.dropFirst()).filter { $0.offset != $1.offset }.map { $1.start }
            .filter { (946_684_800..<2_145_916_800).contains($0) }
    }

    /// `+0530`, `-11`, `+00`.
    private static func seconds(_ text: Substring) -> Int64 {
        let digits = text.dropFirst().map { Int64($0.wholeNumberValue ?? 0) } + [0, 0, 0, 0]
        let size = (digits[0] * 10 + digits[1]) * 3600 + (digits[2] * 10 + digits[3]) * 60 + digits[4] * 10 + digits[5]
        return text.hasPrefix("-") ? -size : size
    }

    private static func local(_ date: Substring, _ time: Substring) -> Int64 {
        let numbers = date.split(separator: "-").compactMap { Int32($0) }
        let clock = time.split(separator: ":").compactMap { Int32($0) } + [0, 0]
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (numbers[0] - 1900, numbers[1] - 1, numbers[2])
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (clock[0], clock[1], clock[2])
        return Int64(timegm(&parts))
    }
}
