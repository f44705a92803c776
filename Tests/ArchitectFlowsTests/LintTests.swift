import Core
import Testing

@testable import ArchitectFlows

@Suite("Mistakes are found before the call")
struct LintTests {
  private static func problems(
    flow: String, actions: [(name: String, text: String)] = [], values: [String: String] = [:]
  ) -> [String] {
    do throws(FlowProblems) {
      _ = try CallPlayer(flow: ("flow.yaml", flow), dataActions: actions, values: values)
      return []
    } catch {
      return error.problems.map(\.description)
    }
  }

  @Test func everyMistakeOfAFileIsNamedWithItsPlace() throws {
    let names = ["get-order-status", "ringback-token"]
    let actions = try names.map {
      (name: "\($0).json", text: try TestFiles.text("\(TestFiles.root)/genesys/data-actions/\($0).json"))
    }
    let found = Self.problems(flow: try TestFiles.text(TestFiles.flow("mistakes.yaml")), actions: actions)
    let expected = [
      #"3:15: there is no task with the refId "Strat_1". Did you mean "Start_1"?"#,
      #"6:7: variable type "strangVariable" is not known to the runner. Did you mean "stringVariable"?"#,
      #"7:63: "initialValue" needs a whole number"#,
      #"14:41: "digit_x" is no key; keys are digit_0 to digit_9, star and pound"#,
      #"15:13: menu choice "menuBack" is not known to the runner (see docs/reference/flows.md). Did you mean "menuTask"?"#,
      #"21:13: action "playAudioOnSilence" is not known to the runner (see docs/reference/flows.md)."#,
      #"24:53: function "ToAudioNumber": 1 argument expected, 3 given."#,
      #"25:13: action "playAudio" needs "audio""#,
      #"26:15: unknown key "audoi" in "playAudio". Did you mean "audio"?"#,
      #"29:38: variable "Flow.ordr" is not declared. Did you mean "Flow.order"?"#,
      #"31:64: "value" needs an integer, but the expression gives a string."#,
      #"34:17: variable "Flow.mising" is not declared."#,
      #"36:17: a decision has the outputs "yes" and "no", not "maybe""#,
      #"41:21: data action "Get order statsu" of "Ringback" is not among the exports in data-actions. Did you mean "Get order status"?"#,
      #"46:21: data action "Get order status" needs the input "orderId"."#,
      #"48:25: data action "Get order status" has no input "orderID". Did you mean "orderId"?"#,
      #"50:40: data action "Get order status" has no output "speach". Did you mean "speech"?"#,
      #"51:40: data actions have no failure output "statsu". Did you mean "status"?"#,
      #"53:17: "callData" has no output "sucess". Did you mean "success"?"#,
      #"54:41: there is no menu with the refId "mian". Did you mean "main"?"#,
      #"55:41: "/workflow/menus/menu[main]" begins with "workflow", but this flow is an "inboundCall""#,
      #"58:31: "range" needs "min" and "max" with 0 ≤ min ≤ max ≤ 100"#,
      #"60:66: "value" needs a boolean, but the expression gives a string."#,
      #"60:113: "loopCount" needs a whole number"#,
      #"61:39: a reference looks like "./tasks/task[refId]""#,
      #"62:13: an action is a mapping with one key, the kind of the action"#,
    ]
    #expect(found == expected.map { "flow.yaml:\($0)" })
  }

  @Test(arguments: [
    ("a: [1", "flow.yaml:1:6: did not find expected ',' or ']'"),
    ("- a", "flow.yaml:1:1: a flow file is a mapping with one key"),
    ("digitalBot: {}", "flow.yaml:1:1: flow kind \"digitalBot\" is not played by the runner"),
    ("inboundCall: {name: x}", "flow.yaml:1:1: \"startUpRef\" is missing"),
    ("inboundCall: x", "flow.yaml:1:14: the flow is a mapping, not a text"),
    ("inboundCall: {name: 1, name: 2}", "flow.yaml:1:24: key \"name\" is written twice"),
    ("inboundCall: {startUpRef: '{{start}}'}", "flow.yaml:1:28: {{start}} has no value; give it with --var start=…"),
  ])
  func filesThatAreNoFlowAreRefused(text: String, problem: String) throws {
    #expect(try #require(Self.problems(flow: text).first).hasPrefix(problem))
  }

