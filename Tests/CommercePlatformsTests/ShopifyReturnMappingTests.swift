import Core
import Orders
import Testing

@testable import CommercePlatforms

@Suite struct ShopifyReturnMappingTests {
  // MARK: - Errors

  @Test(
    arguments: [
      ("NOT_FOUND", ["input", "orderId"], ReturnPlatformError.refused(.orderUnknown, code: "shopify NOT_FOUND")),
      (
        "NOT_FOUND", ["input", "returnLineItems", "0", "fulfillmentLineItemId"],
        .refused(.skuUnknown, code: "shopify NOT_FOUND")
      ),
      (
        "NOT_FOUND", ["returnInput", "returnLineItems", "0", "returnReasonDefinitionId"],
        .refused(.reasonUnknown, code: "shopify NOT_FOUND")
      ),
      (
        "INCLUSION", ["input", "returnLineItems", "0", "returnReason"],
        .refused(.reasonUnknown, code: "shopify INCLUSION")
      ),
      ("INVALID", ["input", "returnLineItems", "1", "quantity"], .refused(.quantityTooLarge, code: "shopify INVALID")),
      ("TOO_BIG", ["input", "returnLineItems", "1", "quantity"], .refused(.quantityTooLarge, code: "shopify TOO_BIG")),
      (
        "INVALID", ["input", "returnLineItems", "0", "fulfillmentLineItemId"],
        .refused(.notEligible, code: "shopify INVALID")
      ),
      ("INVALID_STATE", ["input", "orderId"], .refused(.notEligible, code: "shopify INVALID_STATE")),
      ("NOT_EDITABLE", [], .refused(.notEligible, code: "shopify NOT_EDITABLE")),
      ("FEATURE_NOT_ENABLED", [], .refused(.refusedByPlatform, code: "shopify FEATURE_NOT_ENABLED")),
      ("CREATION_FAILED", [], .refused(.refusedByPlatform, code: "shopify CREATION_FAILED")),
      (
        "TOO_LONG", ["input", "returnLineItems", "0", "customerNote"],
        .refused(.refusedByPlatform, code: "shopify TOO_LONG")
      ),
      ("A customer's name", [], .refused(.refusedByPlatform, code: "shopify UNKNOWN_CODE")),
      ("INTERNAL_ERROR", [], .unknown(reason: "shopify INTERNAL_ERROR")),
      ("NOTIFICATION_FAILED", [], .unknown(reason: "shopify NOTIFICATION_FAILED")),
      ("ALREADY_EXISTS", [], .unknown(reason: "shopify ALREADY_EXISTS")),
      ("TAKEN", [], .unknown(reason: "shopify TAKEN")),
      (
        "MISSING_PERMISSION", [],
        .notDone(reason: "shopify MISSING_PERMISSION: the app's user may not return orders", retryAfter: nil)
      ),
    ] as [(String, [String], ReturnPlatformError)])
  func mapsUserErrors(code: String, field: [String], expected: ReturnPlatformError) throws {
    let payload: JSONValue = [
      "return": nil,
      "userErrors": [
        ["code": .string(code), "field": field.isEmpty ? nil : .array(field.map { .string($0) }), "message": "…"],
        ["code": "INVALID"],
      ],
    ]
    #expect(try ShopifyUserError.first(AnswerFields(payload))?.meaning == expected)
  }

  // MARK: - States

  @Test(
    arguments: [
      ("REQUESTED", [], 0, PlatformReturn.State.submitted), ("OPEN", [], 0, .authorized),
      ("OPEN", ["OPEN"], 0, .authorized),
      ("OPEN", ["CLOSED", "OPEN"], 0, .authorized), ("OPEN", ["CLOSED"], 0, .received),
      ("OPEN", ["CLOSED", "CANCELED"], 0, .received), ("OPEN", ["CANCELED"], 0, .authorized),
      ("OPEN", ["OPEN"], 1, .refunded),
      ("CLOSED", ["CLOSED"], 0, .closed), ("CLOSED", ["CLOSED"], 1, .refunded),
      ("DECLINED", [], 0, .declined(reason: "FINAL_SALE")),
      ("CANCELED", ["CANCELED"], 0, .cancelled),
    ] as [(String, [String], Int, PlatformReturn.State)])
  func mapsStates(status: String, reverse: [String], refunds: Int, expected: PlatformReturn.State) throws {
    let json: JSONValue = [
      "id": "gid://shopify/Return/1", "name": "#1001-R1", "status": .string(status),
      "decline": ["reason": "FINAL_SALE"],
      "refunds": ["nodes": .array(Array(repeating: ["id": "r"], count: refunds))],
      "reverseFulfillmentOrders": ["nodes": .array(reverse.map { ["status": .string($0)] })],
    ]
    #expect(try ShopifyReturnAnswer.platformReturn(AnswerFields(json)).state == expected)
  }

