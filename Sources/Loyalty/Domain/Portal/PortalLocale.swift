/// The languages that the portal has texts of its own in.
package enum PortalLocale: String, Sendable, Hashable, CaseIterable {
  case english = "en"
  case german = "de"

  /// - Parameter tag: such as `de-AT`; what is neither is English.
  package init(_ tag: String?) {
    self = tag?.lowercased().prefix { $0 != "-" } == "de" ? .german : .english
  }

  /// Whether it has the form of a language tag (RFC 5646): letters and digits, parted by hyphens.
  package static func isTag(_ text: String) -> Bool {
    let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    return (2...35).contains(text.utf8.count)
      && parts.allSatisfy { part in
        (1...8).contains(part.count)
          && part.allSatisfy { (0x61...0x7A).contains($0 | 0x20) || (0x30...0x39).contains($0) }
      } && (2...8).contains(parts[0].count) && parts[0].allSatisfy { (0x61...0x7A).contains($0 | 0x20) }
  }
}
