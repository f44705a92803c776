/// A secret. Printing, interpolating, dumping or encoding it shows `[redacted]`; only `reveal` gives it out, so that
/// every use can be found.
package struct Redacted<Secret: Sendable>: Sendable {
  private let secret: Secret

  package init(_ secret: Secret) {
    self.secret = secret
  }

  package func reveal() -> Secret { secret }
}

extension Redacted: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "[redacted]" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

extension Redacted: Encodable {
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
