import Core
import HTTPMessages
import HTTPServer
import Synchronization
import Testing

@testable import Sandbox

@Suite struct ShopifyReturnsTests {
  let bench = Bench()

  static let order = "gid://shopify/Order/5000000839201"
  static let shoes = "gid://shopify/FulfillmentLineItem/14000083920100"
  static let socks = "gid://shopify/FulfillmentLineItem/14000083920101"

  static let request = """
    mutation Request($input: ReturnRequestInput!) {
      returnRequest(input: $input) {
        return {
          id name status requestApprovedAt totalQuantity order { name returnStatus } reverseFulfillmentOrders(first: 1) { nodes { status } }
          returnLineItems(first: 5) { nodes { quantity returnReason customerNote returnReasonDefinition { handle } ... on ReturnLineItem { fulfillmentLineItem { id } } } }
        }
        userErrors { code field message }
      }
    }
    """

  private static func input(_ lines: JSONValue..., order: String = order) -> JSONValue {
    ["input": ["orderId": .string(order), "returnLineItems": .array(lines)]]
  }

  private static func line(_ id: String, _ quantity: Int64, _ more: JSONValue.Member...) -> JSONValue {
    .object([.init("fulfillmentLineItemId", .string(id)), .init("quantity", .integer(quantity))] + more)
  }

  private func request(_ lines: JSONValue...) async -> JSONValue? {
    await bench.graphQL(
      Self.request, variables: ["input": ["orderId": .string(Self.order), "returnLineItems": .array(lines)]]
    )
    .at("data.returnRequest")
  }

  /// A mutation with an id alone.
  private func act(_ mutation: String, on id: String?) async -> JSONValue? {
    await bench.graphQL(
      "mutation Act($id: ID!) { \(mutation) { return { status } userErrors { code field } } }",
      variables: ["id": .text(id)])["data"]?.members?.first?.value
  }

  private func returnable() async -> [Int64?]? {
    let query = """
      query ($id: ID!) { returnableFulfillments(orderId: $id, first: 5) { nodes { returnableFulfillmentLineItems(first: 5) {
        nodes { quantity } } } } }
      """
    return await bench.graphQL(query, variables: ["id": .string(Self.order)])
      .at("data.returnableFulfillments.nodes.0.returnableFulfillmentLineItems.nodes")?.array?
      .map { $0["quantity"]?.integer }
  }