  @Test func newWordsAreNotGuessed() {
    let json: JSONValue = ["id": "gid://shopify/Return/1", "name": "#1001-R1", "status": "LOST"]
    #expect(throws: UnreadableAnswer("status")) { try ShopifyReturnAnswer.platformReturn(AnswerFields(json)) }
  }

  /// The text of a merchant may name a customer.
  @Test func aDeclineKeepsOnlyKnownReasons() throws {
    let json: JSONValue = [
      "id": "gid://shopify/Return/1", "name": "#1001-R1", "status": "DECLINED",
      "decline": ["reason": "Sam Sample called"],
    ]
    #expect(try ShopifyReturnAnswer.platformReturn(AnswerFields(json)).state == .declined(reason: "OTHER"))
  }

  @Test(arguments: [
    ("Ringback ret_1", "ret_1", true), ("ret_1", "ret_1", true), ("ret_1 Ringback", "ret_1", true),
    ("Ringback ret_12", "ret_1", false), ("Ringback ret_1", "ret_12", false), ("", "ret_1", false),
  ])
  func aReferenceIsAWholeWordOfANote(note: String, reference: String, isFound: Bool) throws {
    for name in ["customerNote", "returnReasonNote"] {
      let json: JSONValue = .object([
        .init("returnLineItems", ["nodes": [["customerNote": nil], .object([.init(name, .string(note))])]])
      ])
      #expect(try ShopifyReturnAnswer.isReturn(AnswerFields(json), of: reference) == isFound)
    }
  }

  // MARK: - Reasons

  @Test(
    arguments: [
      ("WRONG_ITEM", nil, "wrong-item", "WRONG_ITEM"), ("BROKEN", "defective", "defective", "DEFECTIVE"),
      ("FIT", "too-tight", "too-tight", nil), ("FIT", "SIZE_TOO_SMALL", "SIZE_TOO_SMALL", "SIZE_TOO_SMALL"),
    ] as [(String, String?, String, String?)])
  func reasonsAreSpeltAsShopifyDoes(code: String, platformReason: String?, handle: String, word: String?) {
    let item = ReturnSubmission.Item(sku: "A", quantity: 1, reasonCode: code, platformReason: platformReason)
    #expect(ShopifyReasons.handle(of: item) == handle)
    #expect(ShopifyReasons.word(of: item) == word)
  }

  // MARK: - Webhooks

  static let gid = "gid://shopify/Return/945000001"

  @Test(
    arguments: [
      ("returns/approve", #"{"id":1,"admin_graphql_api_id":"\#(gid)","status":"open"}"#, ReturnHint(platformID: gid)),
      (
        "returns/update", #"{"admin_graphql_api_id":"\#(gid)","return_line_items":{"removals":[]}}"#,
        ReturnHint(platformID: gid)
      ),
      ("RETURNS/CLOSE", #"{"id":945000001}"#, ReturnHint(platformID: gid)),
      (
        "returns/request",
        #"{"admin_graphql_api_id":"\#(gid)","return_line_items":[{"customer_note":null},{"customer_note":"Ringback ret_1"}]}"#,
        ReturnHint(platformID: gid, reference: "ret_1")
      ),
      (
        "returns/approve", #"{"return_line_items":[{"return_reason_note":"Ringback ret_1"}]}"#,
        ReturnHint(reference: "ret_1")
      ),
      (
        "refunds/create", #"{"id":7,"admin_graphql_api_id":"gid://shopify/Refund/7","return":{"id":945000001}}"#,
        ReturnHint(platformID: gid)
      ),
      ("refunds/create", #"{"id":7,"admin_graphql_api_id":"gid://shopify/Refund/7","return":null}"#, nil),
      ("refunds/create", #"{"id":7}"#, nil), ("orders/updated", #"{"id":7}"#, nil), ("", "{}", nil),
      ("returns/approve", "{}", nil), ("returns/approve", "[]", nil), ("returns/approve", #"{"id":-1}"#, nil),
      ("returns/approve", #"{"admin_graphql_api_id":"gid://shopify/Order/1"}"#, nil),
      ("returns/approve", #"{"admin_graphql_api_id":"gid://shopify/Return/1?x=\""}"#, nil),
      ("returns/request", #"{"return_line_items":[{"customer_note":"my Ringback"}]}"#, nil),
    ] as [(String, String, ReturnHint?)])
  func tellsWhatAMessageIsAbout(topic: String, body: String, hint: ReturnHint?) throws {
    #expect(Bench().shopify().hint(topic: topic, body: try JSONValue(parsing: body)) == hint)
  }
}
