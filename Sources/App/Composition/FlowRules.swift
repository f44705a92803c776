import ArchitectFlows
import GenesysCloud
import YAML

/// Holds what Architect flows write into participant data against `genesys.attributes`.
enum FlowRules {
  /// Everything that the flows may not write, and flows that cannot be read.
  ///
  /// - Parameter values: what substitutions in the files stand for, as far as it is known.
  static func problems(
    inFlows flows: [String], values: [String: String] = [:], rules: AttributeRules
  ) -> [FlowProblem] {
    flows.flatMap { flow -> [FlowProblem] in
      do throws(FlowProblems) {
        return try AttributeWrite.all(inFlow: flow, values: values).compactMap { write in
          refusal(of: write, rules).map { FlowProblem(file: write.file, position: write.position, message: $0) }
        }
      } catch {
        return error.problems
      }
    }
  }

  /// - Throws: `ConfigurationProblems`, each at its line of the flow.
  static func check(_ settings: GenesysSettings) throws(ConfigurationProblems) {
    let found = problems(inFlows: settings.flows, rules: AttributeRules(allowed: settings.attributes))
    guard !found.isEmpty else { return }
    throw ConfigurationProblems(
      problems: found.map {
        ConfigurationProblem(.file($0.file, line: $0.position.line, column: $0.position.column), $0.message)
      })
  }

  private static func refusal(of write: AttributeWrite, _ rules: AttributeRules) -> String? {
    guard let name = write.name else {
      return
        "the name of this attribute is made up while the flow runs, so it cannot be held against genesys.attributes."
    }
    if let reason = rules.refusal(of: name) { return reason }
    if let variable = write.secureVariable {
      return "attribute \"\(name)\" gets the secure variable \"\(variable)\"; attributes are kept for years."
    }
    return write.value.flatMap(AttributeRules.refusal(ofValue:)).map { "attribute \"\(name)\": \($0)" }
  }
}
