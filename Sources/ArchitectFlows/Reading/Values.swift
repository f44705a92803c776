import Core
import YAML

/// What a setting of an action says: `exp`, `lit` or `noValue`.
enum ValueSource: Sendable {
  case notSet
  case literal(FlowValue)
  case expression(Expression)
}

/// What a caller hears: `tts`, `exp` or `prompt`.
enum PromptSource: Sendable {
  case silence
  case text(String)
  /// A prompt of the organisation; the runner knows only its name.
  case recorded(String)
  case expression(Expression)
}

/// Where a flow goes on.
enum FlowTarget: Sendable, Hashable {
  case menu(String)
  case task(String)
  case state(String)
}

/// An action in its place.
struct PlacedAction: Sendable {
  let kind: String
  let name: String
  let position: YAMLPosition
  let action: any FlowAction
}

typealias ActionList = [PlacedAction]

/// How one kind of action is read and carried out. Problems go to the reading; what is returned then is never run.
protocol FlowAction: Sendable {
  init(_ settings: Settings)
  /// - Throws: `FlowFault` or `CallerHungUp`.
  func run(in call: Call) async throws -> Step
}

/// What follows an action.
enum Step: Sendable {
  case next
  case loopNext
  case loopExit
  case endTask(path: String?)
  case jump(FlowTarget)
  case finished(CallOutcome)
}
