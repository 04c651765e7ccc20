import Foundation

/// The candles of one product and granularity, gaps filled, in whole increments.
///
/// File format: see ops/demo/convert_market.py.
struct PaperCandles: Sendable {
    struct Row: Sendable, Equatable {
        /// In quote increments. A filled gap repeats the last close.
        var open, high, low, close: Int
        /// In units of `10^-volumeDecimals` of the base currency; 0 in a gap.
        var volume: Int
        /// False in a filled gap.
        var isReal: Bool
        /// False when the gap is so long (an hour of five-minute slots) that it is a halt and not a lack of trades.
        var isTrading = true
    }

    /// Slots in a row without a trade that mean a halt. The thinnest product misses three.
    static let haltSlots = 12

    let path: String
    let seconds: Int
    /// UTC start of `rows[0]`, market time.
    let start: Int
    let volumeDecimals: Int
    private(set) var rows: [Row] = []

    var end: Int { start + rows.count * seconds }

    /// Reads a whole file of some 30 kB at once; a few milliseconds.
    init(path: String) throws(ExchangeError) {
        let bytes: [UInt8]
        do {
            bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        } catch {
            throw .marketFile(path: path, line: nil, reason: "\(error)")
        }
        self.path = path
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        let header = lines.first.map(numbers) ?? []
        // The first word is the product's name, which is no number.
        guard header.count == 6, let seconds = header[1], let start = header[2], let places = header[4], seconds > 0,
            header[5] == lines.count - 1
        else { throw .marketFile(path: path, line: 1, reason: "the header does not fit the \(lines.count - 1) rows") }
        (self.seconds, self.start, volumeDecimals) = (seconds, start, places)
        for (index, line) in lines.dropFirst().enumerated() {
            guard append(numbers(line)) else {
                throw .marketFile(path: path, line: index + 2, reason: "not six numbers in rising order of slots")
            }
        }
        markHalts()
    }

    /// The row of the slot that holds `time`; after the end, the last close without trading; `nil` before the start.
    func row(at time: Int) -> Row? {
        guard time >= start, let last = rows.last else { return nil }
        let slot = (time - start) / seconds
        return slot < rows.count ? rows[slot] : .gap(after: last.close, isTrading: false)
    }

    /// Appends one line and fills the gap before it.
    private mutating func append(_ fields: [Int?]) -> Bool {
        guard fields.count == 6, let slot = fields[0], let open = fields[1], let up = fields[2], let down = fields[3],
            let change = fields[4], let volume = fields[5], slot >= rows.count, slot < 1_000_000
        else { return false }
        while rows.count < slot {
            guard let last = rows.last else { return false }
            rows.append(.gap(after: last.close, isTrading: true))
        }
        rows.append(
            Row(open: open, high: open + up, low: open - down, close: open + change, volume: volume, isReal: true))
        return true
    }

    private mutating func markHalts() {
        guard seconds == 300 else { return }
        var first = 0
        while first < rows.count {
            let end = rows[first...].firstIndex { $0.isReal } ?? rows.count
            if end - first >= Self.haltSlots {
                for slot in first..<end { rows[slot].isTrading = false }
            }
            first = max(end, first) + 1
        }
    }
}

extension PaperCandles.Row {
    static func gap(after close: Int, isTrading: Bool) -> Self {
        Self(open: close, high: close, low: close, close: close, volume: 0, isReal: false, isTrading: isTrading)
    }
}

/// Whole numbers separated by single spaces; `nil` for a word that is none.
private func numbers(_ line: ArraySlice<UInt8>) -> [Int?] {
    var result: [Int?] = []
    result.reserveCapacity(6)
    var value: Int? = 0
    var sign = 1
    for byte in line {
        switch byte {
        case UInt8(ascii: " "):
            result.append(value.map { $0 * sign })
            (value, sign) = (0, 1)
        case UInt8(ascii: "-"): sign = -1
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            value = value.flatMap { $0 < Int.max / 100 ? $0 * 10 + Int(byte - UInt8(ascii: "0")) : nil }
        case _: value = nil
        }
    }
    result.append(value.map { $0 * sign })
    return result
}
