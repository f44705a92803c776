import Core

extension Connection {
  func sweep(_ now: Duration) {
    let limits = listener.limits
    let elapsed = now - since
    switch phase {
    case .reading where isIdle:
      if elapsed >= (hasServed ? limits.keepAlive : limits.headerDeadline) { close() }
    case .reading:
      if let bodySince {
        if isTooSlow(now - bodySince, at: now) { refuse(.requestTimeout) }
      } else if elapsed >= limits.headerDeadline {
        refuse(.requestTimeout)
      }
    case .handling:
      if elapsed >= limits.answerDeadline { refuse(.answerTimeout) }
    case .writing:
      if isTooSlow(elapsed, at: now) { close() }
    case .lingering:
      if elapsed >= limits.lingering { close() }
    case .streaming, .closed:
      break
    }
  }

  /// Judged on the whole time, so that a byte now and then does not help.
  private func isTooSlow(_ elapsed: Duration, at now: Duration) -> Bool {
    if now - movedLast >= listener.limits.stall { return true }
    let counted = elapsed - listener.limits.rateGrace
    return counted > .zero && Int64(moved) * 1_000 < Int64(listener.limits.minimumRate) * counted.wholeMilliseconds
  }
}
