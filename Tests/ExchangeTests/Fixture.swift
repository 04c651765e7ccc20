import Exchange
import Foundation
import Synchronization
import Trading

/// Golden files and the offline market.
enum Fixture {
    static func read<Content: Decodable>(_ name: String, as type: Content.Type) throws -> Content {
        let url = Bundle.module.resourceURL!.appending(path: "Fixtures/\(name).json")
        return try JSONDecoder().decode(type, from: Data(contentsOf: url))
    }

    static var marketFolder: String {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../ops/demo/market").standardized.path
    }

    static func market() throws -> PaperMarket { try PaperMarket(folder: marketFolder) }
}

/// A wall clock that a test sets.
final class SettableTime: Sendable {
    private let seconds: Mutex<Double>

    init(_ seconds: Int) { self.seconds = Mutex(Double(seconds)) }

    var now: @Sendable () -> Date { { Date(timeIntervalSince1970: self.seconds.withLock { $0 }) } }

    func set(_ seconds: Int) { self.seconds.withLock { $0 = Double(seconds) } }
    func advance(_ seconds: Int) { self.seconds.withLock { $0 += Double(seconds) } }
}

/// Decimal text to whole increments, written apart from the code under test.
func increments<Number: FixedWidthInteger>(_ text: String, _ decimals: Int) -> Number {
    let fraction = text.split(separator: ".").dropFirst().first ?? ""
    let zeros = String(repeating: "0", count: decimals - fraction.count)
    return Number(text.replacing(".", with: "") + zeros)!
}

/// Decimals of a text such as "0.010": 3.
func decimals(_ text: String) -> Int { text.split(separator: ".").dropFirst().first?.count ?? 0 }
