import Core
import Resilience

/// When a delivery is tried again: the schedule that Standard Webhooks recommends, each wait 0.8 to 1.2 times as long. A
/// subscriber that asks for longer (`Retry-After`) is left alone for longer; the runner sees to that.
enum DeliverySchedule {
  private static let waits: [Int64] = [5, 5 * 60, 30 * 60, 2 * 3_600, 5 * 3_600, 10 * 3_600, 10 * 3_600]
  static let backoff = Backoff.schedule(waits.map { .seconds($0) })

  static let attempts = waits.count + 1
  /// An endpoint that did nothing but fail for so long is sent nothing more.
  static let patience = Duration.seconds(5 * 86_400)
}
