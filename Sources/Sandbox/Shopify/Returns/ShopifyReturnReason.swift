/// A return reason definition: what took the place of the enum `ReturnReason` in version 2026-01.
struct ShopifyReturnReason: Sendable, Hashable {
  let number: UInt64
  /// Stable across versions and languages.
  let handle: String
  let name: String
  /// The word of the old enum, which Shopify still answers.
  let legacy: String
  /// Still taken, no longer offered.
  var isDeleted = false

  var gid: String { "gid://shopify/ReturnReasonDefinition/\(number)" }

  /// A part of Shopify's library. `arrived-late`, `comfort`, `too-tight`, `color-too-bright` and `quality` stand in its
  /// documentation; the other handles, all numbers and the pairing with the old enum are from memory.
  static let library = [
    ShopifyReturnReason(number: 1, handle: "unknown", name: "Unknown", legacy: "UNKNOWN"),
    ShopifyReturnReason(number: 2, handle: "defective", name: "Defective or damaged", legacy: "DEFECTIVE"),
    ShopifyReturnReason(number: 3, handle: "wrong-item", name: "Wrong item received", legacy: "WRONG_ITEM"),
    ShopifyReturnReason(number: 4, handle: "not-as-described", name: "Not as described", legacy: "NOT_AS_DESCRIBED"),
    ShopifyReturnReason(number: 5, handle: "unwanted", name: "Changed my mind", legacy: "UNWANTED"),
    ShopifyReturnReason(number: 6, handle: "size-too-small", name: "Too small", legacy: "SIZE_TOO_SMALL"),
    ShopifyReturnReason(number: 7, handle: "size-too-large", name: "Too large", legacy: "SIZE_TOO_LARGE"),
    ShopifyReturnReason(number: 8, handle: "too-tight", name: "Too tight", legacy: "SIZE_TOO_SMALL"),
    ShopifyReturnReason(number: 9, handle: "style", name: "Style", legacy: "STYLE"),
    ShopifyReturnReason(number: 10, handle: "color", name: "Color", legacy: "COLOR"),
    ShopifyReturnReason(number: 11, handle: "color-too-bright", name: "Color too bright", legacy: "COLOR"),
    ShopifyReturnReason(number: 12, handle: "arrived-late", name: "Arrived late", legacy: "OTHER"),
    ShopifyReturnReason(number: 13, handle: "comfort", name: "Comfort", legacy: "OTHER"),
    ShopifyReturnReason(number: 14, handle: "quality", name: "Quality", legacy: "OTHER"),
    ShopifyReturnReason(number: 15, handle: "other", name: "Other", legacy: "OTHER"),
    ShopifyReturnReason(number: 16, handle: "do-not-like", name: "Do not like", legacy: "UNWANTED", isDeleted: true),
  ]

  static let unknown = library[0]

  var node: GraphQLNode {
    .object(
      "ReturnReasonDefinition",
      ["id": .text(gid), "handle": .text(handle), "name": .text(name), "deleted": .bool(isDeleted)])
  }
}
