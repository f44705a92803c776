import Core

extension EntryDetail {
  /// Compact JSON, members always in this order and only those that say something: the same detail is the same text.
  package func write(to bytes: inout [UInt8]) {
    let start = bytes.count
    bytes.append(UInt8(ascii: "{"))
    func name(_ name: StaticString) {
      if bytes.count > start + 1 { bytes.append(UInt8(ascii: ",")) }
      bytes.append(UInt8(ascii: "\""))
      bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
      bytes.append(UInt8(ascii: "\""))
      bytes.append(UInt8(ascii: ":"))
    }
    func put(_ member: StaticString, _ text: String?) {
      guard let text else { return }
      name(member)
      JSONValue.write(text, to: &bytes)
    }
    func put(_ member: StaticString, _ number: Int64?) {
      guard let number else { return }
      name(member)
      bytes.append(decimal: number)
    }
    put("reason", reason)
    put("reference", reference)
    put("reverses", reverses)
    put("hold", hold)
    if !lots.isEmpty {
      name("lots")
      for (index, lot) in lots.enumerated() {
        bytes.append(index == 0 ? UInt8(ascii: "[") : UInt8(ascii: ","))
        bytes.append(UInt8(ascii: "["))
        bytes.append(decimal: lot.lot)
        bytes.append(UInt8(ascii: ","))
        bytes.append(decimal: lot.points)
        if let end = lot.expiresAt {
          bytes.append(UInt8(ascii: ","))
          bytes.append(decimal: end.microseconds)
        }
        bytes.append(UInt8(ascii: "]"))
      }
      bytes.append(UInt8(ascii: "]"))
    }
    put("expires_at", expiresAt?.microseconds)
    put("event_type", eventType)
    put("amount", amount)
    put("rules_version", rulesVersion)
    if !rules.isEmpty {
      name("rules")
      for (index, award) in rules.enumerated() {
        bytes.append(index == 0 ? UInt8(ascii: "[") : UInt8(ascii: ","))
        bytes.append(UInt8(ascii: "["))
        JSONValue.write(award.rule, to: &bytes)
        bytes.append(UInt8(ascii: ","))
        bytes.append(decimal: award.points)
        bytes.append(UInt8(ascii: "]"))
      }
      bytes.append(UInt8(ascii: "]"))
    }
    put("qualifying", qualifying)
    put("earned_on", earnedOn)
    put("customer", customer)
    bytes.append(UInt8(ascii: "}"))
  }

  /// Reads what was written so; nil for anything else.
  package init?(text: String) {
    var text = text
    if let detail = text.withUTF8({ EntryDetail(plain: $0) }) {
      self = detail
    } else {
      self.init(json: text)
    }
  }

  /// Any JSON with these members.
  init?(json text: String) {
    guard let value = try? JSONValue(parsing: text), case .object(let members) = value else { return nil }
    self.init()
    for member in members {
      switch member.name {
      case "reason": reason = member.value.string
      case "reference": reference = member.value.string
      case "reverses": reverses = member.value.integer
      case "hold": hold = member.value.integer
      case "lots":
        guard let moves = member.value.array?.compactMap(LotMove.init(json:)) else { return nil }
        lots = moves
      case "expires_at": expiresAt = member.value.integer.map(Timestamp.init(microseconds:))
      case "event_type": eventType = member.value.string
      case "amount": amount = member.value.integer
      case "rules_version": rulesVersion = member.value.integer
      case "rules":
        guard let awards = member.value.array?.compactMap(RuleAward.init(json:)) else { return nil }
        rules = awards
      case "qualifying": qualifying = member.value.integer
      case "earned_on": earnedOn = member.value.integer
      case "customer": customer = member.value.string
      default: return nil
      }
    }
  }
}

extension LotMove {
  fileprivate init?(json: JSONValue) {
    guard let parts = json.array, let lot = parts.first?.integer, let points = json[1]?.integer, parts.count <= 3 else {
      return nil
    }
    self.init(lot: lot, points: points, expiresAt: json[2]?.integer.map(Timestamp.init(microseconds:)))
  }
}

extension RuleAward {
  fileprivate init?(json: JSONValue) {
    guard let rule = json[0]?.string, let points = json[1]?.integer else { return nil }
    self.init(rule: rule, points: points)
  }
}
