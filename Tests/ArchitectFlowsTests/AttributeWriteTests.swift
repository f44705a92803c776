import Testing
import YAML

@testable import ArchitectFlows

@Suite("What a flow writes into participant data")
struct AttributeWriteTests {
  private static func writes(_ flow: String) throws -> [AttributeWrite] {
    try AttributeWrite.all(inFlow: ("flow.yaml", flow))
  }

  /// One `setParticipantData` with these attributes, deep inside actions that the runner does not know.
  private static func flow(_ attributes: String, before: String = "") -> String {
    """
    inboundCall:
      name: Test
      variables: [{stringVariable: {name: Flow.code, isSecure: true}}, {stringVariable: {name: Flow.plain}}]
      tasks:
        - task:
            actions:
              - playAudioOnSilence: {outputs: {done: {actions: [
                  \(before){setParticipantData: {attributes: [\(attributes)]}}]}}}
    """
  }

  @Test func whatOurFlowsWrite() throws {
    let path = "\(TestFiles.root)/genesys/flows/order-status.yaml"
    let writes = try AttributeWrite.all(inFlow: path)
    #expect(Set(writes.compactMap(\.name)) == ["ringback_lookup", "ringback_request_id"])
    #expect(writes.allSatisfy { $0.name != nil && $0.secureVariable == nil })
    #expect(writes.compactMap(\.value) == ["timeout"])
    let line = try TestFiles.text(path).split(separator: "\n", omittingEmptySubsequences: false)[
      writes[0].position.line - 1]
    #expect(line.contains("ringback_lookup"))
  }

  @Test(arguments: [
    (#"{attribute: {name: {lit: a}, value: {lit: b}}}"#, "a", "b", nil),
    (#"{attribute: {name: {exp: '"a"'}, value: {exp: '"b"'}}}"#, "a", "b", nil),
    (#"{attribute: {name: {exp: Flow.plain}, value: {noValue: true}}}"#, nil, nil, nil),
    (#"{attribute: {name: {exp: 'Append("a", "b")'}, value: {exp: Flow.plain}}}"#, nil, nil, nil),
    (#"{attribute: {name: {lit: a}, value: {exp: 'Append("x ", flow.CODE)'}}}"#, "a", nil, "flow.CODE"),
    (#"{attribute: {name: {lit: a}, value: {exp: Secure.pin}}}"#, "a", nil, "Secure.pin"),
    (#"{attribute: {name: {lit: a}, value: {exp: Flow.code.last}}}"#, "a", nil, "Flow.code.last"),
    (#"{attribute: {name: {lit: a}, value: {exp: '"Flow.code"'}}}"#, "a", "Flow.code", nil),
    (#"{attribute: {name: {lit: a}, value: {exp: Flow.codes}}}"#, "a", nil, nil),
  ])
  func namesValuesAndSecrets(attribute: String, name: String?, value: String?, secure: String?) throws {
    let write = try #require(try Self.writes(Self.flow(attribute)).first)
    #expect(write.name == name)
    #expect(write.value == value)
    #expect(write.secureVariable == secure)
  }

  @Test func aSecretStaysOneWhenItIsCopied() throws {
    let copies = """
      {updateData: {statements: [{string: {variable: Flow.second, value: {exp: 'Left(Flow.first, 4)'}}}, \
      {string: {variable: Flow.first, value: {exp: Flow.code}}}]}},
      """
    let flow = Self.flow("{attribute: {name: {lit: a}, value: {exp: Flow.second}}}", before: copies)
    #expect(try Self.writes(flow).first?.secureVariable == "Flow.second")
  }

  @Test func aSubstitutionIsNotTakenForAName() throws {
    let flow = Self.flow("{attribute: {name: {lit: {{rma_status}}}, value: {lit: b}}}")
    #expect(try Self.writes(flow).map(\.name) == ["substitution-rma_status"])
    let known = try AttributeWrite.all(inFlow: ("flow.yaml", flow), values: ["rma_status": "given"])
    #expect(known.map(\.name) == ["given"])
  }

  @Test func whatIsNoFlowIsAProblem() {
    #expect(throws: FlowProblems.self) { try Self.writes("a: [1") }
    #expect(throws: FlowProblems.self) { try AttributeWrite.all(inFlow: "/nowhere.yaml") }
  }
}
