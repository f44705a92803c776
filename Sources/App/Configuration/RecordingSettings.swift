import Core

struct RecordingSettings: Sendable {
  private static let limits = Duration.seconds(60)...Duration.seconds(86_400)

  var pauseLimit: Duration

  init(from reader: inout SettingsReader) {
    pauseLimit = reader.value(
      "recording.pause_limit", .duration, default: .seconds(300),
      "After this a paused recording resumes by itself; from 1m to 1d.")
    if !Self.limits.contains(pauseLimit) {
      reader.refuse("recording.pause_limit", "recording.pause_limit is \(pauseLimit.text); it takes from 1m to 1d.")
    }
  }
}
