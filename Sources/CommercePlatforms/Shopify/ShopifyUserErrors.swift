import Core
import Orders

/// What `userErrors` of `returnRequest` and `returnCreate` mean. Shopify did nothing, unless it says that something
/// broke or that the return is there already.
struct ShopifyUserError: Hashable {
  let code: String
  let field: [String]

  /// - Returns: the first that is told.
  static func first(_ payload: AnswerFields) throws(UnreadableAnswer) -> ShopifyUserError? {
    guard let error = try payload.list("userErrors").first else { return nil }
    let code = try error.text("code") ?? ""
    return ShopifyUserError(
      code: codes.contains(code) ? code : "UNKNOWN_CODE",
      field: error.value("field")?.array?.compactMap(\.string) ?? [])
  }

  var meaning: ReturnPlatformError {
    switch code {
    case "INTERNAL_ERROR", "NOTIFICATION_FAILED": .unknown(reason: "shopify \(code)")
    // Perhaps what we asked for before: `find` tells.
    case "ALREADY_EXISTS", "TAKEN": .unknown(reason: "shopify \(code)")
    case "MISSING_PERMISSION":
      .notDone(reason: "shopify MISSING_PERMISSION: the app's user may not return orders", retryAfter: nil)
    default: .refused(refusal, code: "shopify \(code)")
    }
  }

  private var refusal: ReturnRefusal {
    switch (code, field.last ?? "") {
    case (_, "returnReasonDefinitionId"), (_, "returnReason"): .reasonUnknown
    case (_, "quantity"): .quantityTooLarge
    case ("NOT_FOUND", "fulfillmentLineItemId"): .skuUnknown
    case ("NOT_FOUND", "orderId"): .orderUnknown
    case ("INVALID", "fulfillmentLineItemId"), ("INVALID_STATE", _), ("NOT_EDITABLE", _): .notEligible
    default: .refusedByPlatform
    }
  }

  /// `ReturnErrorCode`.
  private static let codes: Set = [
    "ALREADY_EXISTS", "BLANK", "CREATION_FAILED", "EQUAL_TO", "FEATURE_NOT_ENABLED", "GREATER_THAN",
    "GREATER_THAN_OR_EQUAL_TO", "INCLUSION", "INTERNAL_ERROR", "INVALID", "INVALID_STATE", "LESS_THAN",
    "LESS_THAN_OR_EQUAL_TO", "MISSING_PERMISSION", "NOTIFICATION_FAILED", "NOT_A_NUMBER", "NOT_EDITABLE", "NOT_FOUND",
    "PRESENT", "TAKEN", "TOO_BIG", "TOO_LONG", "TOO_MANY_ARGUMENTS", "TOO_SHORT", "WRONG_LENGTH",
  ]
}
