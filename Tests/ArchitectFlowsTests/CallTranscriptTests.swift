import Core
import Glibc
import Testing

@testable import ArchitectFlows

@Suite("What a call shows")
struct CallTranscriptTests {
  private static func event(_ kind: CallEvent.Kind, after milliseconds: Int64 = 430) -> CallEvent {
    CallEvent(offset: .milliseconds(milliseconds), kind: kind)
  }

  @Test(arguments: [
    (CallEvent.Kind.answered(flow: "Order status", kind: "inboundCall"), "  0.4 s  ☎  Order status (inboundCall)"),
    (.prompt("Hello."), "  0.4 s  ☎  \"Hello.\""),
    (.keys("839#"), "  0.4 s  ⌨  8 3 9 #"),
    (.noEntry(after: .seconds(6)), "  0.4 s  ⌨  nothing within 6 s"),
    (
      .request(
        action: "a", method: "GET", path: "/v1/orders/1", status: 200, duration: .milliseconds(38), failure: nil),
      "  0.4 s  →  GET /v1/orders/1  200 in 38 ms"
    ),
    (
      .request(
        action: "a", method: "GET", path: "/x", status: nil, duration: .milliseconds(10_020),
        failure: "no answer in time"),
      "  0.4 s  →  GET /x  no answer in time in 10 s"
    ),
    (.branch(action: "Look up", path: "failure"), "  0.4 s  ·  Look up: failure"),
    (.participantData(name: "n", value: "v"), "  0.4 s  ✎  n = v"),
    (.participantData(name: "n", value: nil), "  0.4 s  ✎  n = [secure]"),
    (.pause(.milliseconds(1_500), reason: "wait"), "  0.4 s  …  wait, 1.5 s"),
    (.fault(action: "A", line: 3, column: 5, reason: "no"), "  0.4 s  ✘  A (3:5): no"),
    (.outcome(.transferred(queue: "Orders"), requests: 1), "  0.4 s  ■  transferred to queue \"Orders\" · 1 request"),
    (.outcome(.completed, requests: 2), "  0.4 s  ■  completed · 2 requests"),
  ])
  func eventsAreLines(kind: CallEvent.Kind, line: String) {
    let transcript = CallTranscript(isUnicode: true, isColoured: false)
    #expect(transcript.line(for: Self.event(kind)) == line)
  }

