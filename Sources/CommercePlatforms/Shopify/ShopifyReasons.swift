import Core
import Orders
import Synchronization

/// The ids of Shopify's return reason definitions by their handles, which are stable: an id that was once read is kept.
final class ShopifyReasons: Sendable {
  private let ids = Mutex<[String: String]>([:])

  func id(of handle: String) -> String? { ids.withLock { $0[handle] } }

  /// Takes the answer of the query `reasons`.
  func add(_ data: JSONValue) throws(UnreadableAnswer) {
    for reason in try AnswerFields(data).fields("returnReasonDefinitions")?.list("nodes") ?? [] {
      guard let id = try reason.text("id"), let handle = try reason.text("handle") else {
        throw UnreadableAnswer("returnReasonDefinitions")
      }
      ids.withLock { $0[handle] = id }
    }
  }

  /// The handle of a reason: the one that is configured, or our code in Shopify's spelling: `WRONG_ITEM` is `wrong-item`.
  static func handle(of item: ReturnSubmission.Item) -> String {
    item.platformReason ?? String(item.reasonCode.lowercased().map { $0 == "_" ? "-" : $0 })
  }

  /// The word of the enum that versions before 2026-01 take; nil when they know none like it.
  static func word(of item: ReturnSubmission.Item) -> String? {
    let word = String((item.platformReason ?? item.reasonCode).uppercased().map { $0 == "-" ? "_" : $0 })
    return words.contains(word) ? word : nil
  }

  private static let words: Set = [
    "COLOR", "DEFECTIVE", "NOT_AS_DESCRIBED", "OTHER", "SIZE_TOO_LARGE", "SIZE_TOO_SMALL", "STYLE", "UNKNOWN",
    "UNWANTED", "WRONG_ITEM",
  ]
}
