import Core

/// What is said, written and shown while a call runs.
extension Call {
  /// How long a message flow waits for a reply at most (the vendor's page on waiting for input).
  private static let patience = Duration.seconds(72 * 3_600)

  func emit(_ kind: CallEvent.Kind) {
    onEvent(CallEvent(offset: time.uptime - start, kind: kind))
  }

  func speak(_ prompt: PromptSource) async throws {
    let words: String
    switch prompt {
    case .silence: return
    case .text(let text): words = text
    case .recorded(let name): words = "[prompt \(name)]"
    case .expression(let expression):
      if let silence = try silence(expression.root) { return try await pause(silence, reason: "silence") }
      let (value, isSecret) = try value(.expression(expression))
      words = isSecret ? try redacted(expression.root) : value.spoken
    }
    guard !words.isEmpty else { return }
    try await terminal.hear()
    emit(.prompt(words))
  }

  /// How long `ToAudioBlank` lasts where nothing else is played: the way in which a call flow waits.
  private func silence(_ node: Expression.Node) throws(FlowFault) -> Duration? {
    guard case .call(let function, let arguments) = node, function.name == "ToAudioBlank" else { return nil }
    var evaluation = Evaluation(variables: variables, time: time)
    switch try evaluation.value(of: arguments[0]) {
    case .integer(let milliseconds): return .milliseconds(max(0, min(milliseconds, 3_600_000)))
    case .duration(let duration): return max(.zero, min(duration, .seconds(3_600)))
    default: throw FlowFault("function ToAudioBlank: no duration")
    }
  }

  /// What the customer writes next; nil for one who writes nothing.
  func text(isSecret: Bool) async throws -> String? {
    guard let text = try await terminal.text(within: Self.patience) else {
      emit(.noEntry(after: Self.patience))
      return nil
    }
    emit(.text(isSecret ? String(repeating: "•", count: text.count) : text))
    return text
  }

  /// A prompt in which the parts that came of something secure are left out.
  private func redacted(_ node: Expression.Node) throws(FlowFault) -> String {
    var evaluation = Evaluation(variables: variables, time: time)
    let value = try evaluation.value(of: node)
    guard evaluation.touchedSecret else { return value.spoken }
    guard case .call(let function, let arguments) = node else { return "[secure]" }
    switch function.name {
    case "Append", "MakeCommunication", "ToCommunication":
      var parts: [String] = []
      for argument in arguments { parts.append(try redacted(argument)) }
      return parts.map(\.trimmed).filter { !$0.isEmpty }.joined(separator: " ")
    case "ToAudioTTS", "ToAudio", "AudioPlaybackOptions": return try redacted(arguments[0])
    default: return "[secure]"
    }
  }

  func pause(_ duration: Duration, reason: String) async throws {
    emit(.pause(duration, reason: reason))
    try await terminal.pause(duration)
  }

  /// - Parameter variable: where the keys go; bullets are shown when it is secure.
  func show(keys: String, into variable: VariableDeclaration?, noEntryAfter limit: Duration) {
    guard !keys.isEmpty else {
      emit(.noEntry(after: limit))
      return
    }
    let isSecure = variable.map { variables.isSecure($0.key) } ?? false
    emit(.keys(isSecure ? String(repeating: "•", count: keys.count) : keys))
  }

  func show(request: DataActionRequest) {
    requestCount += 1
    emit(
      .request(
        action: request.action, method: request.method, path: request.path, status: request.status,
        duration: request.duration, failure: request.failure))
  }
}

extension FlowValue {
  /// The words of a prompt; a recorded prompt has only a name here.
  fileprivate var spoken: String {
    if case .resource(_, let name) = self { "[prompt \(name)]" } else { text.trimmed }
  }
}
