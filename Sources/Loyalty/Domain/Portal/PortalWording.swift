/// What customers read in the portal and in mails. Sentences, not parts of them: languages put words in other places.
struct PortalWording: Sendable {
  let locale: PortalLocale

  init(_ tag: String?) {
    locale = PortalLocale(tag)
  }

  private var isGerman: Bool { locale == .german }

  func points(_ number: Int64) -> String {
    let digits = BalanceSpeech.grouped(number, by: isGerman ? "." : ",")
    return isGerman ? (number == 1 ? "1 Punkt" : "\(digits) Punkte") : (number == 1 ? "1 point" : "\(digits) points")
  }

  // MARK: - Receipts

  func message(_ status: Receipt.Status, _ method: FulfilmentMethod, title: String, code: String?, cost: Int64)
    -> String
  {
    switch (status.isOpen, status, method) {
    case (true, _, .email):
      return isGerman ? "\(title) ist per E-Mail zu Ihnen unterwegs." : "\(title) is on its way to you by e-mail."
    case (true, _, _):
      return isGerman ? "\(title) ist zu Ihnen unterwegs." : "\(title) is on its way to you."
    case (_, .failed, _):
      return isGerman
        ? "\(title) konnte nicht geliefert werden. Sie haben \(points(cost)) zurück."
        : "\(title) could not be delivered. You have \(points(cost)) back."
    case (_, _, .email):
      return isGerman ? "\(title) ist per E-Mail bei Ihnen." : "\(title) was sent to you by e-mail."
    case (_, _, .webhook):
      return isGerman ? "\(title) ist für Sie bestellt." : "\(title) has been ordered for you."
    case (_, _, .code):
      guard let code else { return isGerman ? "\(title) gehört Ihnen." : "\(title) is yours." }
      return isGerman ? "Ihr Code für \(title): \(code)" : "Your code for \(title): \(code)"
    }
  }

  /// Of a transaction that gives points back.
  func givenBack(_ title: String) -> String {
    isGerman ? "\(title) konnte nicht geliefert werden" : "\(title) could not be delivered"
  }

  // MARK: - Mails

  func subject(_ title: String) -> String {
    isGerman ? "Ihre Prämie: \(title)" : "Your reward: \(title)"
  }

  func body(_ title: String, description: String?, code: String?, receipt: String) -> String {
    var parts = [isGerman ? "Sie haben Punkte eingelöst für: \(title)" : "You have redeemed points for: \(title)"]
    if let description { parts.append(description) }
    if let code { parts.append(isGerman ? "Ihr Code: \(code)" : "Your code: \(code)") }
    parts.append(isGerman ? "Beleg: \(receipt)" : "Receipt: \(receipt)")
    return parts.joined(separator: "\n\n") + "\n"
  }

  // MARK: - What stands in the way

  func sentence(_ obstacle: RewardOffer.Obstacle, tier: String?) -> String {
    switch (obstacle, isGerman) {
    case (.over, false): "This reward is no longer to be had."
    case (.over, true): "Diese Prämie gibt es nicht mehr."
    case (.notYet, false): "This reward is not to be had yet."
    case (.notYet, true): "Diese Prämie gibt es noch nicht."
    case (.tierTooLow, false): "This reward is for members from \(tier ?? "a higher level")."
    case (.tierTooLow, true): "Diese Prämie ist für Mitglieder ab \(tier ?? "einer höheren Stufe")."
    case (.outOfStock, false): "Somebody else was first: this reward has sold out."
    case (.outOfStock, true): "Jemand war schneller: Diese Prämie ist vergriffen."
    case (.limitReached, false): "You have this reward as often as it is offered, perhaps from another device."
    case (.limitReached, true): "Sie haben diese Prämie so oft, wie es sie gibt, vielleicht von einem anderen Gerät."
    case (.insufficientPoints, false):
      "Your points do not suffice for this reward, perhaps after a purchase on another device."
    case (.insufficientPoints, true):
      "Ihre Punkte reichen für diese Prämie nicht, vielleicht nach einem Kauf an einem anderen Gerät."
    }
  }

  func priceChanged(_ cost: Int64) -> String {
    isGerman ? "Diese Prämie kostet \(points(cost))." : "This reward costs \(points(cost))."
  }

  var balanceChanged: String {
    isGerman
      ? "Ihre Punkte haben sich gerade geändert. Sehen Sie noch einmal nach, und bestätigen Sie dann."
      : "Your points have just changed. Have another look and confirm again."
  }

  var sessionEnded: String {
    isGerman
      ? "Diese Sitzung ist beendet. Öffnen Sie Ihre Prämien dort wieder, wo Sie hergekommen sind."
      : "This session has ended. Open your rewards again where you came from."
  }
}

extension TierLadder {
  /// The name of a tier in a locale; its id with a capital where it has none.
  func name(_ id: String, in locale: String?) -> String {
    let names = tiers.first { $0.id == id }?.names ?? [:]
    let texts = LocalizedText(names.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    return texts.text(for: locale) ?? id.prefix(1).uppercased() + id.dropFirst()
  }
}
