/// An order number as the shop writes it, such as `ORD-839201`: trimmed, in capitals, and matching the configured
/// pattern with its hyphens left out. Made by `OrderIDFormat`.
package struct OrderID: Sendable, Hashable, Codable, RawRepresentable, CustomStringConvertible {
  package let rawValue: String

  /// For a number that is known to be good: from the database, from a platform, from `OrderIDFormat`.
  package init(rawValue: String) {
    self.rawValue = rawValue
  }

  package var description: String { rawValue }
}
