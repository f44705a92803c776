extension RuleBook {
  /// The rules of a programme that was given none: version 1. Modest, and without a day on which many points are lost.
  /// docs/reference/loyalty-rules.md shows them.
  package static let defaultDocument = """
    tiers:
      - id: member
        names: {en: Member, de: Mitglied}
      - id: silver
        threshold: 2500
        names: {en: Silver, de: Silber}
      - id: gold
        threshold: 10000
        names: {en: Gold, de: Gold}
    expiry: end_of_month after 24 months
    reinstatement_grace: 30d
    rules:
      - id: purchase
        event_type: purchase
        points_per: {points: 1, amount: 100}
        tier_multipliers: {silver: 1.25, gold: 1.5}
        caps: {per_event: 10000, per_day: 20000}
      - id: survey
        event_type: survey
        points: 50
        caps: {per_day: 50}
      - id: call
        event_type: call
        points: 10
        caps: {per_day: 20}
      - id: chat
        event_type: chat
        points: 10
        caps: {per_day: 20}
      - id: email
        event_type: email
        points: 5
        caps: {per_day: 10}

    """
}
