import Foundation
import Trading

/// Candles as bytes: quick to read, 48 bytes each, little-endian.
///
///     magic "FCN1" (4) · granularity s (u32) · fetched, unix ms (i64) · count (i64)
///     count × [ start s (i64) · open · high · low · close · volume (f64 bit patterns) ]
enum CandleEncoding {
    private static let magic: UInt32 = 0x314E_4346
    private static let headerBytes = 24
    private static let candleBytes = 48
    /// In the year 9999: code that fills gaps must not overflow.
    private static let latestStart = 253_370_764_800

    static func bytes(of series: CachedCandles) -> [UInt8] {
        let size = headerBytes + candleBytes * series.candles.count
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
            let raw = UnsafeMutableRawBufferPointer(buffer)
            func store(_ word: UInt64, at offset: Int) {
                raw.storeBytes(of: word.littleEndian, toByteOffset: offset, as: UInt64.self)
            }
            store(UInt64(UInt32(series.granularity.seconds)) << 32 | UInt64(magic), at: 0)
            store(UInt64(bitPattern: Int64(milliseconds(series.fetchedAt))), at: 8)
            store(UInt64(series.candles.count), at: 16)
            for (index, candle) in series.candles.enumerated() {
                let offset = headerBytes + candleBytes * index
                store(UInt64(bitPattern: Int64(candle.start)), at: offset)
                store(candle.open.bitPattern, at: offset + 8)
                store(candle.high.bitPattern, at: offset + 16)
                store(candle.low.bitPattern, at: offset + 24)
                store(candle.close.bitPattern, at: offset + 32)
                store(candle.volume.bitPattern, at: offset + 40)
            }
            initialized = size
        }
    }

    /// `nil` when the bytes are not such a series: wrong length or magic, an unsound candle, starts that do not rise.
    static func series(_ bytes: [UInt8], product: ProductID, granularity: Granularity) -> CachedCandles? {
        bytes.withUnsafeBytes { raw -> CachedCandles? in
            func word(_ offset: Int) -> UInt64 {
                UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            }
            func number(_ offset: Int) -> Double { Double(bitPattern: word(offset)) }
            guard raw.count >= headerBytes, (raw.count - headerBytes) % candleBytes == 0,
                word(0) == UInt64(UInt32(granularity.seconds)) << 32 | UInt64(magic),
                word(16) == UInt64((raw.count - headerBytes) / candleBytes)
            else { return nil }
            var candles: [Candle] = []
            candles.reserveCapacity((raw.count - headerBytes) / candleBytes)
            var last = -1
            for offset in stride(from: headerBytes, to: raw.count, by: candleBytes) {
                let candle = Candle(
                    start: Int(Int64(bitPattern: word(offset))), open: number(offset + 8), high: number(offset + 16),
                    low: number(offset + 24), close: number(offset + 32), volume: number(offset + 40))
                guard candle.start > last, candle.start < latestStart, candle.start % granularity.seconds == 0,
                    isFinite(candle)
                else { return nil }
                last = candle.start
                candles.append(candle)
            }
            return CachedCandles(
                product: product, granularity: granularity, candles: candles,
                fetchedAt: date(milliseconds: Int(Int64(bitPattern: word(8)))))
        }
    }

    /// Whether it makes a sound candle is for the indicators to judge; a number that is none means damage.
    private static func isFinite(_ candle: Candle) -> Bool {
        candle.open.isFinite && candle.high.isFinite && candle.low.isFinite && candle.close.isFinite
            && candle.volume.isFinite
    }
}

/// Times are stored in whole unix milliseconds, rounded to the nearest; a time that no number holds exactly is brought
/// within.
func milliseconds(_ date: Date) -> Int {
    let exact = (date.timeIntervalSince1970 * 1000).rounded()
    return exact.isNaN ? 0 : Int(min(max(exact, -0x1p53), 0x1p53))
}
func date(milliseconds: Int) -> Date { Date(timeIntervalSince1970: Double(milliseconds) / 1000) }
