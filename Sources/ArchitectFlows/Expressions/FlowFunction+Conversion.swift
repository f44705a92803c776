import Core
import FoundationEssentials

extension FlowFunction {
  static let conversionFunctions: [FlowFunction] = [
    // The further arguments choose a format (Format.Date.shortYear); the runner writes the one form it has.
    FlowFunction("ToString", [[.any], [.word, .string], [.word, .string]], optional: 2, gives: .string) {
      values, _ throws(FlowFault) in
      .string(values.text(0))
    },
    FlowFunction(
      "ToDisplayString", [[.any], [.word, .string], [.word, .string]], optional: 2, toleratesNotSet: true,
      gives: .string
    ) { values, _ throws(FlowFault) in .string(values.text(0)) },
    FlowFunction("ToInt", [[.string, .decimal, .boolean]], gives: .integer) { values, _ throws(FlowFault) in
      guard let number = Decimal(string: values.text(0).trimmed) else { throw noNumber("ToInt") }
      guard let whole = Int64(String("\(number)".prefix { $0 != "." })) else { throw noNumber("ToInt") }
      return .integer(whole)
    },
    FlowFunction("ToDecimal", [[.string, .decimal]], gives: .decimal) { values, _ throws(FlowFault) in
      guard let number = Decimal(string: values.text(0).trimmed) else { throw noNumber("ToDecimal") }
      return .decimal(number)
    },
    FlowFunction("ToBool", [[.string, .boolean]], gives: .boolean) { values, _ throws(FlowFault) in
      try truth(values.text(0))
    },
    FlowFunction("ToBoolean", [[.string, .boolean]], gives: .boolean) { values, _ throws(FlowFault) in
      try truth(values.text(0))
    },
    FlowFunction("ToPhoneNumber", [[.string], [.string]], optional: 1, gives: .phoneNumber) {
      values, _ throws(FlowFault) in
      .phoneNumber(PhoneNumberText.e164(values.text(0)))
    },
    FlowFunction("ToJson", [[.any]], toleratesNotSet: true, gives: .json) { values, _ throws(FlowFault) in
      .json(values[0].json)
    },
    FlowFunction("ToJsonCollection", [[.json, .collection(.any)]], gives: .collection(.json)) {
      values, _ throws(FlowFault) in
      .list(try values[0].list(for: "function ToJsonCollection").map { .json($0.json) })
    },
    FlowFunction("JsonParse", [[.string]], gives: .json) { values, _ throws(FlowFault) in
      do throws(JSONError) { return .json(try JSONValue(parsing: values.text(0))) } catch {
        throw FlowFault("function JsonParse: \(error)")
      }
    },
    FlowFunction("GetJsonObjectProperty", [[.json], [.string]], gives: .json) { values, _ throws(FlowFault) in
      guard case .json(let json) = values[0], json.members != nil else {
        throw FlowFault("function GetJsonObjectProperty: argument 1 is no JSON object")
      }
      return json[values.text(1)].map { $0.isNull ? .notSet : .json($0) } ?? .notSet
    },
  ]

  private static func noNumber(_ function: String) -> FlowFault {
    FlowFault("function \(function): the text is no number")
  }

  private static func truth(_ text: String) throws(FlowFault) -> FlowValue {
    switch text.lowercased() {
    case "true": return .boolean(true)
    case "false": return .boolean(false)
    default: throw FlowFault("function ToBool: the text is neither true nor false")
    }
  }
}

/// Phone numbers as calls bring them: `tel:+14155550123`, `sip:+14155550123@host`, `+1 (415) 555-0123`.
enum PhoneNumberText {
  /// With `+` and digits where the text allows it; otherwise the text itself without its scheme.
  static func e164(_ text: String) -> String {
    var number = text.trimmed[...]
    for scheme in ["tel:", "sip:", "sips:"] where number.lowercased().hasPrefix(scheme) {
      number = number.dropFirst(scheme.count)
    }
    number = number.prefix { $0 != "@" && $0 != ";" }
    let digits = number.filter { $0.isASCII && $0.isNumber }
    let isDialable = number.allSatisfy { $0.isASCII && ($0.isNumber || "+ ()-.".contains($0)) }
    guard number.hasPrefix("+"), isDialable, (7...15).contains(digits.count) else { return String(number) }
    return "+" + digits
  }
}
