import Jobs
import Orders

/// An errand of `Orders` as the queue runs it.
struct ErrandHandler: JobHandler {
  let errand: Errand

  var kind: String { errand.kind }

  /// The feature itself says when to give up, by the time that has passed: no cap on attempts below that.
  static func job(kind: String, id: String) -> NewJob {
    NewJob(kind: kind, payload: Array(id.utf8), maxAttempts: 10_000)
  }

  func run(_ job: Job, in context: JobContext) async -> JobOutcome {
    do {
      switch try await errand.attempt(String(decoding: job.payload, as: UTF8.self)) {
      case .finished: return .done(result: nil)
      case .retry(let wait): return .retry(after: wait, reason: "the errand asked for another attempt")
      case .gaveUp(let reason): return .failed(reason: reason)
      }
    } catch {
      return .retry(after: nil, reason: "\(error)")
    }
  }
}
