import Core
import Testing

@testable import ArchitectFlows

@Suite("Templates of data actions")
struct TemplateTests {
  static let values: [String: JSONValue] = [
    "input": [
      "orderId": "ORD 1", "note": "say \"hi\"\n", "count": 3, "isGift": false, "missing": nil, "tags": ["a", "b"],
      "nested": ["city": "Köln"], "rawRequest": "{\"orderId\":\"ORD 1\"}",
    ],
    "credentials": ["clientId": "dev", "clientSecret": "s3"],
    "authresponse": ["access_token": "T", "token_type": "Bearer"],
    "first": "[\"x\",\"y\"]",
    "none": "[]",
  ]

  static func render(_ source: String) throws -> String {
    var rendering = TemplateRendering(values)
    return try rendering.render(try Template(source))
  }

  @Test(arguments: [
    ("plain $ text #1 {x}", "plain $ text #1 {x}"), ("${input.orderId}", "ORD 1"), ("$input.orderId.", "ORD 1."),
    ("$!{input.orderId}", "ORD 1"), ("${INPUT.orderId}", "ORD 1"), ("$Input.ORDERID", "ORD 1"),
    // What is missing writes itself, or nothing when it is quiet.
    ("${input.missing}", "${input.missing}"), ("$!{input.missing}", ""), ("$!input.nothing", ""),
    ("$input.nothing", "$input.nothing"),
    ("${input.rawRequest}", "{\"orderId\":\"ORD 1\"}"), ("${input.count}", "3"), ("${input.tags}", "[\"a\",\"b\"]"),
    ("${input.nested.city}", "Köln"), ("${input.tags[1]}", "b"), ("${input.tags.get(0)}", "a"),
    ("${input.tags.size()}", "2"),
    ("Bearer ${authResponse.access_token}", "Bearer T"), ("${authresponse.token_type}", "Bearer"),
    // Tools.
    ("$esc.quote", "\""), ("${esc.quote}x", "\"x"), ("$esc.url(${input.orderId})", "ORD+1"),
    ("$esc.uriEncode($input.orderId)", "ORD%201"),
    ("$esc.urlFormEncode(\"a&b\")", "a%26b"), ("\"$esc.jsonEncode(${input.note})\"", "\"say \\\"hi\\\"\\n\""),
    ("$esc.jsonString($input.note)", "say \\\"hi\\\"\\n"), ("$esc.jsonDecode('a\\nb')", "a\nb"),
    ("Basic $encoding.base64(\"${credentials.clientId}:${credentials.clientSecret}\")", "Basic ZGV2OnMz"),
    ("$math.add(2, $input.count)", "5"), ("${successTemplateUtils.firstFromArray(\"${first}\")}", "\"x\""),
    ("${successTemplateUtils.firstFromArray(\"${none}\", \"$esc.quote$esc.quote\")}", "\"\""),
    // Methods of texts.
    ("${input.orderId.replace(' ','%20')}", "ORD%201"), ("$input.orderId.toLowerCase().trim()", "ord 1"),
    ("${input.orderId.substring(0, 3)}", "ORD"), ("$input.orderId.length()", "5"),
    // Branches.
    ("#if($input.isGift)gift#else no gift#end", " no gift"), ("#if($input.count > 2)many#end", "many"),
    ("#if($input.missing)a#elseif($input.count == 3)b#{else}c#end", "b"), ("#if(!$input.missing && true)x#end", "x"),
    ("#if($input.orderId == 'ORD 1' || false)y#end", "y"), ("#if(\"$!{input.missing}\" != \"\")a#{else}b#end", "b"),
    ("#if($input.tags.contains(\"b\"))in#end", "in"), ("#set($x = $input.count)<$x>", "<3>"),
    ("#set($x = \"${input.count}!\")$x", "3!"),
    ("a## gone\nb", "a\nb"), ("a#* gone *#b", "ab"), ("\\${input.orderId}", "${input.orderId}"),
    ("#if(true)#if(false)a#else b#end#end", " b"),
  ])
  func templatesAreFilledIn(source: String, text: String) throws {
    #expect(try Self.render(source) == text)
  }

