import Core

/// What a caller hears of an order. Holds no name, number, address or article code: whoever overhears it learns only
/// how the order stands.
struct OrderSpeech: Sendable {
  /// A day further off than this is said with its year.
  private static let daysWithoutYear = 180

  let order: Order
  /// When the platform said so.
  let asOf: Timestamp
  /// Whether the platform could not be asked again.
  let isStale: Bool

  func sentence(in language: SpokenLanguage) -> String {
    let wording = language.wording
    var sentences = [wording.status(order.status, order: wording.spelled(order.id))]
    if let shipping = shipping(wording) { sentences.append(shipping) }
    sentences.append(wording.total(wording.amount(order.total)))
    if order.returnEligible {
      sentences.append(wording.returnable(until: order.returnEligibleUntil.map { day($0, wording) }))
    }
    if isStale { sentences.append(wording.mayBeOutdated) }
    return sentences.joined(separator: " ")
  }

  /// "Not yet processed" for every order without a date, as the guide asks (guide 1, section 2), except for a cancelled
  /// one, to whose caller it would promise that it comes after all.
  private func shipping(_ wording: any Wording) -> String? {
    guard order.status != .cancelled else { return nil }
    guard let date = order.fulfillmentDate else { return wording.notYetProcessed }
    let day = day(date, wording)
    switch order.status {
    case .pending, .processing, .onHold: return wording.willShip(on: day)
    default: return wording.shipped(on: day)
    }
  }

  private func day(_ date: CalendarDate, _ wording: any Wording) -> String {
    let distance = (date.daysSince1970 - asOf.seconds / 86_400).magnitude
    return wording.day(date, withYear: distance > Self.daysWithoutYear)
  }
}
