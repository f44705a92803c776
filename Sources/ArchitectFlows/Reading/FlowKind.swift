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

  /// Calls start in a menu or a task; everything else starts in a state.
  var isCall: Bool {
    switch self {
    case .inboundCall, .outboundCall, .inqueueCall, .secureCall: true
    default: false
    }
  }
}
