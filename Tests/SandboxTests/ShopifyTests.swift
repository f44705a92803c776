import Core
import HTTPMessages
import HTTPServer
import Testing

@testable import Sandbox

@Suite struct ShopifyTests {
  @Test func theSchemaParses() {
    #expect(GraphQLSchema.shopify.composites["Order"]?.fields["lineItems"] != nil)
    for type in GraphQLSchema.shopify.composites.values {
      for (name, field) in type.fields where field.type.base.hasSuffix("Connection") {
        #expect(GraphQLSchema.shopify.composites[field.type.base] != nil, "\(type.name).\(name)")
      }
    }
  }

  @Test(arguments: [
    (#"{"client_id":"x","client_secret":"y","grant_type":"client_credentials"}"#, "application_cannot_be_found"),
    (#"{"client_id":"ringback-shopify-app","client_secret":"y","grant_type":"client_credentials"}"#, "invalid_client"),
    (#"{"client_id":"ringback-shopify-app","client_secret":"shopify-secret"}"#, "unsupported_grant_type"),
    (#"{"grant_type":"client_credentials"}"#, "invalid_request"),
    ("no json", "invalid_request"),
  ])
  func refusesToSignIn(body: String, code: String) async {
    let answer = await Bench().send(
      .post, "/shopify/admin/oauth/access_token", ["content-type": "application/json"], body: body)
    #expect(answer.status == 400)
    #expect(answer.text.contains(code))
  }

  @Test func tokensLastADay() async {
    let bench = Bench()
    let form = await bench.send(
      .post, "/shopify/admin/oauth/access_token", GuideShopTests.form,
      body: "grant_type=client_credentials&client_id=ringback-shopify-app&client_secret=shopify-secret")
    #expect(form.json["expires_in"]?.integer == 86_399)
    #expect(form.json["scope"]?.string?.contains("read_orders") == true)
    let token = form.json["access_token"]?.string ?? ""
    #expect(await bench.graphQL("{ shop { name } }", token: token).at("data.shop.name")?.string == "Ringback Sandbox")
    bench.time.advance(by: .seconds(86_399))
    #expect(
      await bench.graphQL("{ shop { name } }", token: token)["errors"]?.string?.hasPrefix("[API] Invalid API key")
        == true)
  }

  @Test func badTokensAndVersionsAreRefused() async {
    let bench = Bench()
    let headers: Headers = ["x-shopify-access-token": "shpat_wrong"]
    #expect(await bench.send(.post, "/shopify/admin/api/2026-07/graphql.json", headers, body: "{}").status == 401)
    let good: Headers = ["x-shopify-access-token": await bench.shopifyToken()]
    let body = #"{"query":"{ shop { name } }"}"#
    for (version, status) in [("2026-07", 200), ("unstable", 200), ("2026-08", 404), ("latest", 404)] {
      let answer = await bench.send(.post, "/shopify/admin/api/\(version)/graphql.json", good, body: body)
      #expect(answer.status == status)
      #expect(answer.headers["x-shopify-api-version"] == (status == 200 ? version : nil))
    }
    #expect(await bench.send(.post, "/shopify/admin/api/2026-07/graphql.json", good, body: "{}").status == 400)
  }

  static let lookUp = """
    query Order($query: String!) {
      orders(first: 5, query: $query) {
        nodes { ...Basics fulfillments(first: 1) { displayStatus trackingInfo { company number } } }
        pageInfo { hasNextPage }
      }
    }
    fragment Basics on Order {
      name displayFulfillmentStatus displayFinancialStatus
      total: totalPriceSet { shopMoney { amount currencyCode } }
      lineItems(first: 10) { edges { node { sku quantity title } } }
    }
    """

  @Test(
    arguments: [
      ("ORD-839201", "FULFILLED", "PAID", "129.9", "EUR", "IN_TRANSIT"),
      ("ORD-839202", "IN_PROGRESS", "PAID", "149.0", "EUR", nil),
      ("ORD-839205", "UNFULFILLED", "VOIDED", "219.0", "EUR", nil),
      ("ORD-839206", "ON_HOLD", "PAID", "119.85", "EUR", nil),
      ("ORD-839208", "FULFILLED", "PAID", "4960.0", "JPY", "OUT_FOR_DELIVERY"),
      ("ORD-839209", "FULFILLED", "PAID", "18.75", "KWD", "DELIVERED"),
      ("ORD-839211", "UNFULFILLED", "PENDING", "34.5", "EUR", nil),
    ] as [(String, String, String, String, String, String?)])
  func findsByName(
    name: String, fulfillment: String, financial: String, total: String, currency: String, delivery: String?
  ) async {
    let answer = await Bench().graphQL(Self.lookUp, variables: ["query": .string("name:\(name)")])
    let order = answer.at("data.orders.nodes.0")
    #expect(answer.at("data.orders.nodes")?.array?.count == 1)
    #expect(order?["name"]?.string == name)
    #expect(order?["displayFulfillmentStatus"]?.string == fulfillment)
    #expect(order?["displayFinancialStatus"]?.string == financial)
    #expect(order?.at("total.shopMoney.amount")?.string == total)
    #expect(order?.at("total.shopMoney.currencyCode")?.string == currency)
    #expect(order?.at("fulfillments.0.displayStatus")?.string == delivery)
    #expect(order?.at("lineItems.edges.0.node.sku")?.string?.hasPrefix("SKU-") == true)
  }

  /// The search finds by beginnings: here the older ORD-8392071 comes first.
  @Test func theFirstMatchMayBeAnother() async {
    let answer = await Bench().graphQL(Self.lookUp, variables: ["query": "name:ORD-839207"])
    #expect(answer.at("data.orders.nodes")?.array?.compactMap { $0["name"]?.string } == ["ORD-8392071", "ORD-839207"])
  }

  @Test(
    arguments: [
      ("name:ORD-839201", ["ORD-839201"]), ("name:\"ORD-839201\"", ["ORD-839201"]), ("name:839201", ["ORD-839201"]),
      ("name:'#839202'", ["ORD-839202"]), ("name:ord-839203", ["ORD-839203"]), ("name:ORD-999", []),
      ("email:robin* AND status:cancelled", []), ("status:cancelled", ["ORD-839205"]),
      ("name:ORD-839201 OR name:ORD-839202", ["ORD-839201", "ORD-839202"]),
      ("fulfillment_status:on_hold", ["ORD-839206"]), ("created_at:>2026-11-20T12:00:00Z", ["ORD-839211"]),
      ("(name:ORD-839201 OR name:ORD-839205) -status:cancelled", ["ORD-839201"]),
      ("sku:SKU-12345 email:robin.okafor@example.net", ["ORD-839204"]),
      ("financial_status:refunded NOT name:x", ["ORD-839210"]), (": :: (", nil), ("\"", nil), ("nme:ORD-839201", nil),
    ] as [(String, [String]?)])
  func searches(query: String, expected: [String]?) {
    let found = [SimulatedOrder].defaults.filter(ShopifySearch(query).matches).map(\.number).sorted()
    // What cannot be understood narrows nothing.
    #expect(found == (expected ?? [SimulatedOrder].defaults.map(\.number).sorted()))
  }

  @Test func anUnknownSearchFieldIsAWarning() async {
    let answer = await Bench().graphQL(Self.lookUp, variables: ["query": "nme:ORD-839201"])
    #expect(answer.at("data.orders.nodes")?.array?.count == 5)
    #expect(answer.at("extensions.search.0.warnings.0.field")?.string == "nme")
  }

  @Test func pagesFollowCursors() async {
    let bench = Bench()
    let query = """
      query Page($after: String) { orders(first: 5, after: $after, sortKey: ID) {
        edges { cursor node { name } } pageInfo { hasNextPage hasPreviousPage endCursor } } }
      """
    var names: [String] = []
    var after = JSONValue.null
    for page in 0..<3 {
      let orders = await bench.graphQL(query, variables: ["after": after]).at("data.orders")
      names += orders?["edges"]?.array?.compactMap { $0.at("node.name")?.string } ?? []
      after = orders?.at("pageInfo.endCursor") ?? .null
      #expect(orders?.at("pageInfo.hasNextPage")?.bool == (page < 2))
      #expect(orders?.at("pageInfo.hasPreviousPage")?.bool == (page > 0))
    }
    #expect(names.sorted() == [SimulatedOrder].defaults.map(\.number).sorted())
    let newest = await bench.graphQL("{ orders(first: 1, reverse: true) { nodes { name } } }")
    #expect(newest.at("data.orders.nodes.0.name")?.string == "ORD-839211")
    let wrong = await bench.graphQL(query, variables: ["after": "nonsense"])
    #expect(wrong.at("data.orders")?.isNull == true)
    #expect(wrong.at("errors.0.message")?.string?.contains("cursor") == true)
  }

  @Test func ordersAreFoundByID() async {
    let bench = Bench()
    let id = "gid://shopify/Order/\([SimulatedOrder].defaults[0].shopifyID)"
    let query = """
      query ($id: ID!) {
        order(id: $id) { __typename name }
        node(id: $id) { id ... on Order { legacyResourceId } ... on Shop { email } }
        orderByIdentifier(identifier: {id: $id}) { name }
        returnableFulfillments(orderId: $id, first: 5) {
          nodes { fulfillment { order { name } } returnableFulfillmentLineItems(first: 5) {
            nodes { quantity fulfillmentLineItem { lineItem { sku } } } } }
        }
      }
      """
    let data = await bench.graphQL(query, variables: ["id": .string(id)])["data"]
    #expect(data?.at("order.__typename")?.string == "Order")
    #expect(data?.at("order.name")?.string == "ORD-839201")
    #expect(data?.at("node.legacyResourceId")?.string == "5000000839201")
    #expect(data?.at("node.email") == nil)
    #expect(data?.at("orderByIdentifier.name")?.string == "ORD-839201")
    let lines = data?.at("returnableFulfillments.nodes.0.returnableFulfillmentLineItems.nodes")?.array
    #expect(lines?.map { $0["quantity"]?.integer } == [1, 2])
    #expect(data?.at("returnableFulfillments.nodes.0.fulfillment.order.name")?.string == "ORD-839201")
    let gone = await bench.graphQL(query, variables: ["id": "gid://shopify/Order/1"])["data"]
    #expect(gone?["order"]?.isNull == true)
    let bad = await bench.graphQL("{ order(id: \"1\") { name } }")
    #expect(bad.at("errors.0.message")?.string == "Invalid global id '1'")
  }

  @Test(arguments: ["ORD-839202", "ORD-839203", "ORD-839205", "ORD-839210"])
  func whatMayNotBeReturnedHasNothingReturnable(number: String) {
    let order = [SimulatedOrder].defaults.first { $0.number == number }
    let returns = ShopifyReturns(
      orders: .defaults, time: ManualTime(), identities: Identities(seed: 1, name: "shopify"))
    #expect(order?.returnableNodes(ShopifyView(returns: returns, scopes: [])).isEmpty == true)
  }
}
