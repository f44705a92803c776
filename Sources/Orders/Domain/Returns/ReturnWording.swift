import Core

/// What a caller hears and a customer reads of a return, in one language. Names no person and no article.
struct ReturnWording: Sendable {
  let language: SpokenLanguage

  /// - Parameters:
  ///   - order: the order's number, as it is spoken or written.
  ///   - number: the RMA number, the same way; nil while there is none.
  ///   - lastDay: the same way.
  func sentences(_ state: ReturnState, order: String, number: String?, lastDay: String) -> [String] {
    switch language {
    case .english: english(state, order, number, lastDay)
    case .german: german(state, order, number, lastDay)
    }
  }

  private func english(_ state: ReturnState, _ order: String, _ number: String?, _ lastDay: String) -> [String] {
    switch state {
    case .requested: ["We have your return for order \(order) and pass it on to the shop."]
    case .submitted: ["The shop has your return for order \(order) and has not decided yet."]
    case .authorized:
      ["Your return for order \(order) is approved."] + (number.map { ["The return number is \($0)."] } ?? [])
        + ["Please send the goods by \(lastDay)."]
    case .received: ["The goods of your return for order \(order) have arrived."]
    case .refunded: ["Your return for order \(order) has been refunded."]
    case .closed: ["Your return for order \(order) is complete."]
    case .declined: ["Your return for order \(order) was declined."]
    case .failed: ["Your return for order \(order) could not be passed on to the shop. An agent can help you."]
    case .cancelled: ["Your return for order \(order) has been cancelled."]
    case .expired:
      ["The time to send back your return for order \(order) has passed. An agent can help you."]
    }
  }

  private func german(_ state: ReturnState, _ order: String, _ number: String?, _ lastDay: String) -> [String] {
    switch state {
    case .requested:
      ["Wir haben Ihre Rücksendung zur Bestellung \(order) aufgenommen und geben sie an den Shop weiter."]
    case .submitted: ["Der Shop hat Ihre Rücksendung zur Bestellung \(order) und noch nicht entschieden."]
    case .authorized:
      ["Ihre Rücksendung zur Bestellung \(order) ist genehmigt."]
        + (number.map { ["Die Rücksendenummer ist \($0)."] } ?? [])
        + ["Bitte senden Sie die Ware bis zum \(lastDay), zurück."]
    case .received: ["Die Ware Ihrer Rücksendung zur Bestellung \(order) ist eingetroffen."]
    case .refunded: ["Ihre Rücksendung zur Bestellung \(order) wurde erstattet."]
    case .closed: ["Ihre Rücksendung zur Bestellung \(order) ist abgeschlossen."]
    case .declined: ["Ihre Rücksendung zur Bestellung \(order) wurde abgelehnt."]
    case .failed:
      [
        "Ihre Rücksendung zur Bestellung \(order) konnte nicht an den Shop gegeben werden. Unsere Mitarbeiter helfen Ihnen gern."
      ]
    case .cancelled: ["Ihre Rücksendung zur Bestellung \(order) wurde zurückgenommen."]
    case .expired:
      [
        "Die Frist für Ihre Rücksendung zur Bestellung \(order) ist abgelaufen. Unsere Mitarbeiter helfen Ihnen gern."
      ]
    }
  }

  /// Why a return was declined; nil where only the shop knows.
  func reason(_ refusal: ReturnRefusal) -> String? {
    switch (refusal, language) {
    case (.orderUnknown, .english): "There is no order with this number."
    case (.orderUnknown, .german): "Zu dieser Nummer gibt es keine Bestellung."
    case (.notEligible, .english): "This order cannot be returned."
    case (.notEligible, .german): "Diese Bestellung kann nicht zurückgegeben werden."
    case (.windowPassed, .english): "The time in which it could be returned has passed."
    case (.windowPassed, .german): "Die Frist für eine Rückgabe ist abgelaufen."
    case (.skuUnknown, .english): "The item is not part of this order."
    case (.skuUnknown, .german): "Der Artikel gehört nicht zu dieser Bestellung."
    case (.quantityTooLarge, .english): "So many have not been bought, or they are returned already."
    case (.quantityTooLarge, .german): "So viele wurden nicht gekauft, oder sie sind schon zurückgegeben."
    case (.reasonUnknown, _), (.refusedByPlatform, _): nil
    }
  }
}

/// What a caller hears of a return.
struct ReturnSpeech: Sendable {
  let record: ReturnRecord
  let lastDay: CalendarDate

  func sentence(in language: SpokenLanguage) -> String {
    let wording = language.wording
    let words = ReturnWording(language: language)
    let sentences = words.sentences(
      record.state, order: wording.spelled(record.orderID), number: record.rmaNumber.map { wording.spelled($0) },
      lastDay: wording.day(lastDay, withYear: false))
    return (sentences + [record.refusal.flatMap { words.reason($0.reason) }].compactMap { $0 }).joined(separator: " ")
  }
}

/// What a customer reads of a return.
struct ReturnText: Sendable {
  let record: ReturnRecord
  /// The state that is told of: the return may be further by now.
  let about: ReturnState
  let lastDay: CalendarDate

  func subject(in language: SpokenLanguage) -> String {
    switch language {
    case .english: "Your return for order \(record.orderID)"
    case .german: "Ihre Rücksendung zur Bestellung \(record.orderID)"
    }
  }

  func body(in language: SpokenLanguage) -> String {
    let words = ReturnWording(language: language)
    let sentences = words.sentences(
      about, order: record.orderID.rawValue, number: record.rmaNumber.map(Self.line),
      lastDay: language.wording.written(lastDay))
    let reason = about == .declined ? record.refusal.flatMap { words.reason($0.reason) } : nil
    return String((sentences + [reason].compactMap { $0 }).joined(separator: " ").prefix(StatusText.maximumLength))
  }

  /// What a platform wrote, as one short line.
  private static func line(_ text: String) -> String {
    String(
      text.prefix(64).filter { character in character.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
      })
  }
}
