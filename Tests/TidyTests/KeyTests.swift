import Testing

struct KeyTests {
    @Test func `keys of the queue are spelt in one place`() {
        // ClientOrderID hashes a text that begins like a key and is none.
        let homes: Set<String> = ["QueueKeys.swift", "PaperKeys.swift", "ClientOrderID.swift"]
        let files = Repository.here.shipped.filter { !homes.contains($0.name) } + Repository.here.lua
        let offenders = files.flatMap { file in
            file.offenders(in: file.lines) { line in
                !Self.isComment(line) && (line.contains("\"flotilla:") || line.contains("'flotilla:"))
            }
        }
        #expect(offenders.isEmpty, "key strings outside QueueKeys and PaperKeys, \(list(offenders))")
    }

    @Test func `keys of the market data cache are spelt in one place`() {
        let files = Repository.here.shipped.filter { file in
            !file.name.hasPrefix("MarketDataCache") && !file.name.hasSuffix("Keys.swift")
        }
        let offenders = (files + Repository.here.lua).flatMap { file in
            file.offenders(in: file.lines) { line in
                !Self.isComment(line) && (line.contains("\"market_data:") || line.contains("'market_data:"))
            }
        }
        #expect(offenders.isEmpty, "market data keys outside their home, \(list(offenders))")
    }

    private static func isComment(_ line: String) -> Bool {
        let text = line.drop { $0 == " " }
        return text.hasPrefix("//") || text.hasPrefix("--")
    }
}
