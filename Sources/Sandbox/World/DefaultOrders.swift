import Core

extension [SimulatedOrder] {
  /// The world that a sandbox starts with when it is given no file. The first four are the ones that issue texts, flows
  /// and tests name.
  package static let defaults: [SimulatedOrder] = [
    order(
      "ORD-839201", .shipped, "2026-11-18T16:20:00Z", fulfilled: "2026-11-20",
      [item("SKU-12345", "Trail running shoes", 1, 89_90), item("SKU-20871", "Merino socks", 2, 20_00)],
      tracking: ("DHL", "JD014600003828392011"), returnUntil: "2027-01-31", .alex),
    order(
      "ORD-839202", .processing, "2026-11-20T08:05:00Z",
      [item("SKU-30016", "Rain jacket", 1, 149_00, shipped: 0)], .alex),
    order(
      "ORD-839203", .delivered, "2026-09-01T10:00:00Z", fulfilled: "2026-09-02",
      [item("SKU-41190", "Camping stove", 1, 64_95)], tracking: ("UPS", "1Z999AA10123456784"),
      returnEligible: false, returnUntil: "2026-10-02", .alex),
    order(
      "ORD-839204", .shipped, "2026-11-17T19:41:00Z", fulfilled: "2026-11-19",
      [item("SKU-12345", "Trail running shoes", 1, 89_90)], tracking: ("FedEx", "794658023144"),
      returnUntil: "2027-01-31", .robin),
    order(
      "ORD-839205", .cancelled, "2026-11-10T12:00:00Z", [item("SKU-50002", "Tent, two persons", 1, 219_00, shipped: 0)],
      .alex),
    order(
      "ORD-839206", .onHold, "2026-11-19T07:30:00Z", [item("SKU-50777", "Headlamp", 3, 39_95, shipped: 0)], .alex),
    order(
      "ORD-839207", .partiallyShipped, "2026-11-12T15:12:00Z", fulfilled: "2026-11-15",
      [
        item("SKU-61001", "Sleeping bag", 2, 129_00, shipped: 1),
        item("SKU-61002", "Sleeping mat", 2, 49_00, shipped: 2),
        item("SKU-61003", "Pillow", 2, 19_50, shipped: 0),
      ], tracking: ("DPD", "09981234567890"), returnUntil: "2027-01-31", .alex),
    order(
      "ORD-839208", .outForDelivery, "2026-11-16T01:00:00Z", fulfilled: "2026-11-18",
      [item("SKU-70010", "山歩きの地図帳", 2, 2_480, currency: "JPY")], tracking: ("Yamato", "440012345678"),
      returnUntil: "2027-01-31", .haruka),
    order(
      "ORD-839209", .delivered, "2026-11-02T09:00:00Z", fulfilled: "2026-11-03",
      [item("SKU-80010", "دلة قهوة", 1, 18_750, currency: "KWD")], tracking: ("Aramex", "33012345675"),
      returnUntil: "2027-01-31", .noura),
    order(
      "ORD-839210", .returned, "2026-10-05T09:00:00Z", fulfilled: "2026-10-06",
      [item("SKU-41190", "Camping stove", 1, 64_95)], tracking: ("UPS", "1Z999AA10123456792"), returnEligible: false,
      .robin),
    order(
      "ORD-839211", .pending, "2026-11-20T23:58:00Z",
      [item("SKU-90001", "Crème brûlée torch “Flambé” 🔥", 1, 34_50, shipped: 0)], .robin),
    // Begins with the whole of ORD-839207 and is older: a client that takes Shopify's first match is wrong.
    order(
      "ORD-8392071", .delivered, "2026-10-20T09:15:00Z", fulfilled: "2026-10-21",
      [item("SKU-30016", "Rain jacket", 1, 149_00)], tracking: ("UPS", "1Z999AA10123456800"), returnUntil: "2027-01-31",
      .robin),
  ]
}

extension SimulatedOrder.Customer {
  fileprivate static let alex = Self(
    name: "Alex Morgan", email: "alex.morgan@example.com", phone: "+4930123456701", postalCode: "10115", city: "Berlin",
    country: "DE")
  fileprivate static let robin = Self(
    name: "Robin Okafor", email: "robin.okafor@example.net", phone: "+442079460958", postalCode: "SW1A 1AA",
    city: "London", country: "GB")
  fileprivate static let haruka = Self(
    name: "佐藤 春香", email: "haruka@example.org", phone: "+81312345678", postalCode: "100-0001", city: "東京", country: "JP"
  )
  fileprivate static let noura = Self(
    name: "نورة", email: "noura@example.org", phone: "+96522212345", postalCode: "13001", city: "Kuwait City",
    country: "KW")
}

/// `price` in minor units of `currency`; `shipped` is all of it unless said otherwise.
private func item(
  _ sku: String, _ title: String, _ quantity: Int, _ price: Int64, currency: String = "EUR", shipped: Int? = nil
) -> SimulatedOrder.Item {
  .init(
    sku: sku, title: title, quantity: quantity, shipped: shipped ?? quantity,
    price: Money(minorUnits: price, currency: Currency(currency)!))
}

private func order(
  _ number: String, _ status: SimulatedOrder.Status, _ placed: String, fulfilled: String? = nil,
  _ items: [SimulatedOrder.Item], tracking: (String, String)? = nil, returnEligible: Bool? = nil,
  returnUntil: String? = nil, _ customer: SimulatedOrder.Customer
) -> SimulatedOrder {
  .init(
    number: number, status: status, placedAt: Timestamp(placed)!,
    fulfillmentDate: fulfilled.flatMap { CalendarDate($0) },
    items: items, tracking: tracking.map { .init(carrier: $0.0, number: $0.1) },
    returnEligible: returnEligible ?? (returnUntil != nil),
    returnEligibleUntil: returnUntil.flatMap { CalendarDate($0) },
    customer: customer)
}
