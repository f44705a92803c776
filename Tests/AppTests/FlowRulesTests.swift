import FoundationEssentials
import GenesysCloud
import Testing
import YAML

@testable import App

@Suite struct FlowRulesTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  private func load(_ yaml: String) throws -> LoadedConfiguration {
    try LoadedConfiguration.load(try YAMLDocument(parsing: yaml), path: "ringback.yaml", environment: [:])
  }

  /// What is said of a flow with one attribute.
  private func said(of attribute: String, allowed: String = "") throws -> [String] {
    let path = FileManager.default.temporaryDirectory.appending(path: "ringback-flow-\(UUID().uuidString).yaml").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let flow =
      "inboundCall:\n  startUpTaskActions:\n  - setParticipantData:\n      attributes:\n      - attribute: \(attribute)\n"
    #expect(FileManager.default.createFile(atPath: path, contents: Data(flow.utf8)))
    let names = (AttributeRules.standard + [allowed]).filter { !$0.isEmpty }.joined(separator: ", ")
    let genesys = try load("genesys: {flows: [\(path)], attributes: [\(names)]}").configuration.genesys
    do {
      try FlowRules.check(genesys)
      return []
    } catch {
      return error.problems.map { $0.line.replacing(path, with: "flow.yaml") }
    }
  }

  @Test func ourOwnFlowsKeepToTheRules() throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: Self.root + "/genesys/flows") {
      #expect(FlowRules.problems(inFlows: [Self.root + "/genesys/flows/" + name], rules: AttributeRules()).isEmpty)
    }
  }

  @Test(arguments: [
    ("{name: {lit: rma_status}, value: {lit: x}}", nil),
    ("{name: {lit: my_note}, value: {lit: x}}", "flow.yaml:5:33: attribute \"my_note\" is not in genesys.attributes."),
    (
      "{name: {lit: rma_state}, value: {lit: x}}",
      "flow.yaml:5:33: attribute \"rma_state\" is not in genesys.attributes. Did you mean \"rma_status\"?"
    ),
    (
      "{name: {exp: Flow.name}, value: {lit: x}}",
      "flow.yaml:5:33: the name of this attribute is made up while the flow runs, so it cannot be held against genesys.attributes."
    ),
    (
      "{name: {lit: card_number}, value: {exp: Flow.x}}",
      "flow.yaml:5:33: attribute \"card_number\" is named like card or personal data."
    ),
    (
      "{name: {lit: rma_status}, value: {exp: Secure.pin}}",
      "flow.yaml:5:33: attribute \"rma_status\" gets the secure variable \"Secure.pin\"; attributes are kept for years."
    ),
    (
      "{name: {lit: rma_status}, value: {lit: \"4242 4242 4242 4242\"}}",
      "flow.yaml:5:33: attribute \"rma_status\": the value looks like card or personal data."
    ),
  ])
  func saysWhatAFlowMayNotWrite(attribute: String, problem: String?) throws {
    #expect(try said(of: attribute) == (problem.map { [$0] } ?? []))
  }

  @Test func aNameOnTheListIsFine() throws {
    #expect(try said(of: "{name: {lit: my_note}, value: {lit: x}}", allowed: "my_note").isEmpty)
  }

  @Test func aFlowThatIsNotThereIsAProblem() throws {
    let genesys = try load("genesys: {flows: [/nowhere.yaml]}").configuration.genesys
    #expect(throws: ConfigurationProblems.self) { try FlowRules.check(genesys) }
  }

  @Test(arguments: [
    (
      "genesys: {attributes: [rma_status]}",
      "ringback.yaml:1:11: genesys.attributes leaves out \"ringback_reference\", which Ringback writes itself."
    ),
    (
      "genesys: {attributes: [customer_phone]}",
      "ringback.yaml:1:11: genesys.attributes has \"customer_phone\", which is named like card or personal data; attributes are kept for years."
    ),
    (
      "recording: {pause_limit: 30s}",
      "ringback.yaml:1:13: recording.pause_limit is 30s; it takes from 1m to 1d."
    ),
  ])
  func listsAndLimitsAreChecked(yaml: String, problem: String) throws {
    do {
      _ = try load(yaml)
      Issue.record("it was taken")
    } catch let problems as ConfigurationProblems {
      #expect(problems.problems.map(\.line).contains(problem))
    }
  }
}