  @Test(arguments: [
    ("#foreach($x in $y)$x#end", 0, "directive #foreach is not taken"),
    ("a #parse(\"x\")", 2, "directive #parse is not taken"),
    ("#if($a)x", 8, "#if without #end"), ("x#end", 1, "#end without #if"), ("#else", 0, "#else without #if"),
    ("${input.x", 9, "expected }"), ("$esc.url(\"a)", 9, "text without a closing"),
    ("#if($a == )x#end", 10, "unexpected ')'"),
    ("#set(x = 1)", 5, "expected $name"), ("$esc.url(a)", 9, "unexpected 'a'"),
  ])
  func mistakesNameTheirPlace(source: String, offset: Int, message: String) {
    #expect {
      _ = try Template(source)
    } throws: { error in
      guard let problem = error as? TemplateProblem else { return false }
      #expect(problem.offset == offset)
      return problem.message.contains(message)
    }
  }

  @Test(arguments: [
    String(repeating: "#if(true)", count: 60) + String(repeating: "#end", count: 60),
    "#if(" + String(repeating: "(", count: 5_000) + "true", "#if(" + String(repeating: "!", count: 5_000) + "true)#end",
    String(repeating: "x", count: 70_000),
  ])
  func depthAndSizeAreCapped(source: String) {
    #expect(throws: TemplateProblem.self) { _ = try Template(source) }
  }

  @Test func doublingTextsEndInAFault() throws {
    let source = "#set($a = \"xxxxxxxx\")" + String(repeating: "#set($a = \"$a$a\")", count: 60) + "$a"
    #expect(throws: FlowFault.self) { try Self.render(source) }
  }

  @Test func unknownMethodsAreAFault() {
    #expect(throws: FlowFault.self) { try Self.render("${input.orderId.getClass()}") }
  }
}

@Suite("JSON paths of translation maps")
struct JSONPathTests {
  static let root: JSONValue = [
    "id": "c1",
    "participants": [
      ["purpose": "customer", "name": "Ada", "calls": [["id": "k1", "ms": 5]]],
      ["purpose": "agent", "name": "Bob", "age": 40, "calls": [["id": "k2", "ms": 15], ["id": "k3", "ms": 25]]],
    ],
    "odd.key": 1, "a-b": 2, "empty": nil,
  ]

  @Test(arguments: [
    ("$", nil), ("$.id", "\"c1\""), ("$['id']", "\"c1\""), ("$[\"odd.key\"]", "1"), ("$.a-b", "2"), ("$.empty", "null"),
    ("$.participants[0].name", "\"Ada\""), ("$.participants[-1].name", "\"Bob\""),
    ("$['participants'][1]['calls'][0]['id']", "\"k2\""),
    ("$.participants[*].name", "[\"Ada\",\"Bob\"]"), ("$.participants.*.name", "[\"Ada\",\"Bob\"]"),
    ("$.participants[?(@.purpose=='customer')].name", "[\"Ada\"]"),
    ("$.participants[?(@.purpose != \"customer\")].name", "[\"Bob\"]"),
    ("$.participants[?(@.age)].name", "[\"Bob\"]"), ("$.participants[?(!@.age)].name", "[\"Ada\"]"),
    ("$.participants[?(@.age >= 40 && @.name == 'Bob')].purpose", "[\"agent\"]"),
    ("$.participants[?(@.age > 40 || @.calls[0].ms < 10)].name", "[\"Ada\"]"),
    ("$.participants[?(@.name == $.nobody)].name", "[]"),
    ("$..id", "[\"c1\",\"k1\",\"k2\",\"k3\"]"), ("$..calls[0].id", "[\"k1\",\"k2\"]"),
    ("$..calls[?(@.ms>10)].id", "[\"k2\",\"k3\"]"),
    ("$.participants[0,1].name", "[\"Ada\",\"Bob\"]"), ("$.participants[1:].name", "[\"Bob\"]"),
    ("$.participants[:1].name", "[\"Ada\"]"),
    ("$.participants[0]['name','purpose']", "[\"Ada\",\"customer\"]"), ("$.participants.length()", "2"),
    ("$.participants[9].name", nil),
    ("$.nothing.here", nil),
  ])
  func pathsLead(path: String, json: String?) throws {
    let found = try JSONPath(path).value(in: Self.root)
    #expect(found?.text == (path == "$" ? Self.root.text : json))
  }

  @Test(arguments: [
    ("id", 0, "begins with $"), ("$.", 2, "expected a name"), ("$.a[", 4, "expected a name in quotes"),
    ("$.a['b]", 7, "without its closing quote"),
    ("$.a[?(@.b ==)]", 12, "expected @, $"), ("$.a b", 4, "unexpected 'b'"),
    ("$.a.max()", 9, "function max() is not known"),
    ("$[?(1)]", 5, "expected a comparison"),
  ])
  func mistakesNameTheirPlace(path: String, offset: Int, message: String) {
    #expect {
      _ = try JSONPath(path)
    } throws: { error in
      guard let problem = error as? JSONPathProblem else { return false }
      #expect(problem.offset == offset)
      return problem.message.contains(message)
    }
  }

  @Test func pathsThatLookAtEverythingAgainEnd() throws {
    let deep = (0..<60).reduce(JSONValue.integer(1)) { inner, _ in .array([inner, 1]) }
    #expect(throws: FlowFault.self) { try JSONPath("$..*..*..*..*").value(in: deep) }
  }
}
