/// Why bytes of a Celery client could not be read.
package struct WireError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Where it happened, what is wrong and how to mend it.
    package var sentence: String

    /// - Parameter sentence: a full sentence for people.
    package init(_ sentence: String) { self.sentence = sentence }

    package var description: String { sentence }
}
