import Core
import FoundationEssentials
import HTTPMessages
import HTTPServer
import Testing

@testable import Sandbox

@Suite struct OrdersFileTests {
  static let yaml = """
    # Two orders for a rehearsal.
    orders:
      - number: ORD-100001
        status: shipped
        placed_at: 2026-11-01T10:00:00Z
        fulfillment_date: 2026-11-03
        currency: JPY
        items:
          - {sku: A-1, title: 地図, quantity: 2, price: 1200}
        tracking: {carrier: DHL, number: 00340434161094042557}
        return_eligible_until: 2026-12-03
        customer: {name: Mika, phone: "+81300000000", postal_code: 100-0001}
      - number: ORD-100002
        items: [{sku: B-1, price: 9.90}]
    """

  @Test func yamlAndJSONAreTheSame() throws {
    let orders = try OrdersFile.read(yaml: Self.yaml)
    #expect(orders.map(\.number) == ["ORD-100001", "ORD-100002"])
    #expect(orders[0].total == Money(minorUnits: 2_400, currency: Currency("JPY")!))
    #expect(orders[0].returnEligible)
    #expect(orders[0].items[0].shipped == 2)
    #expect(orders[0].fulfillmentDate?.description == "2026-11-03")
    #expect(orders[1].status == .processing)
    #expect(orders[1].items[0].title == "B-1")
    #expect(orders[1].total.decimal == "9.90")
    let json = JSONValue.array(orders.map(\.json)).bytes
    #expect(try OrdersFile.read(json: json) == orders)
  }

  @Test func whatTheSandboxShowsCanBeReadAgain() async throws {
    let shown = await Bench().send(.get, "/_orders").body
    #expect(try OrdersFile.read(json: shown) == [SimulatedOrder].defaults)
  }

  @Test(arguments: [
    ("{", "", "not JSON"), ("{}", "", "no list of orders"), ("[1]", "orders[0]", "group"),
    (#"[{"items":[{"sku":"A","price":"1"}]}]"#, "orders[0].number", "required"),
    (#"[{"number":"X"}]"#, "orders[0].items", "list"),
    (#"[{"number":"X","items":[]}]"#, "orders[0].items", "at least one"),
    (#"[{"number":"X","items":[{"sku":"A","price":"free"}]}]"#, "orders[0].items[0].price", "no amount"),
    (#"[{"number":"X","items":[{"sku":"A","price":"1.234"}]}]"#, "orders[0].items[0].price", "no amount"),
    (
      #"[{"number":"X","items":[{"sku":"A","price":1,"quantity":2,"shipped":3}]}]"#, "orders[0].items[0].shipped",
      "More"
    ),
    (#"[{"number":"X","status":"lost","items":[{"sku":"A","price":1}]}]"#, "orders[0].status", "lost is none of"),
    (#"[{"number":"X","colour":"red","items":[{"sku":"A","price":1}]}]"#, "orders[0].colour", "Known"),
    (
      #"[{"number":"X","fulfillment_date":"2026-02-30","items":[{"sku":"A","price":1}]}]"#,
      "orders[0].fulfillment_date", "no day"
    ),
    (
      #"[{"number":"X","items":[{"sku":"A","price":1}]},{"number":"X","items":[{"sku":"A","price":1}]}]"#,
      "orders[1].number", "twice"
    ),
  ])
  func mistakesAreNamedWithTheirPlace(text: String, place: String, reason: String) {
    let error = #expect(throws: OrdersFileError.self) { try OrdersFile.read(json: Array(text.utf8)) }
    #expect(error?.place == place)
    #expect(error?.reason.contains(reason) == true)
  }

  /// The file that stands as a pattern is the world that is built in.
  @Test func thePatternIsTheDefaultWorld() throws {
    let path = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let text = try Data(contentsOf: URL(filePath: "/\(path)/sandbox/orders.yaml"))
    #expect(try OrdersFile.read([UInt8](text), fileName: "orders.yaml") == [SimulatedOrder].defaults)
  }

  @Test func badYAMLIsNamed() {
    let error = #expect(throws: OrdersFileError.self) { try OrdersFile.read(yaml: "orders: [") }
    #expect(error?.reason.contains("YAML") == true)
  }
}
