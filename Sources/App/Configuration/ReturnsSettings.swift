import Core
import Orders

struct ReturnsSettings: Sendable {
  var window: Duration
  var patience: Duration
  var tell: [ReturnState]
  var language: SpokenLanguage
  /// Empty for the standard ones.
  var reasons: [ReturnReason]

  init(from reader: inout SettingsReader) {
    window = reader.value(
      "returns.window", .duration, default: .seconds(14 * 86_400), reloads: true,
      "How long after its creation a return may be dealt with without an agent, and the goods be sent.")
    patience = reader.value(
      "returns.patience", .duration, default: .seconds(86_400), reloads: true,
      "How long a return is tried to be submitted before it counts as failed.")
    tell = reader.list(
      "returns.tell", .choice, default: [.authorized, .declined, .refunded, .failed, .expired], reloads: true,
      "The states of a return that the customer is told of.")
    language = reader.value(
      "returns.language", .choice, default: SpokenLanguage.english, reloads: true,
      "What customers are told in when the request names no language.")
    reasons = reader.entries(
      "returns.reasons", "a list of mappings with code, platform_code, digit, english and german",
      "Why something may be sent back. Without it, seven common reasons whose codes the platform takes."
    ) { reader, prefix in
      let code = reader.optional("\(prefix).code", .text, "What the API takes, such as DEFECTIVE.")
      let platformCode = reader.optional(
        "\(prefix).platform_code", .text, "What the platform calls it; without it, the code.")
      let digit = reader.optional(
        "\(prefix).digit", .number(1...9), "The key that a caller presses; without it, no menu offers it.")
      let english = reader.optional("\(prefix).english", .text, "What is read out after \"for\" in English.")
      let german = reader.optional("\(prefix).german", .text, "The same in German, after \"für\".")
      reader.require(code, "\(prefix).code", because: "A reason", example: "DEFECTIVE")
      reader.require(english, "\(prefix).english", because: "A reason", example: "a defective item")
      guard let code, let english else { return nil }
      return ReturnReason(
        code: code, platformCode: platformCode, digit: digit, english: english, german: german ?? english)
    }
    refuseAmbiguity(&reader)
  }

  private func refuseAmbiguity(_ reader: inout SettingsReader) {
    if Set(reasons.map(\.code)).count < reasons.count {
      reader.refuse("returns.reasons", "returns.reasons has one code twice.")
    }
    let digits = reasons.compactMap(\.digit)
    if Set(digits).count < digits.count { reader.refuse("returns.reasons", "returns.reasons has one digit twice.") }
  }

  /// - Parameter isConnected: whether there is a platform that takes returns.
  func configuration(isConnected: Bool) -> ReturnsConfiguration {
    var configuration = ReturnsConfiguration()
    configuration.isConnected = isConnected
    if !reasons.isEmpty { configuration.reasons = reasons }
    configuration.window = window
    configuration.patience = patience
    configuration.tell = Set(tell)
    configuration.language = language
    return configuration
  }
}
