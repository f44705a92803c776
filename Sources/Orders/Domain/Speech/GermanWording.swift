import Core

struct GermanWording: Wording {
  func status(_ status: OrderStatus, order: String) -> String {
    switch status {
    case .pending: "Wir haben Ihre Bestellung \(order) erhalten."
    case .processing: "Ihre Bestellung \(order) wird vorbereitet."
    case .onHold: "Ihre Bestellung \(order) ist angehalten."
    case .partiallyShipped: "Ein Teil Ihrer Bestellung \(order) ist unterwegs; der Rest folgt."
    case .shipped: "Ihre Bestellung \(order) ist unterwegs."
    case .outForDelivery: "Ihre Bestellung \(order) wird gerade zugestellt."
    case .delivered: "Ihre Bestellung \(order) wurde zugestellt."
    case .cancelled: "Ihre Bestellung \(order) wurde storniert."
    case .returned: "Ihre Bestellung \(order) ist wieder bei uns eingegangen."
    }
  }

  func shipped(on day: String) -> String { "Sie wurde am \(day), verschickt." }
  func willShip(on day: String) -> String { "Der Versand ist für \(Self.accusative(day)) vorgesehen." }
  var notYetProcessed: String { "Versanddatum: Noch nicht bearbeitet." }
  func total(_ amount: String) -> String { "Der Gesamtbetrag ist \(amount)." }

  func returnable(until day: String?) -> String {
    day.map { "Eine Rückgabe ist bis zum \($0), möglich." } ?? "Eine Rückgabe ist möglich."
  }

  var mayBeOutdated: String {
    "Der Shop antwortet zurzeit nicht; das ist sein Stand von vor wenigen Minuten."
  }

  func day(_ date: CalendarDate, withYear: Bool) -> String {
    let day = "\(Self.weekdays[date.weekday]), dem \(Self.ordinals[date.day - 1])en \(Self.months[date.month - 1])"
    return withYear ? "\(day) \(date.year)" : day
  }

  /// "Freitag, dem zwanzigsten" as it stands after "für": only the article differs.
  private static func accusative(_ day: String) -> String {
    let parts = day.split(separator: ", dem ", maxSplits: 1)
    return parts.count == 2 ? "\(parts[0]), den \(parts[1])," : day
  }

  func currency(_ code: String) -> CurrencyName? { Self.currencies[code] }
  var minus: String { "minus" }
  var and: String { "und" }
  var point: String { "Komma" }

  func unknownOrder(statusPage: String) -> String {
    "Zu dieser Nummer haben wir keine Bestellung gefunden. Hier können Sie nachsehen: \(statusPage)"
  }

  func text(for order: Order) -> String {
    let state =
      switch order.status {
      case .pending: "eingegangen"
      case .processing: "in Vorbereitung"
      case .onHold: "angehalten"
      case .partiallyShipped: "zum Teil unterwegs"
      case .shipped: "unterwegs"
      case .outForDelivery: "in Zustellung"
      case .delivered: "zugestellt"
      case .cancelled: "storniert"
      case .returned: "zurückgegeben"
      }
    var lines = ["Ihre Bestellung \(order.id): \(state)."]
    if order.status != .cancelled {
      lines.append("Versanddatum: \(order.fulfillmentDate.map(written) ?? "Noch nicht bearbeitet").")
    }
    if let tracking = order.tracking { lines.append("Sendung: \(tracking.carrier) \(tracking.number).") }
    lines.append("Gesamtbetrag: \(Self.written(order.total)).")
    if order.returnEligible {
      lines.append("Rückgabe: \(order.returnEligibleUntil.map { "bis \(written($0))" } ?? "möglich").")
    }
    return lines.joined(separator: " ")
  }

  func written(_ date: CalendarDate) -> String { "\(date.day). \(Self.months[date.month - 1]) \(date.year)" }

  private static func written(_ money: Money) -> String {
    "\(String(money.decimal.map { $0 == "." ? "," : $0 })) \(money.currency.code)"
  }

  private static let weekdays = ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"]
  private static let months = [
    "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November",
    "Dezember",
  ]
  private static let ordinals = [
    "erst", "zweit", "dritt", "viert", "fünft", "sechst", "siebt", "acht", "neunt", "zehnt", "elft", "zwölft",
    "dreizehnt", "vierzehnt", "fünfzehnt", "sechzehnt", "siebzehnt", "achtzehnt", "neunzehnt", "zwanzigst",
    "einundzwanzigst", "zweiundzwanzigst", "dreiundzwanzigst", "vierundzwanzigst", "fünfundzwanzigst",
    "sechsundzwanzigst", "siebenundzwanzigst", "achtundzwanzigst", "neunundzwanzigst", "dreißigst", "einunddreißigst",
  ]
  private static let currencies: [String: CurrencyName] = [
    "EUR": CurrencyName("Euro", "Euro", "Cent", "Cent"),
    "USD": CurrencyName("US-Dollar", "US-Dollar", "Cent", "Cent"),
    "GBP": CurrencyName("Pfund", "Pfund", "Penny", "Pence"),
    "CHF": CurrencyName("Schweizer Franken", "Schweizer Franken", "Rappen", "Rappen"),
    "CAD": CurrencyName("kanadischer Dollar", "kanadische Dollar", "Cent", "Cent"),
    "AUD": CurrencyName("australischer Dollar", "australische Dollar", "Cent", "Cent"),
    "SEK": CurrencyName("schwedische Krone", "schwedische Kronen", "Öre", "Öre"),
    "NOK": CurrencyName("norwegische Krone", "norwegische Kronen", "Öre", "Öre"),
    "DKK": CurrencyName("dänische Krone", "dänische Kronen", "Öre", "Öre"),
    "PLN": CurrencyName("Zloty", "Zloty", "Groschen", "Groschen"),
    "CZK": CurrencyName("tschechische Krone", "tschechische Kronen", "Heller", "Heller"),
    "JPY": CurrencyName("Yen", "Yen"),
  ]
}
