import Core
import Foundation
import Loyalty
import Testing

/// Each expression of docs/reference/loyalty-filters.md.
@Suite struct FilterReferenceTests {
  private struct Example {
    let expression: String
    let outcome: String
  }

  private let page: String
  private let event: JSONValue

  init() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    page = try String(contentsOf: root.appending(path: "docs/reference/loyalty-filters.md"), encoding: .utf8)
    let json = page.components(separatedBy: "```json\n")[1].components(separatedBy: "```")[0]
    event = try JSONValue(parsing: Array(json.utf8))
  }

  /// Rows of tables whose head says `Expression`.
  private var examples: [Example] {
    page.components(separatedBy: "| Expression | |\n|---|---|\n").dropFirst().flatMap { table in
      table.split(separator: "\n", omittingEmptySubsequences: false).prefix { $0.hasPrefix("| ") }.compactMap { row in
        let mark = row.hasPrefix("| ``") ? "``" : "`"
        let parts = row.dropFirst("| \(mark)".count).components(separatedBy: "\(mark) | ")
        return parts.count == 2
          ? Example(expression: parts[0], outcome: String(parts[1].dropLast(" |".count))) : nil
      }
    }
  }

  @Test func eachExampleIsAsThePageSays() {
    #expect(examples.count == 65)
    for example in examples {
      let outcome: String
      do {
        outcome = "\(try FilterExpression(example.expression).matches(event))"
      } catch {
        outcome = "\(error)"
      }
      #expect(outcome == example.outcome, "\(example.expression)")
    }
  }
}
