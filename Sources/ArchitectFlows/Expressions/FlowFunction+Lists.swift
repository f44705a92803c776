import Core

extension FlowFunction {
  static let logicFunctions: [FlowFunction] = [
    // Evaluated as `Expression.Node.choice`; the body is never reached.
    FlowFunction(
      "If", [[.boolean], [.any], [.any]], toleratesNotSet: true,
      givesBy: { types in
        let (yes, no) = (types[1], types[2])
        if yes == .notSet { return no }
        if no == .notSet || yes.accepts(no) { return yes }
        return no.accepts(yes) ? no : .any
      },
      { values, _ throws(FlowFault) in try values.truth(0) ? values[1] : values[2] }),
    FlowFunction("IsSet", [[.any]], toleratesNotSet: true, gives: .boolean) { values, _ throws(FlowFault) in
      .boolean(values[0].isSet && values[0] != .json(.null))
    },
    FlowFunction("IsNotSetOrEmpty", [[.any]], toleratesNotSet: true, gives: .boolean) { values, _ throws(FlowFault) in
      .boolean(values[0].isNotSetOrEmpty)
    },
  ]

  private static let list: [FlowType] = [.collection(.any), .json]

  static let listFunctions: [FlowFunction] = [
    FlowFunction("Count", [list], gives: .integer) { values, _ throws(FlowFault) in
      .integer(Int64(try values[0].list(for: "function Count").count))
    },
    FlowFunction("GetAt", [list, [.integer]], givesBy: item) { values, _ throws(FlowFault) in
      let (items, index) = (try values[0].list(for: "function GetAt"), try values.integer(1, of: "GetAt"))
      guard items.indices.contains(index) else {
        throw FlowFault("function GetAt: index \(index) is outside a list of \(items.count)")
      }
      return items[index]
    },
    FlowFunction("FindFirst", [list, [.any]], gives: .integer) { values, _ throws(FlowFault) in
      for (index, item) in try values[0].list(for: "function FindFirst").enumerated()
      where try item.isEqual(to: values[1]) {
        return .integer(Int64(index))
      }
      return .integer(-1)
    },
    FlowFunction("Find", [list, [.any]], givesBy: { $0[0] }) { values, _ throws(FlowFault) in
      var found: [FlowValue] = []
      for item in try values[0].list(for: "function Find") where try item.isEqual(to: values[1]) { found.append(item) }
      return .list(found)
    },
    FlowFunction("AddItem", [list, [.any]], toleratesNotSet: true, givesBy: { $0[0] }) { values, _ throws(FlowFault) in
      .list((values[0].isSet ? try values[0].list(for: "function AddItem") : []) + [values[1]])
    },
    FlowFunction("RemoveItem", [list, [.any]], givesBy: { $0[0] }) { values, _ throws(FlowFault) in
      var kept: [FlowValue] = []
      for item in try values[0].list(for: "function RemoveItem") where try !item.isEqual(to: values[1]) {
        kept.append(item)
      }
      return .list(kept)
    },
    FlowFunction("RemoveItemAt", [list, [.integer]], givesBy: { $0[0] }) { values, _ throws(FlowFault) in
      var (items, index) = (try values[0].list(for: "function RemoveItemAt"), try values.integer(1, of: "RemoveItemAt"))
      guard items.indices.contains(index) else {
        throw FlowFault("function RemoveItemAt: index \(index) is outside a list of \(items.count)")
      }
      items.remove(at: index)
      return .list(items)
    },
    FlowFunction("RemoveDups", [list], givesBy: { $0[0] }) { values, _ throws(FlowFault) in
      var seen: Set<FlowValue> = []
      return .list(try values[0].list(for: "function RemoveDups").filter { seen.insert($0).inserted })
    },
    FlowFunction(
      "MakeList", [[.any]], repeats: true, givesBy: { .collection(Set($0).count == 1 ? $0[0] : .any) },
      { values, _ throws(FlowFault) in .list(values) }),
    FlowFunction(
      "MakeListAgentScorePair", [[.any]], repeats: true, gives: .collection(.resource("agentScorePair")),
      { values, _ throws(FlowFault) in .list(values.map { .resource(kind: "agentScorePair", name: $0.text) }) }),
  ]

  private static func item(_ types: [FlowType]) -> FlowType {
    if case .collection(let item) = types[0] { item } else { .json }
  }
}
