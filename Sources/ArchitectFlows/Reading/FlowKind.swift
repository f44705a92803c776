/// The kinds of flow that the runner plays: the root key of an Archy file.
package enum FlowKind: String, Sendable, CaseIterable {
  case inboundCall
  case outboundCall
  case inqueueCall
  case secureCall
  case inboundShortMessage
  case inboundEmail
  case inboundChat
  case workflow
  case botFlow

  /// Calls start in a menu or a task, bots in a bot, everything else in a state.
  var startingPlaces: [String] {
    switch self {
    case .inboundCall, .outboundCall, .inqueueCall, .secureCall: ["task", "menu"]
    case .botFlow: ["bot"]
    default: ["state"]
    }
  }
}
