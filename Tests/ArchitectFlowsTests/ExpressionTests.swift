import Core
import FoundationEssentials
import Testing

@testable import ArchitectFlows

@Suite("Expressions")
struct ExpressionTests {
  /// The scope that the tables use, with the values of its variables.
  static let values: KeyValuePairs<String, (FlowType, FlowValue)> = [
    "Flow.name": (.string, .string("Ada")), "Flow.empty": (.string, .string("")), "Flow.unset": (.string, .notSet),
    "Flow.count": (.integer, .integer(3)), "Flow.price": (.decimal, .decimal(Decimal(string: "19.90") ?? 0)),
    "Flow.flag": (.boolean, .boolean(true)), "Flow.noNumber": (.integer, .notSet),
    "Flow.list": (.collection(.string), .list([.string("a"), .string("b")])),
    "Flow.data": (.json, .json(["order": ["id": "X1", "total": 12, "gift": true, "note": nil], "items": [1, 2]])),
    "Flow.at": (.dateTime, .dateTime(Timestamp("2026-11-20T09:30:00Z") ?? Timestamp(seconds: 0))),
    "Flow.wait": (.duration, .duration(.seconds(90))),
    "Flow.queue": (.resource("queue"), .resource(kind: "queue", name: "Orders")),
    "Flow.phone": (.phoneNumber, .phoneNumber("+14155550123")),
  ]

  static let scope: Scope = {
    var scope = Scope.builtIn(of: .inboundCall)
    for (name, entry) in values { scope.declare(VariableDeclaration(name: name, type: entry.0, isSecure: false)) }
    return scope
  }()

