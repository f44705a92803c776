import CCurl
import Core
import EventLoop
import HTTPMessages
import Synchronization

/// Makes HTTP/1.1 requests with libcurl on the thread of one event loop.
///
/// Connections are kept and reused. TLS is 1.2 or later and always verified. Redirects are answers like any other, proxies
/// of the environment are not used. `send` may be called from any task; a call from a task on the same loop starts
/// without a change of threads.
///
/// A request is written at most once: libcurl would by itself write it again when a kept connection ends without an
/// answer, even a POST, and is stopped from doing so once a byte has left (`MultiHandle`).
package final class Client: HTTPRequesting {
  package struct Options: Sendable {
    /// Connections to one host; requests beyond it wait, within their time limit.
    package var connectionsPerHost = 64
    /// Idle connections that are kept in all.
    package var idleConnections = 128
    /// A connection that was idle for longer is not used again: shorter than the idle limit of the usual servers, so
    /// that a request seldom meets a connection that is being closed. Whole seconds.
    package var maximumIdleTime = Duration.seconds(20)
    /// A connection older than this is not used again, so that a change of address is seen. Whole seconds.
    package var maximumConnectionAge = Duration.seconds(300)
    /// For the look-up of the name, the connection and TLS; the time limit of the request where that is shorter.
    package var connectTimeout = Duration.seconds(5)
    /// A PEM file with the authorities to trust instead of the system's.
    package var authorities: String?
    /// Plain `http` to other machines; to this one (`localhost`, 127.0.0.0/8, ::1) it is always allowed.
    package var allowsPlainHTTP = false
    /// For a client that calls URLs given by others: no connection to this machine, to private networks or to the
    /// metadata services of clouds, whatever name leads there (`AddressRules`). Use a client of its own for them.
    package var requiresPublicAddress = false
    package var userAgent = "Ringback"

    package init() {}
  }

  private let loop: Loop
  private let multi: MultiHandle
  private let allowsPlainHTTP: Bool

  /// - Throws: `LoopError.noEventBase` when there is no memory for it.
  package init(loop: Loop, options: Options = Options()) throws(LoopError) {
    self.loop = loop
    allowsPlainHTTP = options.allowsPlainHTTP
    multi = try MultiHandle(loop: loop, options: options)
  }

  deinit {
    loop.run { [multi] in multi.close() }
  }

  /// - Throws: `notSent` only when not one byte of the request was handed to the network: the name is unknown, the
  ///   connection or TLS failed, or a kept connection had ended. `interrupted` as soon as one was.
  package func send(_ request: OutgoingRequest) async throws(HTTPClientError) -> IncomingResponse {
    if let reason = RequestRules.refusal(of: request, allowsPlainHTTP: allowsPlainHTTP) {
      throw .refused(reason: reason)
    }
    let ticket = Ticket()
    let answer = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        onLoop { [multi] in multi.start(request, ticket: ticket, continuation) }
      }
    } onCancel: {
      ticket.cancelled.store(true, ordering: .releasing)
      loop.run { [multi] in multi.cancel(ticket) }
    }
    return try answer.get()
  }

  /// Takes no more requests, waits for those under way for as long as `grace`, aborts the rest as `interrupted` and
  /// closes every connection.
  package func shutdown(grace: Duration = .seconds(10)) async {
    await withCheckedContinuation { done in
      onLoop { [multi] in multi.shutdown(grace: grace) { done.resume() } }
    }
  }

  private func onLoop(_ work: @escaping @Sendable () -> Void) {
    if loop.isCurrent { work() } else { loop.run(work) }
  }
}

typealias Answer = Result<IncomingResponse, HTTPClientError>

/// Ties a call of `send` to its transfer, so that a cancellation finds it, or keeps it from starting.
final class Ticket: Sendable {
  let cancelled = Atomic(false)
  /// Used on the thread of the loop only.
  nonisolated(unsafe) weak var transfer: Transfer?
}
