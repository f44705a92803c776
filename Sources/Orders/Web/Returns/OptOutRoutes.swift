import Core
import HTTPMessages
import HTTPServer
import Storage

/// `POST /v1/opt-outs` and `DELETE /v1/opt-outs`: who wants to hear nothing of returns any more, or does again. The address
/// is in the body, as what is in a path or a query ends up in logs.
struct OptOutRoutes: Sendable {
  let table: OptOutTable
  let database: any Database
  let orders: LiveOrdersConfiguration
  let answerOnce: AnswerOnce
  let time: any TimeSource

  var routes: [Route] {
    [
      Route(.post, "/v1/opt-outs", access: .scope("contacts:write")) { request in
        let (channel, address) = try address(in: request)
        let now = time.now
        return try await answerOnce(request) { connection in
          try table.insert(channel, address, now: now, in: connection)
          return Response(status: 204)
        }
      },
      Route(.delete, "/v1/opt-outs", access: .scope("contacts:write")) { request in
        let (channel, address) = try address(in: request)
        try await database.write { try table.delete(channel, address, in: $0) }
        return Response(status: 204)
      },
    ]
  }

  /// - Throws: 422 `notification_channel_invalid`, `contact_missing`, `email_invalid`, `number_invalid`, and as `JSONBody`.
  private func address(in request: Request) throws(Problem) -> (NotificationChannel, String) {
    let body = try JSONBody(request)
    guard let channel = try body.text("channel", or: .channelInvalid).flatMap(NotificationChannel.init(rawValue:)),
      channel != .none
    else { throw .channelInvalid }
    guard let text = try body.text("address", or: .addressMissing) else { throw .addressMissing }
    if channel == .email {
      guard let email = EmailAddress(text) else { throw .emailInvalid }
      return (channel, email.text)
    }
    let countryCode = orders.read { $0.countryCode }
    guard let number = PhoneNumber(text, countryCode: countryCode) else { throw .phoneInvalid }
    return (channel, number.e164)
  }
}