  @Test func plainTerminalsGetASCIIAndOnlyTerminalsColour() {
    let plain = CallTranscript(isUnicode: false, isColoured: false)
    let line = plain.line(for: Self.event(.outcome(.transferred(queue: "Café"), requests: 1)))
    #expect(line == "  0.4 s  #  transferred to queue \"Caf?\" - 1 request")
    #expect(
      CallTranscript(isUnicode: true, isColoured: true).line(for: Self.event(.keys("1")))?.contains("\u{1B}[36m")
        == true)
  }

  @Test func variablesAreShownOnlyWhereAskedFor() {
    let transcript = CallTranscript(isUnicode: true, isColoured: false)
    #expect(transcript.line(for: Self.event(.variable(name: "Flow.x", value: 1))) == nil)
  }

  @Test func secureVariablesAreNamedButNotShown() {
    let transcript = CallTranscript(isUnicode: true, isColoured: false, showsVariables: true)
    #expect(
      transcript.line(for: Self.event(.variable(name: "Flow.x", value: nil)))?.hasSuffix("Flow.x = [secure]") == true)
    #expect(
      transcript.line(for: Self.event(.variable(name: "Flow.x", value: "v")))?.hasSuffix("Flow.x = \"v\"") == true)
  }

  @Test(arguments: [
    (["LANG": "en_GB.UTF-8"], true), (["LANG": "C.utf8"], true), (["LC_ALL": "C", "LANG": "en_GB.UTF-8"], false),
    (["LC_ALL": "", "LANG": "de_DE.UTF-8"], true), ([:], false),
  ])
  func theLocaleDecidesTheSymbols(environment: [String: String], isUnicode: Bool) {
    #expect(CallTranscript.isUnicode(environment: environment) == isUnicode)
  }

  @Test(arguments: [
    (CallEvent.Kind.prompt("a \"b\""), #"{"event":"prompt","at_ms":430,"text":"a \"b\""}"#),
    (
      .request(action: "a", method: "GET", path: "/x", status: 503, duration: .milliseconds(4), failure: nil),
      #"{"event":"request","at_ms":430,"action":"a","method":"GET","path":"/x","status":503,"duration_ms":4,"failure":null}"#
    ),
    (
      .variable(name: "Flow.x", value: nil),
      #"{"event":"variable","at_ms":430,"name":"Flow.x","value":null,"secure":true}"#
    ),
    (.keys("12#"), #"{"event":"keys","at_ms":430,"keys":"12#"}"#),
    (
      .outcome(.transferred(queue: "Orders"), requests: 3),
      #"{"event":"outcome","at_ms":430,"outcome":"transferred","queue":"Orders","requests":3}"#
    ),
    (.outcome(.hungUp, requests: 0), #"{"event":"outcome","at_ms":430,"outcome":"hung_up","requests":0}"#),
  ])
  func eventsAreJSONLines(kind: CallEvent.Kind, json: String) {
    #expect(Self.event(kind).json.text == json)
  }
}

@Suite("The caller's end of the line")
struct CallTerminalTests {
  @Test func scriptsGiveOneGroupToEachInput() async throws {
    let keys = try #require(ScriptedKeys("83#, ,1"))
    var seen: [String] = []
    for _ in 0..<4 {
      try await keys.beginInput()
      var group = ""
      while let key = try await keys.key(within: .seconds(5)) { group.append(key) }
      seen.append(group)
    }
    #expect(seen == ["83#", "", "1", ""])
  }

  @Test func aCallerHangsUpAtTheNextPromptOrInput() async throws {
    let keys = try #require(ScriptedKeys("1,hangup"))
    try await keys.hear()
    try await keys.beginInput()
    await #expect(throws: CallerHungUp.self) { try await keys.hear() }
    await #expect(throws: CallerHungUp.self) { try await keys.beginInput() }
  }

  @Test(arguments: ["1a", "hang up", "1;2", "+"])
  func otherScriptsAreRefused(script: String) {
    #expect(ScriptedKeys(script) == nil)
  }

  @Test func typedBytesAreKeys() async throws {
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    let (input, output) = (ends[0], ends[1])
    defer { close(input) }
    let keyboard = KeyboardTerminal(input: input, output: output, time: ManualTime())
    let bytes = Array("8x*\n#".utf8)
    #expect(write(output, bytes, bytes.count) == bytes.count)
    var keys: [Character?] = []
    for _ in 0..<3 { keys.append(try await keyboard.key(within: .seconds(1))) }
    #expect(keys == ["8", "*", "#"])
    #expect(try await keyboard.key(within: .zero) == nil)
    close(output)
    await #expect(throws: CallerHungUp.self) { try await keyboard.key(within: .seconds(1)) }
    await #expect(throws: CallerHungUp.self) { try await keyboard.hear() }
  }

  @Test func aMessageIsALine() async throws {
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    let (input, output) = (ends[0], ends[1])
    defer { close(input) }
    let keyboard = KeyboardTerminal(input: input, output: output, time: ManualTime())
    let bytes = Array("Grüß\u{7F}\u{7F}ün\t!\nh\n".utf8)
    #expect(write(output, bytes, bytes.count) == bytes.count)
    #expect(try await keyboard.text(within: .seconds(1)) == "Grün!")
    #expect(try await keyboard.text(within: .seconds(1)) == "h")
    #expect(try await keyboard.text(within: .zero) == nil)
    close(output)
    await #expect(throws: CallerHungUp.self) { try await keyboard.text(within: .seconds(1)) }
  }

  @Test func ctrlCHangsUp() async throws {
    var ends: [Int32] = [0, 0]
    #expect(pipe(&ends) == 0)
    let (input, output) = (ends[0], ends[1])
    defer {
      close(input)
      close(output)
    }
    let keyboard = KeyboardTerminal(input: input, output: output, time: ManualTime())
    #expect(write(output, [UInt8(3)], 1) == 1)
    await #expect(throws: CallerHungUp.self) { try await keyboard.key(within: .seconds(1)) }
  }
}
