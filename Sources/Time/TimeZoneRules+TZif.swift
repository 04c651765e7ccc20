extension TimeZoneRules {
    /// Reads a TZif file of version 2 or later (RFC 9636): the 64-bit table, then the POSIX footer.
    ///
    /// - Returns: nil when the bytes are damaged, of version 1, or count leap seconds.
    init?(name: String, tzif bytes: [UInt8]) {
        guard let first = TZifHeader(bytes, at: 0), first.version >= UInt8(ascii: "2") else { return nil }
        guard let header = TZifHeader(bytes, at: 44 + first.bodyLength(timeSize: 4)), header.leapCount == 0 else {
            return nil
        }
        let body = 44 + first.bodyLength(timeSize: 4) + 44
        let end = body + header.bodyLength(timeSize: 8)
        guard end <= bytes.count, header.typeCount > 0 else { return nil }

        let typeIndexes = body + header.timeCount * 8
        let types = typeIndexes + header.timeCount
        let typeOffsets = (0..<header.typeCount).map {
            Int64(Int32(truncatingIfNeeded: bytes.bigEndian(at: types + $0 * 6, 4)))
        }
        guard typeOffsets.allSatisfy({ abs($0) <= Self.widestOffset }) else { return nil }
        var transitions: [Int64] = []
        var offsets = [typeOffsets[0]]
        var last = Int64.min
        for index in 0..<header.timeCount {
            let time = bytes.bigEndian(at: body + index * 8, 8)
            let type = Int(bytes[typeIndexes + index])
            guard type < typeOffsets.count, time > last else { return nil }
            last = time
            // A transition that only renames the time ("EWT" to "EPT") changes nothing here.
            guard typeOffsets[type] != offsets.last else { continue }
            transitions.append(time)
            offsets.append(typeOffsets[type])
        }
        guard let footer = Self.footer(of: bytes[end...]) else { return nil }
        self.init(name: name, transitions: transitions, offsets: offsets, footer: footer.rule, footerStart: last)
    }

    /// An empty footer is legal: the last offset stays for good.
    private static func footer(of bytes: ArraySlice<UInt8>) -> (rule: PosixZoneRule?, Void)? {
        guard bytes.first == UInt8(ascii: "\n") else { return nil }
        let text = String(decoding: bytes.dropFirst().prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        if text.isEmpty { return (nil, ()) }
        return PosixZoneRule(text).map { ($0, ()) }
    }
}

private struct TZifHeader {
    let version: UInt8
    let utcCount, standardCount, leapCount, timeCount, typeCount, charCount: Int

    init?(_ bytes: [UInt8], at start: Int) {
        guard bytes.count >= start + 44, bytes[start..<(start + 4)].elementsEqual("TZif".utf8) else { return nil }
        version = bytes[start + 4]
        let counts = (0..<6).map { Int(bytes.bigEndian(at: start + 20 + $0 * 4, 4)) }
        // The counts come from a file: none may carry the arithmetic beyond it.
        guard counts.allSatisfy({ $0 <= bytes.count }) else { return nil }
        (utcCount, standardCount, leapCount) = (counts[0], counts[1], counts[2])
        (timeCount, typeCount, charCount) = (counts[3], counts[4], counts[5])
    }

    func bodyLength(timeSize: Int) -> Int {
        timeCount * (timeSize + 1) + typeCount * 6 + charCount + leapCount * (timeSize + 4) + standardCount + utcCount
    }
}

extension [UInt8] {
    fileprivate func bigEndian(at start: Int, _ count: Int) -> Int64 {
        self[start..<(start + count)].reduce(0) { $0 << 8 | Int64($1) }
    }
}
