public import JobQueue

/// The native queue in which the messages of a Celery queue are jobs.
public enum CeleryQueueName {
    /// `celery.` and the name, where it can be a part of a queue name; else what is left of it, with a digest of the
    /// whole, so that no two names share a queue.
    /// - Parameter celery: the name of a list in the broker, without prefix and priority step.
    /// - Returns: never nil; the checks of `QueueName` cannot fail here.
    public static func native(of celery: String) -> QueueName? {
        var readable = ""
        for scalar in celery.unicodeScalars.prefix(readableLength + 1) {
            let lower = ("A"..."Z").contains(scalar) ? scalar.properties.lowercaseMapping : String(scalar)
            readable += allowed.contains(lower) ? lower : "-"
        }
        // A name that looks like one with a digest gets its own, so that it cannot be another's.
        let isPlain =
            readable == celery && readable.count <= readableLength
            && readable.wholeMatch(of: /.*-[0-9a-f]{16}/) == nil
        return try? QueueName(
            "celery." + (isPlain ? readable : readable.prefix(readableLength) + "-" + digest(celery)))
    }

    /// With `celery.`, a dash and 16 digits these are the 64 that a queue name has.
    private static let readableLength = 40
    private static let allowed: Set<String> = Set("abcdefghijklmnopqrstuvwxyz0123456789._-".map { String($0) })

    /// FNV-1a of 64 bits, as 16 hexadecimal digits.
    private static func digest(_ text: String) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