  @Test func placesBehindASubstitutionAreThoseOfTheFile() {
    let flow = """
      inboundCall:
        startUpRef: "./tasks/task[a]"
        tasks:
          - task: {refId: a, name: "{{x}}", actions: [playAudio: {audio: {exp: Flow.no}}]}
      """
    for value in ["", "a much longer name than the place"] {
      #expect(
        Self.problems(flow: flow, values: ["x": value]) == ["flow.yaml:4:74: variable \"Flow.no\" is not declared."])
    }
  }

  @Test func valuesThatNothingTakesAreNamed() {
    let flow = """
      inboundCall:
        startUpRef: "./tasks/task[a]"
        variables: [integerVariable: {name: Flow.count, initialValue: {noValue: true}}]
        tasks: [task: {refId: a, actions: []}]
      """
    #expect(Self.problems(flow: flow, values: ["Flow.count": "3"]) == [])
    #expect(
      Self.problems(flow: flow, values: ["Flow.cuont": "3"])
        == [
          "flow.yaml:1:1: --var Flow.cuont: nothing in the flow is called \"Flow.cuont\". Did you mean \"Flow.count\"?"
        ])
    #expect(
      Self.problems(flow: flow, values: ["Flow.count": "x"]) == [
        "flow.yaml:1:1: --var Flow.count: the value is no integer"
      ])
  }

  @Test func aMissingFileIsNamed() {
    #expect(throws: FlowProblems.self) { _ = try CallPlayer(flowFile: "/nowhere/flow.yaml") }
  }

  @Test func theListEndsWithWhatDidNotHappen() {
    do throws(FlowProblems) { _ = try CallPlayer(flow: ("f.yaml", "x: 1"), dataActions: []) } catch {
      #expect(error.description.hasSuffix("\nThe call was not placed."))
    }
  }

  // MARK: - Data actions

  /// An export with one line replaced.
  private static func export(_ line: String, by other: String) throws -> String {
    try TestFiles.text("\(TestFiles.root)/genesys/data-actions/create-callback.json").replacing(line, by: other)
  }

  @Test(arguments: [
    ("\"name\": \"Create callback\"", "\"name\": 1", "1:1: a data action needs a \"name\"".replacing("1:1", by: "2:3")),
    (
      "https://ringback.example.com/v1/callbacks", "https://x/${input.callerNumbr}",
      "7:40: input \"callerNumbr\" is not in the contract"
    ),
    (
      "https://ringback.example.com/v1/callbacks", "https://x/${inptu.a}",
      "7:40: nothing has the name \"inptu\" here. Did you mean \"input\"?"
    ),
    (
      "https://ringback.example.com/v1/callbacks", "https://x/$esc.urll(\\\"a\\\")",
      "7:40: $esc.urll is not known to the runner. Did you mean \"url\"?"
    ),
    (
      "https://ringback.example.com/v1/callbacks", "a#foreach(b)",
      "7:31: template \"requestUrlTemplate\": directive #foreach is not taken"
    ),
    ("\"requestType\": \"POST\"", "\"requestType\": \"FETCH\"", "8:7: \"requestType\" must be one of GET, POST"),
    (
      "\"translationMap\": {}", "\"translationMap\": {\"a\": \"$.b[\"}",
      "20:36: JSON path of \"a\": expected a name in quotes"
    ),
    (
      "\"translationMapDefaults\": {}", "\"translationMapDefaults\": {\"z\": \"1\"}",
      "21:7: the default \"z\" belongs to no entry"
    ),
    ("${rawResult}", "${rawReslt}", "22:27: nothing has the name \"rawReslt\" here. Did you mean \"rawResult\"?"),
    ("${rawResult}", "${rawResult.getClass()}", "22:27: method .getClass is not known to the runner"),
    ("\"secure\": true", "\"secure\": true,", "54:1: this is not JSON: expected a member name"),
  ])
  func mistakesInExportsAreNamed(line: String, other: String, problem: String) throws {
    let flow = "inboundCall: {startUpRef: './tasks/task[a]', tasks: [task: {refId: a, actions: []}]}"
    let found = Self.problems(flow: flow, actions: [("action.json", try Self.export(line, by: other))])
    #expect(try #require(found.first).hasPrefix("action.json:\(problem)"))
  }

  @Test func anActionThatNeedsATokenNeedsItsAuthentication() throws {
    let export = try TestFiles.text("\(TestFiles.root)/genesys/data-actions/create-callback.json")
    let flow = """
      inboundCall:
        startUpRef: "./tasks/task[a]"
        tasks:
          - task:
              refId: a
              actions:
                - callData:
                    category:
                      Any:
                        dataAction:
                          Create callback:
                            inputs: {callerNumber: {lit: "+1"}, conversationId: {lit: x}}
      """
    let found = Self.problems(flow: flow, actions: [("action.json", export)])
    #expect(
      found == [
        "flow.yaml:11:21: data action \"Create callback\" uses authResponse, but no custom authentication action is among "
          + "the exports in data-actions."
      ])
  }
}
