import Core
import HTTPClient
import Orders

/// Reads a return of the guide's shop.
///
/// - `return_request_id` is required; `status` is `pending` when missing.
/// - `rma_number`; `reason`: why it was declined; `order_id`, `customer_reference`, `external_reference`, and `items[]`
///   with `sku` and `quantity`, by which it is found again.
struct GuideShopReturnAnswer {
  let platformReturn: PlatformReturn
  let orderID: OrderID?
  let reference: String?
  private let customerReference: String?
  /// By SKU.
  let quantities: [String: Int]

  init(_ body: [UInt8]) throws(UnreadableAnswer) {
    guard let json = try? JSONValue(parsing: body) else { throw UnreadableAnswer("no JSON") }
    try self.init(AnswerFields(json))
  }

  private init(_ fields: AnswerFields) throws(UnreadableAnswer) {
    guard let id = try fields.text("return_request_id") else {
      throw UnreadableAnswer(fields.place("return_request_id is missing"))
    }
    platformReturn = PlatformReturn(
      id: id, rmaNumber: try fields.text("rma_number"), state: try Self.state(fields))
    orderID = try fields.text("order_id").map { OrderID(rawValue: $0) }
    reference = try fields.text("external_reference")
    customerReference = try fields.text("customer_reference")
    var quantities: [String: Int] = [:]
    for item in try fields.list("items") {
      quantities[try item.text("sku") ?? "", default: 0] += try item.count("quantity") ?? 1
    }
    self.quantities = quantities
  }

  /// `{"returns": [...]}` or the list itself.
  static func list(_ body: [UInt8]) throws(UnreadableAnswer) -> [GuideShopReturnAnswer] {
    guard let json = try? JSONValue(parsing: body) else { throw UnreadableAnswer("no JSON") }
    var returns: [GuideShopReturnAnswer] = []
    let fields = try AnswerFields(json.array == nil ? json : ["returns": json])
    guard fields.value("returns") != nil else { throw UnreadableAnswer("returns is missing") }
    for item in try fields.list("returns") { returns.append(try GuideShopReturnAnswer(item)) }
    return returns
  }

  /// Whether what it is about can not be returned again.
  var isTaking: Bool {
    switch platformReturn.state {
    case .declined, .cancelled: false
    case .submitted, .authorized, .received, .refunded, .closed: true
    }
  }

  /// Whether it is what was asked for, though it does not carry our reference.
  func matches(_ submission: ReturnSubmission) -> Bool {
    reference == nil && orderID == submission.orderID && customerReference == submission.customerReference
      && quantities == submission.items.reduce(into: [:]) { $0[$1.sku, default: 0] += $1.quantity }
  }

  private static func state(_ fields: AnswerFields) throws(UnreadableAnswer) -> PlatformReturn.State {
    switch (try fields.text("status") ?? "pending").lowercased() {
    case "pending", "requested", "submitted", "open", "new": return .submitted
    case "authorized", "approved": return .authorized
    case "received": return .received
    case "refunded": return .refunded
    case "closed", "completed", "complete": return .closed
    case "declined", "rejected", "denied": return .declined(reason: try fields.text("reason")?.code ?? "declined")
    case "cancelled", "canceled": return .cancelled
    default: throw UnreadableAnswer(fields.place("status has an unknown value"))
    }
  }
}

/// A 4xx to `POST /returns`: `{"error": "sku_not_in_order"}`, where `code` may stand for `error`.
struct GuideShopRefusal {
  let error: ReturnPlatformError

  init(_ response: IncomingResponse, platform: String) {
    let json = try? JSONValue(parsing: response.body)
    let code = (json?["error"]?.string ?? json?["code"]?.string)?.code
    let words = [platform, String(response.status), code].compactMap { $0 }.joined(separator: " ")
    switch (response.status, code) {
    // RFC 9110, section 15.5.9 and RFC 8470: it did not take the request.
    case (408, _), (425, _): error = .notDone(reason: "it answered \(response.status)", retryAfter: nil)
    // The guide's own meaning of 404 (edge case 2); a shop that names another thing has no returns at this address.
    case (404, nil), (404, "order_not_found"): error = .refused(.orderUnknown, code: words)
    default: error = .refused(code.flatMap { Self.refusals[$0] } ?? .refusedByPlatform, code: words)
    }
  }

  private static let refusals: [String: ReturnRefusal] = [
    "order_not_found": .orderUnknown, "not_eligible": .notEligible, "window_passed": .windowPassed,
    "sku_not_in_order": .skuUnknown, "quantity_exceeded": .quantityTooLarge, "unknown_reason": .reasonUnknown,
  ]
}

extension String {
  /// Itself if it is a code; nil for sentences, which may name a person.
  fileprivate var code: String? {
    let isCode = utf8.count <= 64 && utf8.allSatisfy { $0.isDecimalDigit || $0.isLetter || "_-.".utf8.contains($0) }
    return isCode && !isEmpty ? self : nil
  }
}

extension UInt8 {
  /// Of ASCII.
  fileprivate var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }
}
