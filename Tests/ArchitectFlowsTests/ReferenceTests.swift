import Testing

@testable import ArchitectFlows

@Suite("docs/reference/flows.md")
struct ReferenceTests {
  @Test func everythingTheRunnerKnowsIsListed() throws {
    let text = try TestFiles.text("\(TestFiles.root)/docs/reference/flows.md")
    let names =
      Array(knownActions.keys) + Array(knownMenuChoices.keys) + FlowFunction.names + FlowKind.allCases.map(\.rawValue)
    #expect(names.filter { !text.contains("`\($0)`") }.sorted() == [])
  }
}
