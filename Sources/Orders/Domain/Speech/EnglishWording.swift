import Core

struct EnglishWording: Wording {
  func status(_ status: OrderStatus, order: String) -> String {
    switch status {
    case .pending: "We have received your order \(order)."
    case .processing: "Your order \(order) is being prepared."
    case .onHold: "Your order \(order) is on hold."
    case .partiallyShipped: "A part of your order \(order) is on its way; the rest follows."
    case .shipped: "Your order \(order) is on its way."
    case .outForDelivery: "Your order \(order) is out for delivery."
    case .delivered: "Your order \(order) has been delivered."
    case .cancelled: "Your order \(order) has been cancelled."
    case .returned: "Your order \(order) has come back to us."
    }
  }

  func shipped(on day: String) -> String { "It shipped on \(day)." }
  func willShip(on day: String) -> String { "It is expected to ship on \(day)." }
  var notYetProcessed: String { "Shipping date: Not yet processed." }
  func total(_ amount: String) -> String { "The total is \(amount)." }

  func returnable(until day: String?) -> String {
    day.map { "You may return it until \($0)." } ?? "You may return it."
  }

  var mayBeOutdated: String {
    "The shop does not answer at the moment; this is what it said a few minutes ago."
  }

  func day(_ date: CalendarDate, withYear: Bool) -> String {
    let day = "\(Self.weekdays[date.weekday]) the \(Self.ordinals[date.day - 1]) of \(Self.months[date.month - 1])"
    return withYear ? "\(day) \(date.year)" : day
  }

  func currency(_ code: String) -> CurrencyName? { Self.currencies[code] }
  var minus: String { "minus" }
  var and: String { "and" }
  var point: String { "point" }

  func unknownOrder(statusPage: String) -> String {
    "We could not find an order with that number. You can look it up here: \(statusPage)"
  }

  func text(for order: Order) -> String {
    let state =
      switch order.status {
      case .pending: "received"
      case .processing: "being prepared"
      case .onHold: "on hold"
      case .partiallyShipped: "partly on its way"
      case .shipped: "on its way"
      case .outForDelivery: "out for delivery"
      case .delivered: "delivered"
      case .cancelled: "cancelled"
      case .returned: "returned"
      }
    var lines = ["Your order \(order.id): \(state)."]
    if order.status != .cancelled {
      lines.append("Shipping date: \(order.fulfillmentDate.map(written) ?? "Not yet processed").")
    }
    if let tracking = order.tracking { lines.append("Tracking: \(tracking.carrier) \(tracking.number).") }
    lines.append("Total: \(order.total.decimal) \(order.total.currency.code).")
    if order.returnEligible {
      lines.append("Returns: \(order.returnEligibleUntil.map { "until \(written($0))" } ?? "possible").")
    }
    return lines.joined(separator: " ")
  }

  func written(_ date: CalendarDate) -> String { "\(date.day) \(Self.months[date.month - 1]) \(date.year)" }

  private static let weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
  ]
  private static let ordinals = [
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
    "twentieth", "twenty-first", "twenty-second", "twenty-third", "twenty-fourth", "twenty-fifth", "twenty-sixth",
    "twenty-seventh", "twenty-eighth", "twenty-ninth", "thirtieth", "thirty-first",
  ]
  private static let currencies: [String: CurrencyName] = [
    "EUR": CurrencyName("euro", "euros", "cent", "cents"),
    "USD": CurrencyName("dollar", "dollars", "cent", "cents"),
    "GBP": CurrencyName("pound", "pounds", "penny", "pence"),
    "CHF": CurrencyName("Swiss franc", "Swiss francs", "centime", "centimes"),
    "CAD": CurrencyName("Canadian dollar", "Canadian dollars", "cent", "cents"),
    "AUD": CurrencyName("Australian dollar", "Australian dollars", "cent", "cents"),
    "SEK": CurrencyName("Swedish krona", "Swedish kronor", "öre", "öre"),
    "NOK": CurrencyName("Norwegian krone", "Norwegian kroner", "øre", "øre"),
    "DKK": CurrencyName("Danish krone", "Danish kroner", "øre", "øre"),
    "PLN": CurrencyName("zloty", "zlotys", "grosz", "groszy"),
    "CZK": CurrencyName("Czech koruna", "Czech korunas", "haler", "halers"),
    "JPY": CurrencyName("yen", "yen"),
  ]
}
