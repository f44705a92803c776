import Core

/// What a caller would hear, in words: a terminal has no loudspeaker.
extension FlowFunction {
  static let audioFunctions: [FlowFunction] =
    [
      FlowFunction("ToAudioTTS", [[.string], [.word]], optional: 1, toleratesNotSet: true, gives: .audio) {
        values, _ throws(FlowFault) in
        guard values.count == 2, values.text(1).lowercased() == "format.string.playchars" else {
          return .audio(values.text(0))
        }
        return .audio(values.text(0).map(String.init).joined(separator: " "))
      },
      FlowFunction("ToAudio", [[.any], [.word]], optional: 1, toleratesNotSet: true, gives: .audio) {
        values, _ throws(FlowFault) in
        .audio(values.text(0))
      },
      FlowFunction("ToAudioNumber", [[.integer, .decimal]], gives: .audio) { values, _ throws(FlowFault) in
        .audio(values.text(0))
      },
      FlowFunction("ToAudioBool", [[.boolean]], gives: .audio) { values, _ throws(FlowFault) in
        .audio(try values.truth(0) ? "yes" : "no")
      },
      FlowFunction("ToAudioPhoneNumber", [[.phoneNumber, .string]], gives: .audio) { values, _ throws(FlowFault) in
        .audio(values.text(0).map(String.init).joined(separator: " "))
      },
      FlowFunction("ToAudioPrompt", [[.resource("prompt"), .resource("userPrompt"), .string]], gives: .audio) {
        values, _ throws(FlowFault) in .audio(values.text(0))
      },
      FlowFunction("ToAudioDuration", [[.duration], [.word]], optional: 1, gives: .audio) {
        values, _ throws(FlowFault) in
        guard case .duration(let duration) = values[0] else { throw FlowFault("function ToAudioDuration: no duration") }
        return .audio(spoken(duration))
      },
      // A pause has no words.
      FlowFunction("ToAudioBlank", [[.integer, .duration]], gives: .audio) { _, _ throws(FlowFault) in .audio("") },
      FlowFunction("AudioPlaybackOptions", [[.audio], [.boolean, .word]], optional: 1, gives: .audio) {
        values, _ throws(FlowFault) in
        .audio(values.text(0))
      },
    ]
    + ["MakeCommunication", "ToCommunication"].map { name in
      FlowFunction(name, [[.any]], repeats: true, toleratesNotSet: true, gives: .audio) { values, _ throws(FlowFault) in
        .audio(values.map(\.text).filter { !$0.isEmpty }.joined(separator: " "))
      }
    }

  /// "1 hour 30 minutes".
  private static func spoken(_ duration: Duration) -> String {
    let total = max(0, duration.components.seconds)
    let parts = [(total / 3_600, "hour"), (total / 60 % 60, "minute"), (total % 60, "second")]
      .filter { $0.0 > 0 }
      .map { count, unit in "\(count) \(unit)\(count == 1 ? "" : "s")" }
    return parts.isEmpty ? "0 seconds" : parts.joined(separator: " ")
  }
}
