import Core

// A reward as the admin API writes and reads it.

extension RewardCatalogue.Listing {
  package var json: JSONValue {
    var members = reward.members
    if let codesLeft { members.append(.init("codes_left", .integer(codesLeft))) }
    return .object(members)
  }
}

extension Reward {
  fileprivate var members: [JSONValue.Member] {
    [
      .init("reward_id", .string(id)), .init("title", title.json), .init("description", description.json),
      .init("point_cost", .integer(pointCost)), .init("tier", tier.json),
      .init("available_from", availableFrom.json), .init("available_until", availableUntil.json),
      .init("stock", stock.json), .init("limit_per_customer", limitPerCustomer.json),
      .init("image_url", imageURL.json),
      .init(
        "fulfillment",
        ["methods": .array(methods.map { .string($0.rawValue) }), "webhook_url": webhookURL.json]),
      .init("active", .bool(isActive)),
    ]
  }

  /// - Parameter value: all of a reward; what may be missing is.
  /// - Throws: `RewardFlaw` for a member that has not the form; the rest is `check`'s.
  package init(json value: JSONValue) throws(RewardFlaw) {
    guard let id = value["reward_id"]?.string else {
      throw RewardFlaw("reward_id", "It names the reward, such as RWD-8842.")
    }
    guard value["title"] != nil else {
      throw RewardFlaw("title", "A reward has a title, such as {\"en\": \"Coffee\"}.")
    }
    guard value["point_cost"] != nil else { throw RewardFlaw("point_cost", "A reward has a price.") }
    guard value["fulfillment"] != nil else {
      throw RewardFlaw("fulfillment", "It says how customers get the reward: {\"methods\": [\"email\"]}.")
    }
    self.init(id: id, title: LocalizedText(), pointCost: 0, methods: [])
    try change(by: value)
    stock = try Self.number("stock", value)
  }

  /// Takes on the members that are there; null takes away. The stock has ways of its own.
  ///
  /// - Throws: `RewardFlaw`.
  package mutating func change(by value: JSONValue) throws(RewardFlaw) {
    guard let members = value.members else { throw RewardFlaw("", "A reward is one JSON object.") }
    for member in members {
      switch member.name {
      case "reward_id", "stock", "codes_left": break
      case "title": title = try Self.text("title", member.value)
      case "description":
        description = member.value.isNull ? LocalizedText() : try Self.text("description", member.value)
      case "point_cost": pointCost = try Self.number("point_cost", value) ?? 0
      case "tier": tier = try Self.string("tier", member.value)
      case "available_from": availableFrom = try Self.time("available_from", member.value)
      case "available_until": availableUntil = try Self.time("available_until", member.value)
      case "limit_per_customer": limitPerCustomer = try Self.number("limit_per_customer", value)
      case "image_url": imageURL = try Self.string("image_url", member.value)
      case "fulfillment": try changeFulfilment(by: member.value)
      case "active":
        guard let flag = member.value.bool else { throw RewardFlaw("active", "It is true or false.") }
        isActive = flag
      default: throw RewardFlaw(member.name, "A reward has no such member.")
      }
    }
  }

  private mutating func changeFulfilment(by value: JSONValue) throws(RewardFlaw) {
    if let names = value["methods"] {
      let texts = names.array?.compactMap(\.string) ?? []
      methods = texts.compactMap(FulfilmentMethod.init)
      guard methods.count == names.array?.count else {
        throw RewardFlaw("fulfillment.methods", "The methods are some of email, webhook and code, each once.")
      }
    }
    if let url = value["webhook_url"] { webhookURL = try Self.string("fulfillment.webhook_url", url) }
  }

  private static func text(_ name: String, _ value: JSONValue) throws(RewardFlaw) -> LocalizedText {
    guard let text = LocalizedText(json: value) else {
      throw RewardFlaw(name, "It is an object of texts by language, such as {\"en\": \"Coffee\"}.")
    }
    return text
  }

  private static func string(_ name: String, _ value: JSONValue) throws(RewardFlaw) -> String? {
    if value.isNull { return nil }
    guard let text = value.string else { throw RewardFlaw(name, "It is a text or null.") }
    return text
  }

  private static func number(_ name: String, _ value: JSONValue) throws(RewardFlaw) -> Int64? {
    guard let member = value[name], !member.isNull else { return nil }
    guard let number = member.integer else { throw RewardFlaw(name, "It is a whole number.") }
    return number
  }

  private static func time(_ name: String, _ value: JSONValue) throws(RewardFlaw) -> Timestamp? {
    guard let text = try string(name, value) else { return nil }
    guard let time = Timestamp(text) else {
      throw RewardFlaw(name, "It is a time such as 2026-12-01T00:00:00Z, or null.")
    }
    return time
  }
}

extension String? {
  var json: JSONValue { map { .string($0) } ?? .null }
}

extension Int64? {
  var json: JSONValue { map { .integer($0) } ?? .null }
}

extension Timestamp? {
  var json: JSONValue { map { .string("\($0)") } ?? .null }
}