  @Test func aReturnIsRequestedApprovedAndClosed() async {
    let made = await request(
      Self.line(
        Self.socks, 1, .init("customerNote", "too warm"),
        .init("returnReasonDefinitionId", "gid://shopify/ReturnReasonDefinition/8")))
    #expect(made?["userErrors"] == [])
    let one = made?["return"]
    #expect(one?["name"] == "ORD-839201-R1")
    #expect(one?["status"] == "REQUESTED")
    #expect(one?.at("order.returnStatus") == "RETURN_REQUESTED")
    #expect(one?.at("reverseFulfillmentOrders.nodes") == [])
    #expect(
      one?.at("returnLineItems.nodes.0") == [
        "quantity": 1, "returnReason": "SIZE_TOO_SMALL", "customerNote": "too warm",
        "returnReasonDefinition": ["handle": "too-tight"], "fulfillmentLineItem": ["id": .string(Self.socks)],
      ])
    #expect(await returnable() == [1, 1], "one of two socks is taken")
    let id = one?["id"]?.string
    #expect(await act("returnApproveRequest(input: {id: $id})", on: id)?.at("return.status") == "OPEN")
    #expect(await act("returnClose(id: $id)", on: id)?.at("return.status") == "CLOSED")
    #expect(await act("returnReopen(id: $id)", on: id)?.at("return.status") == "OPEN")
    #expect(await act("returnCancel(id: $id)", on: id)?.at("return.status") == "CANCELED")
    #expect(await returnable() == [1, 2], "a cancelled return takes nothing")
  }

  @Test func aCreatedReturnIsOpenAtOnceAndListed() async {
    let mutation = """
      mutation Create($order: ID!, $line: ID!) @idempotent(key: "one") {
        returnCreate(returnInput: {orderId: $order, returnLineItems: [
          {fulfillmentLineItemId: $line, quantity: 1, returnReason: DEFECTIVE, returnReasonNote: "Ringback ret_1"}]}) {
          return { id status name } userErrors { code }
        }
      }
      """
    let answer = await bench.graphQL(
      mutation, variables: ["order": .string(Self.order), "line": .string(Self.shoes)])
    #expect(answer.at("data.returnCreate.return.status") == "OPEN")
    let list = await bench.graphQL(
      "query ($id: ID!) { order(id: $id) { returns(first: 5) { nodes { id returnLineItems(first: 1) { nodes { returnReasonNote } } } } } }",
      variables: ["id": .string(Self.order)])
    #expect(list.at("data.order.returns.nodes.0.id") == answer.at("data.returnCreate.return.id"))
    #expect(list.at("data.order.returns.nodes.0.returnLineItems.nodes.0.returnReasonNote") == "Ringback ret_1")
  }

  @Test(arguments: [
    (input(line(shoes, 1), order: "gid://shopify/Order/1"), "NOT_FOUND", ["input", "orderId"]),
    (input(), "BLANK", ["input", "returnLineItems"]),
    (
      input(line("gid://shopify/FulfillmentLineItem/1", 1)), "NOT_FOUND",
      ["input", "returnLineItems", "0", "fulfillmentLineItemId"]
    ),
    (input(line(shoes, 0)), "GREATER_THAN", ["input", "returnLineItems", "0", "quantity"]),
    (input(line(shoes, 2)), "INVALID", ["input", "returnLineItems", "0", "quantity"]),
    (input(line(socks, 1), line(socks, 2)), "INVALID", ["input", "returnLineItems", "1", "quantity"]),
    (
      input(line(shoes, 1, .init("returnReasonDefinitionId", "gid://shopify/ReturnReasonDefinition/999"))), "NOT_FOUND",
      ["input", "returnLineItems", "0", "returnReasonDefinitionId"]
    ),
    (
      input(line(shoes, 1, .init("customerNote", .string(String(repeating: "x", count: 301))))), "TOO_LONG",
      ["input", "returnLineItems", "0", "customerNote"]
    ),
    // Not sent as yet.
    (
      input(line("gid://shopify/FulfillmentLineItem/14000083920200", 1), order: "gid://shopify/Order/5000000839202"),
      "NOT_FOUND", ["input", "returnLineItems", "0", "fulfillmentLineItemId"]
    ),
  ])
  func whatIsWrongIsAUserErrorIn200(variables: JSONValue, code: String, field: [String]) async {
    let answer = await bench.graphQL(Self.request, variables: variables).at("data.returnRequest")
    #expect(answer?["return"] == JSONValue.null)
    #expect(answer?.at("userErrors.0.code") == .string(code))
    #expect(answer?.at("userErrors.0.field") == .array(field.map { .string($0) }))
    #expect(answer?.at("userErrors.0.message")?.string?.isEmpty == false)
    #expect(await returnable() == [1, 2], "nothing was made")
  }

  // MARK: - States

  private static let steps: [String: @Sendable (ShopifyReturns, String) throws -> Void] = [
    "approve": { _ = try $0.approve($1) }, "decline": { _ = try $0.decline($1, reason: "FINAL_SALE") },
    "receive": { _ = try $0.receive($1) }, "refund": { _ = try $0.refund($1) }, "close": { _ = try $0.close($1) },
    "reopen": { _ = try $0.reopen($1) }, "cancel": { _ = try $0.cancel($1) },
  ]

  /// What led to a state, and the steps that follow from it; all others are INVALID_STATE.
  @Test(arguments: [
    ([], ["approve", "decline", "cancel"]),
    (["approve"], ["receive", "refund", "close", "cancel"]),
    (["approve", "receive"], ["receive", "refund", "close"]),
    (["approve", "refund"], ["receive", "refund", "close"]),
    (["approve", "close"], ["refund", "reopen"]),
    (["decline"], []), (["approve", "cancel"], []),
  ])
  func onlyWhatFollowsIsAllowed(path: [String], allowed: [String]) throws {
    for (name, step) in Self.steps {
      let (returns, id, _) = try Self.requested()
      for name in path { try Self.steps[name]?(returns, id) }
      if allowed.contains(name) {
        try step(returns, id)
      } else {
        let error = #expect(throws: ShopifyReturns.UserError.self, "\(name) after \(path)") { try step(returns, id) }
        #expect(error?.code == "INVALID_STATE")
      }
    }
    #expect(throws: ShopifyReturns.UserError(code: "NOT_FOUND", field: ["id"], message: "Return not found.")) {
      try Self.requested().returns.approve("gid://shopify/Return/1")
    }
  }

  private final class Told: Sendable {
    let events = Mutex<[(topic: String, payload: JSONValue, id: String)]>([])
  }

  private static func requested() throws -> (returns: ShopifyReturns, id: String, told: Told) {
    let told = Told()
    let returns = ShopifyReturns(
      orders: .defaults, time: ManualTime(), identities: Identities(seed: 1, name: "shopify")
    ) { topic, payload, id in told.events.withLock { $0.append((topic, payload, id)) } }
    let order = try #require([SimulatedOrder].defaults.first)
    let line = ShopifyReturn.Line(item: 1, quantity: 2, reason: .unknown, customerNote: "Ringback ret_1")
    return (returns, try returns.request([line], of: order).gid, told)
  }

  @Test func everyChangeIsTold() throws {
    let (returns, id, told) = try Self.requested()
    try returns.approve(id)
    try returns.process(id)
    try returns.refund(id)
    try returns.close(id)
    #expect(throws: ShopifyReturns.UserError.self) { try returns.approve(id) }
    let events = told.events.withLock { $0 }
    #expect(
      events.map(\.topic) == [
        "returns/request", "returns/approve", "returns/update", "refunds/create", "returns/update", "returns/close",
      ])
    #expect(Set(events.map(\.id)).count == events.count)
    let first = events.first?.payload
    #expect(first?["admin_graphql_api_id"] == .string(id))
    #expect(first?["id"]?.integer.map { "gid://shopify/Return/\($0)" } == id)
    #expect(first?["status"] == "requested")
    #expect(first?.at("order.admin_graphql_api_id") == .string(Self.order))
    #expect(first?.at("return_line_items.0.customer_note") == "Ringback ret_1")
    #expect(first?.at("return_line_items.0.fulfillment_line_item.admin_graphql_api_id") == .string(Self.socks))
    #expect(events.first { $0.topic == "refunds/create" }?.payload.at("return.admin_graphql_api_id") == .string(id))
  }

  @Test func aReturnedOrderHasItsReturn() async {
    let answer = await bench.graphQL(
      "{ orders(first: 1, query: \"name:ORD-839210\") { nodes { returnStatus returns(first: 1) { nodes { status refunds(first: 1) { nodes { id } } } } } } }"
    )
    #expect(answer.at("data.orders.nodes.0.returnStatus") == "RETURNED")
    #expect(answer.at("data.orders.nodes.0.returns.nodes.0.status") == "CLOSED")
    #expect(answer.at("data.orders.nodes.0.returns.nodes.0.refunds.nodes")?.array?.count == 1)
  }

  /// A SKU that stands on an order twice left in two parcels.
  @Test func parcelsAreReturnedOneByOne() async throws {
    let orders = try OrdersFile.read(
      yaml: """
        orders:
          - number: ORD-1
            status: delivered
            fulfillment_date: 2026-11-20
            return_eligible: true
            items:
              - { sku: A, price: "1.00" }
              - { sku: A, price: "1.00", quantity: 2 }
              - { sku: B, price: "1.00" }
        """)
    let bench = Bench(orders: orders)
    let answer = await bench.graphQL(
      """
      { returnableFulfillments(orderId: "gid://shopify/Order/5000000000001", first: 5) { nodes { fulfillment { name }
        returnableFulfillmentLineItems(first: 5) { nodes { quantity fulfillmentLineItem { lineItem { sku } } } } } } }
      """)
    let nodes = answer.at("data.returnableFulfillments.nodes")
    #expect(nodes?.array?.map { $0.at("fulfillment.name") } == ["ORD-1-F1", "ORD-1-F2"])
    #expect(nodes?.at("0.returnableFulfillmentLineItems.nodes")?.array?.count == 2)
    #expect(nodes?.at("1.returnableFulfillmentLineItems.nodes.0.quantity") == 2)
  }

  // MARK: - Scopes, versions, cost

  private func shop(_ scopes: [String]) -> ShopifyShop {
    ShopifyShop(
      orders: .defaults, client: SandboxClient(id: "app", secret: "s"), limits: LimitBoard(SandboxLimits()),
      time: bench.time, identities: Identities(seed: 1, name: "shopify"), scopes: scopes)
  }

  private func ask(_ shop: ShopifyShop, _ query: String) -> JSONValue {
    func request(_ segments: [String], _ headers: Headers, _ body: JSONValue) -> JSONValue {
      shop.answer(
        VendorRequest(
          method: .post, segments: segments, query: .none, headers: headers, body: body.bytes, requestID: "call-1",
          origin: "http://sandbox")
      ).json
    }
    let token = request(
      ["admin", "oauth", "access_token"], ["content-type": "application/json"],
      ["client_id": "app", "client_secret": "s", "grant_type": "client_credentials"])
    return request(
      ["admin", "api", "2026-07", "graphql.json"], ["x-shopify-access-token": token["access_token"]?.string ?? ""],
      ["query": .string(query)])
  }

  @Test(arguments: [
    ("{ return(id: \"gid://shopify/Return/1\") { id } }", ["read_orders"], ["return"], "read_returns"),
    (
      "{ returnReasonDefinitions(first: 1) { nodes { id } } }", ["read_orders"], ["returnReasonDefinitions"],
      "read_returns"
    ),
    (
      "{ returnableFulfillments(orderId: \"\(order)\", first: 1) { nodes { id } } }", ["read_orders"],
      ["returnableFulfillments"], "read_returns"
    ),
    (
      "{ order(id: \"\(order)\") { name returns(first: 1) { nodes { id } } } }", ["read_orders"], ["order", "returns"],
      "read_returns"
    ),
    (
      "mutation { returnClose(id: \"gid://shopify/Return/1\") { return { id } } }", ["read_orders", "read_returns"],
      ["returnClose"], "write_returns"
    ),
  ])
  func scopesAreAskedFor(query: String, scopes: [String], path: [String], missing: String) {
    let answer = ask(shop(scopes), query)
    #expect(answer.at("errors.0.extensions.code") == "ACCESS_DENIED")
    #expect(answer.at("errors.0.path") == .array(path.map { .string($0) }))
    #expect(answer.at("errors.0.message")?.string?.contains("`\(missing)`") == true)
    #expect(answer["data"]?.members?.first?.value == JSONValue.null)
    #expect(ask(shop(ShopifyShop.scopes), query)["errors"] == nil)
  }

  @Test(arguments: [
    (#"{"orderId":"gid://shopify/Order/1"}"#, ["returnLineItems"], "Expected value to not be null"),
    (
      #"{"orderId":"x","returnLineItems":[{"quantity":1}]}"#, ["returnLineItems", "0", "fulfillmentLineItemId"],
      "not be null"
    ),
    (
      #"{"orderId":"x","returnLineItems":[{"fulfillmentLineItemId":"y","quantity":1,"note":"z"}]}"#,
      ["returnLineItems", "0", "note"], "Field is not defined on ReturnRequestLineItemInput"
    ),
    (
      #"{"orderId":"x","returnLineItems":[{"fulfillmentLineItemId":"y","quantity":"1"}]}"#,
      ["returnLineItems", "0", "quantity"], "Could not coerce"
    ),
  ])
  func inputsAreChecked(input: String, path: [String], explanation: String) async throws {
    let answer = await bench.graphQL(Self.request, variables: ["input": try JSONValue(parsing: input)])
    let problem = answer.at("errors.0.extensions.problems.0")
    #expect(problem?["path"]?.array?.map { $0.string ?? $0.text } == path)
    #expect(problem?["explanation"]?.string?.contains(explanation) == true)
    #expect(answer["data"] == nil)
  }

  @Test(arguments: [
    ("2026-01", "returnReasonDefinitionId: \"gid://shopify/ReturnReasonDefinition/2\"", true), ("2026-01", "", true),
    ("2025-10", "returnReasonDefinitionId: \"gid://shopify/ReturnReasonDefinition/2\"", false), ("2025-10", "", false),
    ("2025-10", "returnReason: DEFECTIVE", true), ("2026-07", "returnReason: DEFECTIVE", true),
    ("2026-07", "returnReason: BROKEN", false),
  ])
  func reasonsDependOnTheVersion(version: String, reason: String, isTaken: Bool) async {
    let query = """
      mutation { returnRequest(input: {orderId: "\(Self.order)", returnLineItems: [
        {fulfillmentLineItemId: "\(Self.shoes)", quantity: 1 \(reason)}]}) { return { id } } }
      """
    let answer = await bench.send(
      .post, "/shopify/admin/api/\(version)/graphql.json", ["x-shopify-access-token": await bench.shopifyToken()],
      body: JSONValue.object([.init("query", .string(query))]).text)
    #expect((answer.json.at("data.returnRequest.return.id") != nil) == isTaken)
  }

  @Test func definitionsAreFoundByTheirHandle() async {
    let answer = await bench.graphQL(
      "{ returnReasonDefinitions(handles: [\"defective\", \"no-such\"], first: 5) { nodes { id handle deleted } } }")
    #expect(
      answer.at("data.returnReasonDefinitions.nodes") == [
        ["id": "gid://shopify/ReturnReasonDefinition/2", "handle": "defective", "deleted": false]
      ])
  }

  @Test func aMutationCostsTen() async {
    let answer = await bench.graphQL("mutation { returnClose(id: \"gid://shopify/Return/1\") { userErrors { code } } }")
    #expect(answer.at("data.returnClose.userErrors.0.code") == "NOT_FOUND")
    #expect(answer.at("extensions.cost.requestedQueryCost") == 11)
    #expect(answer.at("extensions.cost.actualQueryCost") == 11)
  }

  // MARK: - Webhooks

  /// The code is GitHub's published example, in base64.
  @Test(arguments: ShopifyWebhook.Family.allCases)
  func messagesAreSigned(family: ShopifyWebhook.Family) throws {
    let headers = ShopifyWebhook.headers(
      topic: "returns/approve", webhookID: "w1", eventID: "e1", triggeredAt: bench.time.now,
      body: Array("Hello, World!".utf8), secret: "It's a Secret to Everybody", family: family)
    let prefix = family == .classic ? "X-Shopify-" : "shopify-"
    let code = try #require(headers[prefix + "Hmac-Sha256"].flatMap { Base64.standard.decode($0) })
    #expect(code.hex == "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")
    #expect(headers[prefix + "topic"] == "returns/approve")
    #expect(headers[prefix + "event-id"] == "e1")
    #expect(headers[prefix + "triggered-at"] == "2026-11-21T09:30:00.000Z")
  }
}
