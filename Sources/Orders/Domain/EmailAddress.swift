/// An e-mail address of the form that people have: printable ASCII, one `@`, a domain with a dot. Printing it shows nothing
/// of it, so that it cannot slip into a log.
struct EmailAddress: Sendable, Hashable, CustomStringConvertible {
  let text: String

  var description: String { "[e-mail address]" }

  /// Lengths are those of RFC 5321, section 4.5.3.1.
  init?(_ text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
    guard parts.count == 2, (1...64).contains(parts[0].count), (3...255).contains(parts[1].count),
      text.utf8.count <= 254, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !"\"(),:;<>[\\]".utf8.contains($0) })
    else { return nil }
    let labels = parts[1].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard labels.count >= 2, labels.allSatisfy({ !$0.isEmpty }) else { return nil }
    self.text = text
  }
}
