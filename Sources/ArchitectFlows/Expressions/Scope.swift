/// What a variable of a flow was declared as.
struct VariableDeclaration: Sendable, Hashable {
  /// As the flow writes it, such as `Flow.orderNumber`.
  let name: String
  var type: FlowType
  /// Never printed. Marked in the file, of the scope `Secure`, or filled by a secure data action.
  var isSecure: Bool

  var key: String { name.lowercased() }
}

/// The variables that an expression may name. Architect compares their names without regard to case.
struct Scope: Sendable {
  private(set) var variables: [String: VariableDeclaration] = [:]

  subscript(_ name: String) -> VariableDeclaration? { variables[name.lowercased()] }

  mutating func declare(_ declaration: VariableDeclaration) {
    variables[declaration.key] = declaration
  }

  mutating func markSecure(_ name: String) {
    variables[name.lowercased()]?.isSecure = true
  }

  var names: [String] { variables.values.map(\.name).sorted() }
}

extension Scope {
  private static let shared: KeyValuePairs<String, FlowType> = [
    "Flow.ConversationId": .string, "Flow.InvocationData": .string, "Flow.IsTest": .boolean,
    "Flow.StartDateTimeUtc": .dateTime, "Flow.Version": .string, "System.MinInt": .integer, "System.MaxInt": .integer,
  ]

  private static let call: KeyValuePairs<String, FlowType> = [
    "Call.Ani": .string, "Call.CalledAddress": .string, "Call.CalledAddressOriginal": .string,
    "Call.ConversationId": .string, "Call.RemoteName": .string, "Call.Language": .string,
    "Call.EstimatedWaitTime": .duration, "Call.PositionInQueue": .integer, "Call.CurrentQueue": .resource("queue"),
    "Call.Contact": .any, "Call.UUIData": .string, "Call.ExternalTag": .string,
  ]

  private static let message: KeyValuePairs<String, FlowType> = [
    "Message.Message.body": .string, "Message.Message.senderAddress": .string, "Message.ConversationId": .string,
    "Message.IsNewConversation": .boolean, "Message.Message.type": .string,
  ]

  private static let email: KeyValuePairs<String, FlowType> = [
    "Email.ConversationId": .string, "Email.Message.body": .string, "Email.Message.subject": .string,
    "Email.Message.from": .string,
  ]

  private static let chat: KeyValuePairs<String, FlowType> = [
    "Chat.ConversationId": .string, "Chat.Guest.customFields": .any, "Chat.Guest.nickname": .string,
  ]

  /// The built-in variables of a kind of flow.
  static func builtIn(of kind: FlowKind) -> Scope {
    let own: KeyValuePairs<String, FlowType> =
      switch kind {
      case .inboundCall, .outboundCall, .inqueueCall, .secureCall: call
      case .inboundShortMessage: message
      case .inboundEmail: email
      case .inboundChat: chat
      case .workflow, .botFlow: [:]
      }
    var scope = Scope()
    for (name, type) in shared { scope.declare(VariableDeclaration(name: name, type: type, isSecure: false)) }
    for (name, type) in own { scope.declare(VariableDeclaration(name: name, type: type, isSecure: false)) }
    return scope
  }
}
