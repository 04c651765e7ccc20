import NIOCore

/// RESP2 requests, written straight into the buffer that goes to the socket: an array of bulk strings.
extension ByteBuffer {
    mutating func write(_ command: RedisCommand) {
        // An empty array would get no reply at all, and every later reply would reach the wrong caller.
        guard !command.words.isEmpty else { return write(RedisCommand("")) }
        writeRequestHead(words: command.words.count)
        for word in command.words { write(word) }
    }

    /// `EVALSHA sha keycount key... argument...`, without building a list of words.
    mutating func writeScriptCall(sha: [UInt8], keys: [String], arguments: [RedisWord]) {
        writeRequestHead(words: 3 + keys.count + arguments.count)
        write(text: "EVALSHA")
        write(bytes: sha)
        write(decimal: keys.count)
        for key in keys { write(text: key) }
        for argument in arguments { write(argument) }
    }

    private mutating func writeRequestHead(words: Int) {
        writeLine(UInt8(ascii: "*"), words)
    }

    private mutating func write(_ word: RedisWord) {
        switch word.content {
        case .text(let text): write(text: text)
        case .bytes(let bytes): write(bytes: bytes)
        case .integer(let number): write(decimal: number)
        }
    }

    private mutating func write(text: String) {
        writeLine(UInt8(ascii: "$"), text.utf8.count)
        writeString(text)
        writeLineEnd()
    }

    private mutating func write(bytes: [UInt8]) {
        writeLine(UInt8(ascii: "$"), bytes.count)
        writeBytes(bytes)
        writeLineEnd()
    }

    private mutating func write(decimal number: Int) {
        writeLine(UInt8(ascii: "$"), decimalLength(number))
        writeDigits(number)
    }

    private mutating func writeLine(_ mark: UInt8, _ count: Int) {
        writeInteger(mark)
        writeDigits(count)
    }

    private mutating func writeLineEnd() {
        writeInteger(0x0D0A, as: UInt16.self)
    }

    /// Decimal digits, filled in from the right, and the end of the line.
    private mutating func writeDigits(_ number: Int) {
        let length = decimalLength(number)
        writeWithUnsafeMutableBytes(minimumWritableBytes: length + 2) { space in
            var rest = number.magnitude
            for place in stride(from: length - 1, through: number < 0 ? 1 : 0, by: -1) {
                let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
                space[place] = UInt8(ascii: "0") + UInt8(digit)
                rest = quotient
            }
            if number < 0 { space[0] = UInt8(ascii: "-") }
            space[length] = 0x0D
            space[length + 1] = 0x0A
            return length + 2
        }
    }
}

private func decimalLength(_ number: Int) -> Int {
    var length = number < 0 ? 2 : 1
    var rest = number.magnitude
    while rest >= 10 {
        rest /= 10
        length += 1
    }
    return length
}
