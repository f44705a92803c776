import Core
import HTTPMessages
import Synchronization

extension AdobeCommerceShop {
  /// `/V1/returns…` and `/V1/returnsAttributeMetadata…`.
  ///
  /// - Parameter path: behind that.
  func returns(
    _ request: VendorRequest, _ path: [String], isMetadata: Bool
  ) throws(AdobeCommerceError) -> JSONValue {
    if isMetadata { return try metadata(path) }
    switch (request.method, path.count, path.last) {
    case (.get, 0, _): return try search(request, in: state.withLock { $0.returns.all.map(\.json) })
    case (.post, 0, _): return try create(try object(request, "rmaDataObject"))
    case (.get, 1, _):
      return try state.withLock { (state) throws(AdobeCommerceError) in
        state.returns.all[try index(path[0], state)].json
      }
    case (.get, 2, "comments"):
      return try state.withLock { (state) throws(AdobeCommerceError) in
        let found = state.returns.all[try index(path[0], state)]
        return [
          "items": .array(found.comments.map { $0.json(of: found.id) }), "total_count": .integer(found.comments.count),
        ]
      }
    case (.post, 2, "comments"): return try comment(path[0], try object(request, "data"))
    default: throw .noRoute
    }
  }

  private func index(_ id: String, _ state: borrowing State) throws(AdobeCommerceError) -> Int {
    guard let index = state.returns.index(id) else {
      throw AdobeCommerceError(
        status: 404, message: "No such entity with %fieldName = %fieldValue",
        parameters: ["fieldName": "id", "fieldValue": .string(id)])
    }
    return index
  }

  private func object(_ request: VendorRequest, _ name: String) throws(AdobeCommerceError) -> JSONValue {
    guard let body = try? JSONValue(parsing: request.body) else { throw .invalid("Decoding error.") }
    guard let object = body[name], object.members != nil else {
      throw .invalid("\"%fieldName\" is required. Enter and try again.", ["fieldName": .string(name)])
    }
    return object
  }

  // MARK: - Making one

  private func create(_ asked: JSONValue) throws(AdobeCommerceError) -> JSONValue {
    guard let order = asked["order_id"].flatMap({ order($0.integer.map(String.init) ?? $0.string ?? "") }) else {
      throw .noEntity
    }
    let now = time.now
    let made = try state.withLock { (state) throws(AdobeCommerceError) in
      let items = try items(asked["items"]?.array ?? [], of: order, &state.returns)
      var made = AdobeCommerceReturns.Return(id: state.returns.nextID(), order: order, requested: now, items: items)
      for comment in asked["comments"]?.array ?? [] where options.keepsComments {
        made.comments.append(Self.comment(comment, id: state.returns.nextID(), now))
      }
      state.returns.add(made)
      return made
    }
    saved(made)
    return made.json
  }

  private func items(
    _ asked: [JSONValue], of order: SimulatedOrder, _ returns: inout AdobeCommerceReturns
  ) throws(AdobeCommerceError) -> [AdobeCommerceReturns.Return.Item] {
    guard !asked.isEmpty else { throw .invalid("This is the wrong RMA item status.") }
    var items: [AdobeCommerceReturns.Return.Item] = []
    for item in asked {
      let lineID = item["order_item_id"]?.integer.flatMap { UInt64(exactly: $0) } ?? 0
      guard let index = order.items.indices.first(where: { order.adobeCommerceLineID($0) == lineID }),
        order.returnEligible, order.items[index].shipped > 0
      else { throw .invalid("You cannot return %1.", [.string(Self.name(of: lineID, in: order))]) }
      let line = order.items[index]
      let quantity = item["qty_requested"]?.integer ?? 0
      guard quantity > 0 else { throw .invalid("There is an error in quantities for item %1.", [.string(line.title)]) }
      let held = items.filter { $0.lineID == lineID }.reduce(returns.taken(lineID)) { $0 + $1.requested }
      guard Int(quantity) <= line.shipped - held else {
        throw .invalid("Quantity of %1 is greater than you can return.", [.string(line.title)])
      }
      items.append(
        .init(
          id: returns.nextID(), lineID: lineID, requested: Int(quantity), reason: try Self.option(item, "reason"),
          condition: try Self.option(item, "condition"), resolution: try Self.option(item, "resolution")))
    }
    return items
  }

  private static func name(of lineID: UInt64, in order: SimulatedOrder) -> String {
    order.items.indices.first { order.adobeCommerceLineID($0) == lineID }.map { order.items[$0].title } ?? ""
  }

  // MARK: - Comments

  private func comment(_ id: String, _ data: JSONValue) throws(AdobeCommerceError) -> JSONValue {
    guard data["comment"]?.string?.isEmpty == false else { throw .invalid("Please enter a valid message.") }
    let now = time.now
    try state.withLock { (state) throws(AdobeCommerceError) in
      let comment = Self.comment(data, id: state.returns.nextID(), now)
      state.returns.change(try index(id, state)) { $0.comments.append(comment) }
    }
    return true
  }

  private static func comment(_ data: JSONValue, id: UInt64, _ now: Timestamp) -> AdobeCommerceReturns.Return.Comment {
    .init(
      id: id, text: data["comment"]?.string ?? "", isVisible: data["visible_on_front"]?.bool ?? false,
      isAdmin: data["admin"]?.bool ?? false, created: now)
  }

  // MARK: - Attributes

  /// The options of a fresh installation, and one reason of the shop's own.
  static let attributes: KeyValuePairs<String, (label: String, options: KeyValuePairs<String, String>)> = [
    "resolution": ("Resolution", ["4": "Exchange", "5": "Refund", "6": "Store Credit"]),
    "condition": ("Item Condition", ["7": "Unopened", "8": "Opened", "9": "Damaged"]),
    "reason": (
      "Reason to Return", ["10": "Wrong Color", "11": "Wrong Size", "12": "Out of Service", "13": "Changed My Mind"]
    ),
  ]

  private static func option(_ item: JSONValue, _ code: String) throws(AdobeCommerceError) -> String {
    let given = item[code].flatMap { $0.string ?? $0.integer.map(String.init) } ?? ""
    for attribute in attributes where attribute.key == code {
      guard attribute.value.options.contains(where: { $0.key == given }) else {
        throw .invalid("\"%1\" is a required value.", [.string(attribute.value.label)])
      }
    }
    return given
  }

  private func metadata(_ path: [String]) throws(AdobeCommerceError) -> JSONValue {
    let all = Self.attributes.map { attribute -> JSONValue in
      [
        "attribute_code": .string(attribute.key), "frontend_input": "select", "required": true, "visible": true,
        "frontend_label": .string(attribute.value.label),
        "options": .array(
          [["label": " ", "value": ""]]
            + attribute.value.options.map { ["label": .string($0.value), "value": .string($0.key)] }),
      ]
    }
    guard let code = path.first else { return .array(all) }
    guard path.count == 1, let found = all.first(where: { $0["attribute_code"]?.string == code }) else {
      throw .noEntity
    }
    return found
  }
}
