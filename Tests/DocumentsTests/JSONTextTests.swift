import JobQueue
import Testing

@testable import Documents

@Suite struct JSONTextTests {
    @Test func `fields stand in the order of their coding keys`() {
        struct Sample: Encodable {
            let a = 1, c = "x", b = true

            enum CodingKeys: String, CodingKey {
                case c
                case a = "a_b"
                case b
            }
        }
        #expect(JSONText.of(Sample()) == #"{"c":"x","a_b":1,"b":true}"#)
    }

    @Test func `a number that is not finite is null, and counted`() {
        let before = NotFiniteCount.value
        #expect(JSONText.of([1.5, .nan, .infinity, -.infinity]) == "[1.5,null,null,null]")
        #expect(JSONText.of(["a": Float.nan]) == #"{"a":null}"#)
        #expect(NotFiniteCount.value - before >= 4)
    }

    @Test func `a string is escaped as the encoder of the records does it`() throws {
        let scalars = (0...0x2FFF).compactMap(Unicode.Scalar.init) + ["\u{D7FF}", "\u{E000}", "\u{FEFF}", "\u{1F600}"]
        for scalar in scalars {
            let text = "a\(Character(scalar))b"
            #expect(JSONText.of(text) == (try CompactJSON.text(text)), "\(scalar.value)")
        }
        let escaped = #""\b\t\n\f\r\u0001\u001f\"\\/"# + "\u{7F}é\""
        #expect(JSONText.of("\u{8}\t\n\u{C}\r\u{1}\u{1F}\"\\/\u{7F}é") == escaped)
        #expect(JSONText.of(["\"\n": 1]) == #"{"\"\n":1}"#)
    }

    @Test(
        arguments: [
            (0.0, "0.0"), (-0.0, "-0.0"), (1, "1.0"), (0.125, "0.125"), (1e300, "1e+300"),
            (.leastNonzeroMagnitude, "5e-324"), (.nan, "null"), (.infinity, "null"), (-.infinity, "null"),
        ] as [(Double, String)])
    func `a double keeps its digits, and is null when it is not finite`(_ value: Double, _ text: String) {
        #expect(JSONText.of(value) == text)
        #expect(JSONText.of([value]) == "[\(text)]")
    }

    @Test func `integers of every size are written whole`() {
        #expect(JSONText.of([Int64.min, .max]) == "[-9223372036854775808,9223372036854775807]")
        #expect(JSONText.of([UInt64.max]) == "[18446744073709551615]")
        #expect(JSONText.of([Int8.min]) == "[-128]")
        #expect(JSONText.of(Float(0.5)) == "0.5")
    }

    @Test func `an optional is left out, and a field or null stays`() {
        struct Sample: Encodable {
            let left: Int?
            @OrNull var kept: Int?
            @OrNull var list: [String]?
        }
        #expect(JSONText.of(Sample(left: nil, kept: nil, list: nil)) == #"{"kept":null,"list":null}"#)
        #expect(JSONText.of(Sample(left: 1, kept: 2, list: [])) == #"{"left":1,"kept":2,"list":[]}"#)
        #expect(JSONText.of([1, nil]) == "[1,null]")
        #expect(JSONText.of(Int?.none) == "null")
    }

    @Test func `containers that are asked for early keep their place`() {
        struct Sample: Encodable {
            enum Keys: String, CodingKey { case early, late, list, more }

            func encode(to encoder: any Encoder) throws {
                var fields = encoder.container(keyedBy: Keys.self)
                var early = fields.nestedContainer(keyedBy: Keys.self, forKey: .early)
                var list = fields.nestedUnkeyedContainer(forKey: .list)
                try fields.encode(1, forKey: .late)
                try list.encode("a")
                var element = list.nestedContainer(keyedBy: Keys.self)
                try list.encodeNil()
                try element.encode(list.count, forKey: .more)
                try early.encode(true, forKey: .more)
                var inner = list.nestedUnkeyedContainer()
                try inner.encode(2)
                try 3.encode(to: fields.superEncoder(forKey: .more))
                try 4.encode(to: list.superEncoder())
            }
        }
        let text = #"{"early":{"more":true},"list":["a",{"more":3},null,[2],4],"late":1,"more":3}"#
        #expect(JSONText.of(Sample()) == text)
    }

    @Test func `a type may encode the fields of another among its own`() {
        struct Sample: Encodable {
            func encode(to encoder: any Encoder) throws {
                try OrderedFields([("b", 1), ("a", 2)]).encode(to: encoder)
                try OrderedFields([("c", "x")]).encode(to: encoder)
            }
        }
        #expect(JSONText.of(Sample()) == #"{"b":1,"a":2,"c":"x"}"#)
        #expect(JSONText.of(OrderedFields<Int>([])) == "{}")
    }

    @Test func `what throws or encodes nothing stands as null`() {
        struct Silent: Encodable { func encode(to encoder: any Encoder) {} }
        struct Failing: Encodable {
            func encode(to encoder: any Encoder) throws {
                var fields = encoder.unkeyedContainer()
                try fields.encode(1)
                throw EncodingError.invalidValue(1, .init(codingPath: [], debugDescription: ""))
            }
        }
        #expect(JSONText.of(["a": Failing()]) == #"{"a":null}"#)
        #expect(JSONText.of([Silent()]) == "[null]")
        struct Empty: Encodable {}
        #expect(JSONText.of(Empty()) == "{}")
        #expect(JSONText.of([Int]()) == "[]")
    }

    @Test func `a line has one end, and no other line break`() {
        #expect(JSONText.line(of: [RawJSON("[1,\r\n2]")]) == Array("[[1,  2]]\n".utf8))
        #expect(JSONText.bytes(of: "é") == [0x22, 0xC3, 0xA9, 0x22])
    }
}
