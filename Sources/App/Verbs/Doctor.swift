import Core
import FoundationEssentials

extension Verb {
  static let doctor = Verb(
    name: "doctor", summary: "Check everything that Ringback needs, and say how to mend what is wrong.",
    options: configurationOptions
  ) { invocation in
    let terminal = invocation.terminal
    var findings: [Finding] = []
    for check in DoctorCheck.all {
      let found = await check.run(invocation, findings)
      findings += found
      for finding in found {
        terminal.say(finding.line(terminal))
        terminal.record(finding.record)
      }
    }
    let problems = findings.count { $0.status == .problem }
    let warnings = findings.count { $0.status == .warning }
    terminal.say(
      problems + warnings == 0 ? "All is well." : "\(count(problems, "problem")), \(count(warnings, "warning"))")
    terminal.record(["event": "doctor", "problems": .integer(problems), "warnings": .integer(warnings)])
    return problems == 0 ? .success : .failure
  }

  private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}

/// What `doctor` found out about one thing.
struct Finding: Sendable {
  enum Status: String, Sendable {
    case good, warning, problem
  }

  let check: String
  let status: Status
  let text: String
  /// What to do about it.
  var fix: String?

  static func good(_ check: String, _ text: String) -> Finding { Finding(check: check, status: .good, text: text) }

  static func warning(_ check: String, _ text: String, fix: String) -> Finding {
    Finding(check: check, status: .warning, text: text, fix: fix)
  }

  static func problem(_ check: String, _ text: String, fix: String) -> Finding {
    Finding(check: check, status: .problem, text: text, fix: fix)
  }

  func line(_ terminal: Terminal) -> String {
    let mark = [.good: "✔", .warning: "!", .problem: "✘"][status] ?? "?"
    return "  \(terminal.accented(mark)) \(check.padding(to: 15)) \(text)" + (fix.map { "  Fix: \($0)" } ?? "")
  }

  var record: JSONValue {
    [
      "check": .string(check), "status": .string(status.rawValue), "text": .string(text),
      "fix": fix.map { .string($0) } ?? .null,
    ]
  }
}
