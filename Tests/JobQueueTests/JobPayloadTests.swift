import Testing

@testable import JobQueue

@Suite struct JobPayloadTests {
    @Test(arguments: ["{}", "[]", "7", "-1.5e3", "\"text\"", "null", "true", awkwardPayload, " [ 1 ,\n2 ] "])
    func `any JSON value is a payload, byte for byte`(_ text: String) throws {
        #expect(try JobPayload(json: text).bytes == Array(text.utf8))
    }

    @Test(arguments: ["", " ", "{", "{'a': 1}", "[,]", "nul", "{} {}", "undefined", "\u{0}", "[1]x", "\"a\nb\""])
    func `what is not JSON is refused`(_ text: String) {
        #expect {
            try JobPayload(json: text)
        } throws: { error in
            guard case JobQueueError.payloadNotJSON = error else { return false }
            return true
        }
    }

    @Test(arguments: [
        [0x22, 0xFF, 0x22], [0x31, 0x00], [0xFF, 0xFE, 0x31, 0x00], [0x00, 0x00, 0x00, 0x31], [0x22, 0xC0, 0x80, 0x22],
    ])
    func `JSON in another encoding than UTF-8 is refused`(_ bytes: [UInt8]) {
        #expect(throws: JobQueueError.self) { try JobPayload(json: bytes) }
    }

    @Test func `64 KiB are allowed and one byte more is not`() throws {
        let most = "\"" + String(repeating: "x", count: 65_534) + "\""
        #expect(try JobPayload(json: most).bytes.count == 65_536)
        #expect(throws: JobQueueError.payloadTooLarge(bytes: 65_537, limit: 65_536)) {
            try JobPayload(json: most + " ")
        }
        #expect(try JobPayload(String(repeating: "x", count: 65_534)).bytes.count == 65_536)
        #expect(throws: JobQueueError.payloadTooLarge(bytes: 65_537, limit: 65_536)) {
            try JobPayload(String(repeating: "x", count: 65_535))
        }
    }

    private func nested(_ depth: Int) -> String {
        String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }

    @Test(arguments: [513, 1_000, 10_000, 32_768])
    func `JSON that is nested too deeply is refused and never traps`(_ depth: Int) {
        let objects = String(repeating: "{\"a\":", count: min(depth, 10_000))
        let refusals = [nested(depth), objects, "[\"]\"," + nested(depth) + "]"]
        for text in refusals {
            #expect {
                try JobPayload(json: text)
            } throws: { error in
                switch error as? JobQueueError {
                case .outOfRange: "\(error)".contains("more than 512 levels")
                case .payloadTooLarge: depth == 32_768
                default: false
                }
            }
        }
    }

    @Test(arguments: [100_000, 10_000_000])
    func `brackets beyond the limit of bytes are refused before they are looked at`(_ count: Int) {
        let brackets = [UInt8](repeating: 0x5B, count: count)
        #expect(throws: JobQueueError.payloadTooLarge(bytes: count, limit: 65_536)) { try JobPayload(json: brackets) }
    }

    @Test func `512 levels are JSON, and brackets inside of strings are none`() throws {
        #expect(try JobPayload(json: nested(512)).bytes.count == 1_024)
        let text = "[\"\\\"" + String(repeating: "[{", count: 2_000) + "\\\\\"]"
        #expect(try JobPayload(json: text).bytes == Array(text.utf8))
    }

    @Test func `a value is written compactly with its keys in order`() throws {
        #expect(try JobPayload(["b": 2, "a": 1]).bytes == Array(#"{"a":1,"b":2}"#.utf8))
        #expect(JobPayload.none.bytes == Array("{}".utf8))
        #expect(throws: JobQueueError.self) { try JobPayload(Double.nan) }
    }

    @Test func `an error says what is wrong and what would be right`() {
        #expect {
            try JobPayload(json: "{")
        } throws: { "\($0)".hasPrefix("The arguments are not JSON: ") && "\($0)".contains("'{\"bot_id\": 7}'") }
    }
}