  static func evaluate(_ source: String) throws -> FlowValue {
    let (expression, problems) = ExpressionCompiler.compile(source, in: scope)
    if let problem = problems.first { throw problem }
    let variables = Variables(secureKeys: [])
    for (name, entry) in values { variables[name.lowercased()] = entry.1 }
    variables["call.ani"] = .string("tel:+14155550123")
    var evaluation = Evaluation(variables: variables, time: ManualTime())
    return try evaluation.value(of: try #require(expression).root)
  }

  @Test(arguments: [
    // Precedence, as in the vendor's table of operators.
    ("1 + 2 * 3", "7"), ("(1 + 2) * 3", "9"), ("10 - 4 - 3", "3"), ("2 * 3 ^ 2", "18"), ("-2 + 5", "3"),
    ("7 % 4", "3"), ("7 / 2", "3.5"), ("1 + 1 == 2 and 2 < 3", "true"), ("true or false and false", "true"),
    ("not false and false", "false"), ("!(1 > 2)", "true"), ("1 < 2 == true", "true"), ("-Flow.count * 2", "-6"),
    // Numbers keep their digits.
    ("0.1 + 0.2", "0.3"), ("Flow.price * 3", "59.7"), ("2.50 == 2.5", "true"), ("3 == 3.0", "true"),
    // Texts.
    ("\"a\" + \"b\"", "ab"), ("\"n=\" + Flow.count", "n=3"), (#""say \"hi\"\n" + "x""#, "say \"hi\"\nx"),
    ("Append(\"Hello \", Flow.unset, Flow.name, \".\")", "Hello Ada."), ("append(Flow.count, Flow.flag)", "3true"),
    ("Lower(Upper(\"aB\"))", "ab"), ("Trim(\"  x y \")", "x y"), ("Substring(\"abcdef\", 2, 3)", "cde"),
    ("Substring(\"abc\", 1)", "bc"), ("Left(\"abc\", 2)", "ab"), ("RIGHT(\"abc\", 2)", "bc"), ("Left(\"ab\", 9)", "ab"),
    ("Replace(\"tel:+1\", \"tel:\", \"\")", "+1"), ("FindString(\"abcabc\", \"c\")", "2"),
    ("FindString(\"abcabc\", \"c\", 3)", "5"), ("FindString(\"abc\", \"x\")", "-1"), ("Length(\"añb\")", "3"),
    ("contains(\"abc\", \"B\")", "false"), ("Contains(\"abc\", \"B\", true)", "true"),
    ("Contains(Flow.list, \"b\")", "true"),
    ("AreEqual(\"A\", \"a\")", "false"), ("AreEqual(\"A\", \"a\", true)", "true"),
    // NOT_SET.
    ("IsSet(Flow.unset)", "false"), ("IsSet(Flow.empty)", "true"), ("isNotSetOrEmpty(Flow.empty)", "true"),
    ("IsNotSetOrEmpty(Flow.unset)", "true"), ("Flow.unset == NOT_SET", "true"), ("Flow.name != NOT_SET", "true"),
    ("If(IsSet(Flow.unset), Flow.unset + \"!\", \"none\")", "none"), ("false and Flow.noNumber > 1", "false"),
    ("ToDisplayString(Flow.unset)", ""),
    // Choices.
    ("If(Flow.count > 2, \"many\", \"few\")", "many"), ("If(false, 1, 2.5)", "2.5"),
    // Conversions.
    ("ToInt(\"42\") + 1", "43"), ("ToInt(\"42.9\")", "42"), ("ToString(Flow.price)", "19.9"),
    ("ToDecimal(\"1.25\") * 2", "2.5"),
    ("ToBool(\"TRUE\")", "true"), ("ToPhoneNumber(Call.Ani).e164", "+14155550123"),
    ("ToPhoneNumber(\"sip:+49 30 1234567@host\").e164", "+49301234567"),
    ("IsSet(ToPhoneNumber(\"anonymous\").e164)", "false"),
    ("Flow.phone.e164", "+14155550123"),
    // JSON.
    ("Flow.data.order.id", "X1"), ("Flow.data.order.total + 1", "13"), ("Flow.data.items[1]", "2"),
    ("Flow.data.order.gift == true", "true"), ("IsSet(Flow.data.order.note)", "false"),
    ("IsSet(Flow.data.missing)", "false"),
    ("IsSet(Flow.data.Order)", "false"), ("Flow.data.order[\"id\"]", "X1"),
    ("GetJsonObjectProperty(Flow.data.order, \"id\") == \"X1\"", "true"),
    ("JsonParse(\"{\\\"a\\\":[1,2]}\").a[0]", "1"),
    ("ToJson(Flow.list)", "[\"a\",\"b\"]"), ("Count(ToJsonCollection(Flow.data.items))", "2"),
    // Lists.
    ("Count(Flow.list)", "2"), ("GetAt(Flow.list, 1)", "b"), ("Flow.list[Flow.count - 3]", "a"),
    ("FindFirst(Flow.list, \"b\")", "1"), ("FindFirst(Flow.list, \"z\")", "-1"),
    ("Count(AddItem(Flow.list, \"c\"))", "3"),
    ("GetAt(MakeList(4, 5, 6), 2)", "6"), ("Count(RemoveDups(MakeList(1, 1, 2)))", "2"),
    // Time.
    ("DateTimeDiff(AddMinutes(Flow.at, 2), Flow.at)", "P0DT0H2M0.0S"),
    ("AddHours(Flow.at, 1)", "2026-11-20T10:30:00.000Z"),
    ("ToDateTime(\"2026-11-20T09:30:00Z\") == Flow.at", "true"), ("Flow.at + Flow.wait > Flow.at", "true"),
    ("MakeDuration(0, 1, 30, 0) > MakeDuration(0, 1, 0, 0)", "true"), ("Hour(Flow.at) * 100 + Minute(Flow.at)", "930"),
    ("DayOfWeek(Flow.at)", "6"), ("GetCurrentDateTimeUtc() != Flow.at", "true"),
    // What is heard.
    ("ToAudioTTS(\"Hi \" + Flow.name)", "Hi Ada"), ("Append(ToAudioTTS(\"You owe\"), ToAudioNumber(12))", "You owe 12"),
    ("Append(ToAudioTTS(\"a\"), ToAudioBlank(500), ToAudioTTS(\"b\"))", "a b"),
    ("AudioPlaybackOptions(ToAudioTTS(\"Hi\"), true)", "Hi"), ("ToAudioTTS(\"12\", Format.String.playChars)", "1 2"),
    ("MakeCommunication(ToCommunication(\"a\"), Flow.unset, \"b\")", "a b"),
    ("ToAudioDuration(Flow.wait)", "1 minute 30 seconds"),
    // Things of the organisation.
    ("Flow.queue.name", "Orders"), ("FindQueueById(\"q1\")", "q1"),
    ("ToString(Flow.at, Format.Date.shortYear)", "2026-11-20T09:30:00.000Z"),
    ("  \n  Flow.count\t+\n 1 ", "4"),
  ])
  func expressionsGiveValues(source: String, text: String) throws {
    #expect(try Self.evaluate(source).text == text)
  }

  @Test(arguments: [
    ("Flow.unset + \"x\"", "'+' was given NOT_SET"), ("Flow.noNumber > 1", "'>' was given NOT_SET"),
    ("Lower(Flow.unset)", "function Lower: argument 1 is NOT_SET"),
    ("ToInt(\"abc\")", "function ToInt: the text is no number"),
    ("GetAt(Flow.list, 2)", "index 2 is outside a list of 2"), ("1 / 0", "division by zero"),
    ("Flow.data.order.id.more", "JSON that is no object"), ("Flow.data.missing.more", "property \"more\" of NOT_SET"),
    ("JsonParse(\"{'a':1}\")", "function JsonParse"), ("2 ^ 64 * 2", "too large"), ("9 ^ 65", "exponent"),
    ("If(Flow.noNumber == 1, 1, 2) + Flow.noNumber", "'+' was given NOT_SET"),
    ("Substring(\"abc\", 4, 1)", "outside a text of 3"),
    ("MakeDateTime(2026, 2, 30)", "no such date"), ("-Flow.noNumber", "NOT_SET"),
    ("Flow.data.order.gift + 1", "no number"),
  ])
  func faultsNameTheirReason(source: String, reason: String) {
    #expect {
      try Self.evaluate(source)
    } throws: { error in
      let fault = error as? FlowFault
      return fault?.reason.contains(reason) ?? false
    }
  }

  struct Mistake: Sendable, CustomTestStringConvertible {
    let source: String
    /// In characters, from 0.
    let offset: Int
    let message: String
    var testDescription: String { source }

    init(_ source: String, _ offset: Int, _ message: String) {
      (self.source, self.offset, self.message) = (source, offset, message)
    }
  }

  @Test(arguments: [
    Mistake("Flow.nmae", 0, "variable \"Flow.nmae\" is not declared. Did you mean \"Flow.name\"?"),
    Mistake("hello", 0, "A text needs double quotes"),
    Mistake(
      "1 + Apend(\"a\")", 4,
      "function \"Apend\" is not known to the runner (see docs/reference/flows.md). Did you mean \"Append\"?"),
    Mistake("ToAudioNumber(1, 2, 3)", 0, "function \"ToAudioNumber\": 1 argument expected, 3 given."),
    Mistake("Substring(\"a\")", 0, "function \"Substring\": 2 to 3 arguments expected, 1 given."),
    Mistake("Append()", 0, "function \"Append\": at least 1 argument expected, 0 given."),
    Mistake("If(\"yes\", 1, 2)", 3, "argument 1 must be boolean, not string"),
    Mistake("Lower(Flow.list)", 6, "argument 1 must be string, not string collection"),
    Mistake("Flow.count and true", 0, "'and' needs a boolean, not an integer"),
    Mistake("Flow.flag - 1", 10, "'-' cannot be used between a boolean and an integer"),
    Mistake("Flow.name > 3", 10, "'>' cannot be used between a string and an integer"),
    Mistake("Flow.phone.e165", 11, "Did you mean \"e164\"?"),
    Mistake("Flow.name.length", 10, "a string has no property \"length\""),
    Mistake("Flow.count[0]", 0, "an integer has no items"),
    Mistake("1 +", 3, "the expression ends too early; expected a value"),
    Mistake("(1 + 2", 6, "expected ')'"),
    Mistake("1 2", 2, "unexpected number"),
    Mistake("Flow.count = 3", 11, "write '=='"),
    Mistake("true && false", 5, "write 'and' or 'or'"),
    Mistake("'a'", 0, "double quotes"),
    Mistake("\"abc", 0, "text without a closing quotation mark"),
    Mistake(#""a\qb""#, 2, #"escape \q is not known"#),
    Mistake("", 0, "the expression is empty"),
    Mistake("Flow.name ? 1 : 2", 10, "unexpected character '?'"),
    Mistake("12345678901234567890", 0, "too large"),
  ])
  func mistakesNameTheirPlace(mistake: Mistake) throws {
    let (expression, problems) = ExpressionCompiler.compile(mistake.source, in: Self.scope)
    #expect(expression == nil)
    let problem = try #require(problems.first)
    #expect(problem.offset == mistake.offset)
    #expect(problem.message.contains(mistake.message))
  }

  @Test func allMistakesOfOneExpressionAreFound() {
    let (_, problems) = ExpressionCompiler.compile("Apend(Flow.x) + Lower(Flow.y, 1)", in: Self.scope)
    #expect(problems.count == 4)
  }

  @Test(arguments: [
    String(repeating: "(", count: 10_000), String(repeating: "!", count: 10_000),
    String(repeating: "-", count: 10_000) + "1",
  ])
  func deepNestingIsRefused(source: String) {
    let (expression, problems) = ExpressionCompiler.compile(source, in: Self.scope)
    #expect(expression == nil)
    #expect(problems.first?.message.contains("nested too deeply") ?? false)
  }

  @Test func textsThatGrowWithoutEndAreAFault() throws {
    let variables = Variables(secureKeys: [])
    variables["flow.name"] = .string(String(repeating: "x", count: 200_000))
    let (expression, _) = ExpressionCompiler.compile("Append(Flow.name, Flow.name)", in: Self.scope)
    var evaluation = Evaluation(variables: variables, time: ManualTime())
    #expect(throws: FlowFault.self) { try evaluation.value(of: try #require(expression).root) }
  }

  @Test func readingASecureVariableIsRemembered() throws {
    let variables = Variables(secureKeys: ["flow.name"])
    variables["flow.name"] = .string("x")
    for (source, isSecret) in [("Append(\"a\", Flow.name)", true), ("Flow.count == 3", false)] {
      let (expression, _) = ExpressionCompiler.compile(source, in: Self.scope)
      var evaluation = Evaluation(variables: variables, time: ManualTime())
      _ = try evaluation.value(of: try #require(expression).root)
      #expect(evaluation.touchedSecret == isSecret)
    }
  }
}
