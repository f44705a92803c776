import Core

extension EntryDetail {
  /// Compact JSON, members always in this order and only those that say something: the same detail is the same text.
  ///
  /// - Parameter body: is not to keep the bytes, which are UTF-8.
  func withText<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    withUnsafeTemporaryAllocation(byteCount: longestText, alignment: 1) { bytes in
      var text = ByteWriter(bytes)
      write(to: &text)
      return body(text.written)
    }
  }

  /// Room for the text, whatever it has to say.
  private var longestText: Int {
    var texts = (reason?.utf8.count ?? 0) + (reference?.utf8.count ?? 0)
    texts += (eventType?.utf8.count ?? 0) + (customer?.utf8.count ?? 0)
    for award in rules { texts += award.rule.utf8.count }
    // Each member has a name, quotes and a number or a text; a move is three numbers.
    let member = 24 + ByteWriter.longestNumber
    return 6 * texts + 13 * member + (lots.count + rules.count) * (8 + 3 * ByteWriter.longestNumber)
  }

  private func write(to text: inout ByteWriter) {
    text.append(UInt8(ascii: "{"))
    func name(_ name: StaticString) {
      if text.count > 1 { text.append(UInt8(ascii: ",")) }
      text.append(name)
    }
    func put(_ member: StaticString, _ value: String?) {
      guard let value else { return }
      name(member)
      text.append(json: value)
    }
    func put(_ member: StaticString, _ number: Int64?) {
      guard let number else { return }
      name(member)
      text.append(decimal: number)
    }
    put("\"reason\":", reason)
    put("\"reference\":", reference)
    put("\"reverses\":", reverses)
    put("\"hold\":", hold)
    if !lots.isEmpty {
      name("\"lots\":")
      for index in lots.indices {
        text.append(index == 0 ? "[[" : ",[")
        text.append(decimal: lots[index].lot)
        text.append(UInt8(ascii: ","))
        text.append(decimal: lots[index].points)
        if let end = lots[index].expiresAt {
          text.append(UInt8(ascii: ","))
          text.append(decimal: end.microseconds)
        }
        text.append(UInt8(ascii: "]"))
      }
      text.append(UInt8(ascii: "]"))
    }
    put("\"expires_at\":", expiresAt?.microseconds)
    put("\"event_type\":", eventType)
    put("\"amount\":", amount)
    put("\"rules_version\":", rulesVersion)
    if !rules.isEmpty {
      name("\"rules\":")
      for index in rules.indices {
        text.append(index == 0 ? "[[" : ",[")
        text.append(json: rules[index].rule)
        text.append(UInt8(ascii: ","))
        text.append(decimal: rules[index].points)
        text.append(UInt8(ascii: "]"))
      }
      text.append(UInt8(ascii: "]"))
    }
    put("\"qualifying\":", qualifying)
    put("\"earned_on\":", earnedOn)
    put("\"customer\":", customer)
    text.append(UInt8(ascii: "}"))
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
