import Synchronization

/// How many numbers of documents were not finite, and were written as null, since this process started.
public enum NotFiniteCount {
    private static let count = Atomic<Int>(0)

    public static var value: Int { count.load(ordering: .relaxed) }

    /// The number as JSON text.
    public static func text(_ number: some BinaryFloatingPoint & CustomStringConvertible) -> String {
        guard !number.isFinite else { return "\(number)" }
        count.wrappingAdd(1, ordering: .relaxed)
        return "null"
    }
}
