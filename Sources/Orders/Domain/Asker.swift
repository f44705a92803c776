/// Whom a miss is counted against: the telephone that calls, where the contact centre says so; else the client at its
/// address, as the calls of a whole contact centre come from few addresses.
package struct Asker: Sendable, Hashable, Codable {
  package let key: String

  package init(callerNumber: String?, address: String, clientID: String) {
    if let caller = callerNumber.flatMap(DialledNumber.init) {
      key = "caller/\(String(decoding: caller.digits, as: UTF8.self))"
    } else {
      key = "address/\(address)/\(clientID)"
    }
  }
}
