import Core
import YAML

/// A flow that has been read and checked.
struct FlowDefinition: Sendable {
  struct Variable: Sendable {
    let declaration: VariableDeclaration
    let initial: ValueSource
    let isInput: Bool
    let isOutput: Bool
  }

  /// A task, a state or, without a reference, the start-up task of an in-queue flow.
  struct Task: Sendable {
    let name: String
    let variables: [Variable]
    let actions: ActionList
  }

  struct Menu: Sendable {
    let name: String
    let audio: PromptSource
    let choices: [MenuChoice]
    let selectionTimeout: ValueSource
    let repeatCount: Int
  }

  struct MenuChoice: Sendable {
    let key: Character
    let action: PlacedAction
  }

  struct ErrorHandling: Sendable {
    enum Way: Sendable {
      case disconnect
      case queue(ValueSource)
      case jump(FlowTarget)
      case end
    }

    var audio: PromptSource = .silence
    var way: Way = .disconnect
  }

  struct Defaults: Sendable {
    var noEntryTimeout: ValueSource = .literal(.duration(.seconds(5)))
    var interDigitTimeout: ValueSource = .literal(.duration(.seconds(3)))
    var dataTimeout: ValueSource = .literal(.duration(.seconds(60)))
  }

  let name: String
  let kind: FlowKind
  let greeting: PromptSource
  let start: FlowTarget?
  /// In-queue flows begin with these instead of a target.
  let startUp: Task?
  let variables: [Variable]
  let tasks: [String: Task]
  let menus: [String: Menu]
  let states: [String: Task]
  let errorHandling: ErrorHandling
  let defaults: Defaults
  let scope: Scope
  let secureKeys: Set<String>
}
