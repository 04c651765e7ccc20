/// What the keys and channels of one fleet begin with, so that several fleets share a database without seeing each
/// other's. A client is bound to one; code that spells keys reads it from the client.
public struct RedisNamespace: Sendable, Equatable, CustomStringConvertible {
    /// The namespace of a fleet that names none.
    public static let standard = RedisNamespace(unchecked: "flotilla")

    /// 1 to 40 letters, digits, `-`, `_` and `.`, beginning with a letter or digit; no colon follows it here.
    public let name: String

    /// - Parameter name: 1 to 40 letters, digits, `-`, `_` and `.`, beginning with a letter or digit. Neither a colon,
    ///   which would let one namespace reach into another's keys, nor anything that Redis' patterns or hash tags read.
    /// - Returns: nil for any other name.
    public init?(_ name: String) {
        let scalars = name.unicodeScalars
        guard (1...40).contains(scalars.count), let first = scalars.first, Self.isAlphanumeric(first),
            scalars.allSatisfy({ Self.isAlphanumeric($0) || "-_.".unicodeScalars.contains($0) })
        else { return nil }
        self.name = name
    }

    private init(unchecked name: String) { self.name = name }

    /// Whether it is the namespace of a fleet that names none; the market cache's keys have no prefix there.
    public var isStandard: Bool { self == .standard }
    /// The same as `name`.
    public var description: String { name }

    private static func isAlphanumeric(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
    }
}
