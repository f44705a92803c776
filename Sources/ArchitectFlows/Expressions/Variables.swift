/// The variables of a running call: those of the flow, and a frame for each task or state that is being carried out.
/// Used by one task only.
final class Variables {
  private struct Frame {
    var values: [String: FlowValue] = [:]
  }

  private var values: [String: FlowValue] = [:]
  private var frames: [Frame] = []
  private var secureKeys: Set<String>

  init(secureKeys: Set<String>) {
    self.secureKeys = secureKeys
  }

  /// Keys are names in lower case.
  subscript(_ key: String) -> FlowValue {
    get { Self.isLocal(key) ? frames.last?.values[key] ?? .notSet : values[key] ?? .notSet }
    set {
      if Self.isLocal(key), !frames.isEmpty {
        frames[frames.count - 1].values[key] = newValue
      } else {
        values[key] = newValue
      }
    }
  }

  /// What a secure variable was used for is secure from then on.
  func markSecure(_ key: String) { secureKeys.insert(key) }

  func isSecure(_ key: String) -> Bool { secureKeys.contains(key) }

  func pushFrame() { frames.append(Frame()) }
  func popFrame() { frames.removeLast() }
  func removeFrames() { frames.removeAll() }

  private static func isLocal(_ key: String) -> Bool { key.hasPrefix("task.") || key.hasPrefix("state.") }
}
