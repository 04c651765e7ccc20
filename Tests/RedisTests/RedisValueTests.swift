import Redis
import Testing

@Suite struct RedisValueTests {
    @Test func `a reply of another shape names the command, what was expected and what came`() {
        let error = #expect(throws: RedisError.self) { try RedisValue.array([.null]).int(of: "HLEN") }
        #expect(error == .unexpectedReply(command: "HLEN", expected: "an integer", got: "an array of 1"))
        #expect(error.map { "\($0)" } == "Redis answered HLEN with an array of 1; expected an integer.")
    }

    @Test func `an error never shows the value itself`() {
        let value = RedisValue.bulk(Array("secret".utf8))
        #expect {
            try value.array(of: "GET")
        } throws: {
            !"\($0)".contains("secret")
        }
    }

    @Test(arguments: [("0", 0), ("-12", -12), ("9223372036854775807", Int.max), ("-9223372036854775808", Int.min)])
    func `text in decimal is an integer`(_ text: String, _ number: Int) throws {
        #expect(try RedisValue.bulk(Array(text.utf8)).int() == number)
    }

    @Test(arguments: [
        "", "-", "+1", " 1", "1.0", "9223372036854775808", "-9223372036854775809", "99999999999999999999",
    ])
    func `other text is no integer`(_ text: String) {
        #expect(throws: RedisError.self) { try RedisValue.bulk(Array(text.utf8)).int() }
    }

    @Test func `a missing value is nil where that is allowed and an error elsewhere`() throws {
        #expect(try RedisValue.null.optionalString() == nil)
        #expect(try RedisValue.null.optionalInt() == nil)
        #expect(try RedisValue.null.optionalBytes() == nil)
        #expect(try RedisValue.null.optionalArray() == nil)
        #expect(throws: RedisError.self) { try RedisValue.null.string() }
        #expect(throws: RedisError.self) { try RedisValue.null.array() }
    }

    @Test func `bytes that are not UTF-8 are no text`() throws {
        let value = RedisValue.bulk([0xFF, 0x00])
        #expect(throws: RedisError.self) { try value.string() }
        #expect(try value.bytes() == [0xFF, 0x00])
    }

    @Test func `a flat array of names and values becomes pairs in the same order`() throws {
        let flat = RedisValue.array([.bulk(Array("a".utf8)), .integer(1), .bulk(Array("b".utf8)), .integer(2)])
        let pairs = try flat.pairs(of: "HGETALL")
        #expect(pairs.map(\.name) == ["a", "b"])
        #expect(try pairs.map { try $0.value.int() } == [1, 2])
        #expect(throws: RedisError.self) { try RedisValue.array([.null]).pairs() }
        #expect(try RedisValue.array([.null]).array(count: 1) == [.null])
        #expect(throws: RedisError.self) { try RedisValue.array([.null]).array(count: 2) }
        #expect(throws: RedisError.self) { try RedisValue.array([]).array(count: 1) }
    }

    @Test func `scores and flags are read`() throws {
        #expect(try RedisValue.bulk(Array("1.5".utf8)).double() == 1.5)
        #expect(try RedisValue.bulk(Array("-inf".utf8)).double() == -.infinity)
        #expect(try RedisValue.bulk(Array("1700000000000".utf8)).wholeNumber() == 1_700_000_000_000)
        for (text, number) in [("inf", Int64(1) << 53), ("-inf", -1 << 53), ("1e300", 1 << 53), ("2.9", 2)] {
            #expect(try RedisValue.bulk(Array(text.utf8)).wholeNumber() == number)
        }
        #expect(throws: RedisError.self) { try RedisValue.bulk(Array("nan".utf8)).wholeNumber() }
        #expect(try RedisValue.integer(1).bool())
        #expect(throws: RedisError.self) { try RedisValue.integer(2).bool() }
        #expect(throws: RedisError.self) { try RedisValue.simple("QUEUED").ok() }
    }

    @Test(arguments: [
        ("WRONGPASS invalid username-password pair", RedisError.wrongPassword(nil)),
        ("NOAUTH x", .passwordRequired(nil)),
        ("LOADING x", .loading(nil)), ("READONLY x", .readOnly(nil)), ("OOM command not allowed", .outOfMemory(nil)),
        ("MISCONF x", .notPersisting(nil)), ("BUSY x", .scriptBusy(nil)), ("ERR x", .server("ERR x", at: nil)),
        ("NOPERM x", .noPermission(nil, message: "NOPERM x")),
    ])
    func `every decoder throws an error reply as what it stands for`(_ message: String, _ error: RedisError) {
        #expect(throws: error) { try RedisValue.error(message).string() }
        #expect(throws: error) { try RedisValue.error(message).int() }
        #expect(throws: error) { try RedisValue.error(message).array() }
        #expect(throws: error) { try RedisValue.error(message).ok() }
        #expect(throws: error) { try RedisValue.error(message).checked() }
        #expect("\(error)".hasPrefix("Redis "))
    }
}
