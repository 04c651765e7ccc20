/// W3C Trace Context: the trace that an attempt belongs to, and the span that caused it. The format is that of the
/// `traceparent` header, https://www.w3.org/TR/trace-context/.
struct TraceParent: Sendable, Equatable, CustomStringConvertible {
    /// 32 hexadecimal digits, not all zero.
    let trace: String
    /// 16 hexadecimal digits, not all zero.
    let span: String
    /// Two hexadecimal digits; the lowest bit says that the trace is recorded.
    let flags: String

    /// The first span of a new trace.
    static func start(using random: inout some RandomNumberGenerator) -> TraceParent {
        let trace = hex(.random(in: 1 ... .max, using: &random)) + hex(.random(in: .min ... .max, using: &random))
        return TraceParent(trace: trace, span: hex(.random(in: 1 ... .max, using: &random)), flags: "01")
    }

    /// A new span of the same trace.
    func next(using random: inout some RandomNumberGenerator) -> TraceParent {
        TraceParent(trace: trace, span: Self.hex(.random(in: 1 ... .max, using: &random)), flags: flags)
    }

    private init(trace: String, span: String, flags: String) {
        self.trace = trace
        self.span = span
        self.flags = flags
    }

    /// Nil for what the standard does not allow. From later versions only the parts known here are read.
    init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 4, Self.isHex(parts[0], 2), parts[0] != "ff", parts[0] != "00" || parts.count == 4,
            Self.isHex(parts[1], 32), Self.isHex(parts[2], 16), Self.isHex(parts[3], 2),
            parts[1].contains(where: { $0 != "0" }), parts[2].contains(where: { $0 != "0" })
        else { return nil }
        self.init(trace: parts[1], span: parts[2], flags: parts[3])
    }

    var description: String { "00-\(trace)-\(span)-\(flags)" }

    private static func isHex(_ text: String, _ length: Int) -> Bool {
        text.utf8.count == length
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    private static func hex(_ number: UInt64) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }
}
