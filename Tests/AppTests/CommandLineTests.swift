import Testing

@testable import App

@Suite struct CommandLineTests {
  private let parser = CommandLineParser(verbs: [
    Verb(
      name: "clients add", summary: "", arguments: ["NAME", "[NOTE]"],
      options: [.init(name: "scope", value: "SCOPE", summary: "", repeats: true), .init(name: "quiet", summary: "")],
      run: { _ in .success }),
    Verb(name: "jobs retry", summary: "", arguments: ["ID…"], run: { _ in .success }),
    Verb(name: "version", summary: "", run: { _ in .success }),
  ])

  private func parse(_ line: String) throws -> (arguments: [String], options: [String: [String]])? {
    guard case .run(_, let arguments, let options) = try parser.parse(line.split(separator: " ").map(String.init))
    else {
      return nil
    }
    return (arguments, options)
  }

  @Test(arguments: [
    "clients add shop --scope a --scope=b --quiet", "clients add --scope a shop --quiet --scope b",
    "clients add --quiet --scope a --scope b -- shop",
  ])
  func optionsMayStandAnywhere(line: String) throws {
    let parsed = try #require(try parse(line))
    #expect(parsed.arguments == ["shop"])
    #expect(parsed.options == ["scope": ["a", "b"], "quiet": [""]])
  }

  @Test func aLastArgumentMayRepeat() throws {
    #expect(try parse("jobs retry a b c")?.arguments == ["a", "b", "c"])
  }

  @Test(arguments: [
    ("jobs retry", "ID… is missing."),
    ("clients", "\"clients\" needs a second word: clients add."),
    ("clients add", "NAME is missing."),
    ("clients add a b c", "\"c\" is one argument too many."),
    ("clients add a --scop x", "Unknown option \"--scop\". Did you mean \"--scope\"?"),
    ("clients add a --scope", "--scope needs a value: SCOPE."),
    ("clients add a --quiet=1", "--quiet takes no value."),
    ("versoin", "Unknown command \"versoin\". Did you mean \"version\"?"),
    ("version -q", "Unknown option \"-q\"."),
  ])
  func mistakesAreMetWithHelp(line: String, message: String) {
    let failure = #expect(throws: CommandFailure.self) { try parse(line) }
    #expect(failure?.lines.first == message)
    #expect(failure?.code == .usage)
  }

  @Test(arguments: ["", "help", "--help", "help clients add", "clients add --help", "version -h"])
  func helpIsNoError(line: String) throws {
    #expect(try parse(line) == nil)
  }
}
