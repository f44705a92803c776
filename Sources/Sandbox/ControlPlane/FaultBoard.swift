import Core
import Synchronization

/// The faults that are set, one a vendor, and the dice that decide whether a request is struck.
final class FaultBoard: Sendable {
  /// What a fault does to one request.
  struct Strike: Sendable, Hashable {
    let delay: Duration
    let failure: Fault.Failure
    let losesAnswer: Bool
  }

  private let faults = Mutex<[Vendor: Fault]>([:])
  private let dice: Identities

  init(seed: UInt64) {
    dice = Identities(seed: seed, name: "faults")
  }

  func set(_ fault: Fault?, for vendor: Vendor) { faults.withLock { $0[vendor] = fault } }

  func fault(of vendor: Vendor) -> Fault? { faults.withLock { $0[vendor] } }

  /// - Parameter path: behind `/{vendor}`.
  func strike(_ vendor: Vendor, path: String, body: [UInt8]) -> Strike? {
    faults.withLock { faults in
      guard var fault = faults[vendor], path.hasPrefix(fault.path),
        fault.text.isEmpty || String(decoding: body, as: UTF8.self).contains(fault.text)
      else { return nil }
      guard fault.rate >= 1 || dice.fraction() < fault.rate else { return nil }
      if let remaining = fault.remaining {
        fault.remaining = remaining - 1
        faults[vendor] = remaining > 1 ? fault : nil
      }
      let jitter = fault.jitter > .zero ? fault.jitter * dice.fraction() : .zero
      return Strike(delay: fault.latency + jitter, failure: fault.failure, losesAnswer: fault.losesAnswer)
    }
  }
}
