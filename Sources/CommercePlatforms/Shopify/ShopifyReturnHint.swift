import Core
import Orders

/// What a webhook of Shopify is about.
///
/// A message about a return names it by `admin_graphql_api_id`, most by a number too; one about a refund names the return
/// that it belongs to, or none when the money went back without one. Neither has the order's number.
extension Shopify {
  package func hint(topic: String, body: JSONValue) -> ReturnHint? {
    let about: JSONValue?
    switch topic.lowercased() {
    case "refunds/create": about = body["return"]
    case let topic where topic.hasPrefix("returns/"): about = body
    default: about = nil
    }
    guard let about else { return nil }
    let hint = ReturnHint(platformID: Self.id(of: about), reference: Self.reference(in: about))
    return hint.platformID == nil && hint.reference == nil ? nil : hint
  }

  private static let gidPrefix = "gid://shopify/Return/"

  private static func id(of about: JSONValue) -> String? {
    if let gid = about["admin_graphql_api_id"]?.string {
      let number = gid.dropFirst(gidPrefix.count)
      return gid.hasPrefix(gidPrefix) && number.utf8.decimalNumber != nil ? gid : nil
    }
    return about["id"]?.integer.flatMap { $0 > 0 ? gidPrefix + String($0) : nil }
  }

  /// Our reference, from a note of one of its lines: it is how a message is known that overtakes the answer to the
  /// mutation.
  private static func reference(in about: JSONValue) -> String? {
    // Lines that were taken away come as an object of changes.
    for line in about["return_line_items"]?.array ?? [] {
      for name in ["customer_note", "return_reason_note"] {
        let words = line[name]?.string?.split(separator: " ") ?? []
        if let index = words.firstIndex(of: "Ringback"), words.indices.contains(index + 1) {
          return String(words[index + 1].prefix(64))
        }
      }
    }
    return nil
  }
}
