/// Why a server cannot listen. Each text says what to do.
package enum ServerError: Error, Sendable, Hashable, CustomStringConvertible {
  case invalidAddress(String)
  case portInUse(address: String, port: UInt16)
  case portForbidden(port: UInt16)
  /// No network interface has the address.
  case addressUnavailable(String)
  case plainHTTPOutsideLoopback(address: String)
  /// The reason is OpenSSL's.
  case tls(file: String, reason: String)
  case system(operation: String, code: Int32, reason: String)

  package var description: String {
    switch self {
    case .invalidAddress(let address):
      "\(address) is no numeric IP address to listen on. Use one such as 127.0.0.1, ::1 or 0.0.0.0."
    case .portInUse(let address, let port):
      "Port \(port) on \(address) is used by another program. Stop that one, choose another port, or use port 0 for a "
        + "free one."
    case .portForbidden(let port):
      "This user may not listen on port \(port). Choose a port from 1024 upwards, or give the program the capability "
        + "CAP_NET_BIND_SERVICE."
    case .addressUnavailable(let address):
      "No network interface of this machine has the address \(address). Choose one that `ip address` shows."
    case .plainHTTPOutsideLoopback(let address):
      "Without TLS only loopback may be listened on, and \(address) is reachable from outside. Give a certificate and "
        + "its key, listen on 127.0.0.1, or allow it with insecure_http when a proxy in front does TLS."
    case .tls(let file, let reason):
      "TLS cannot use \(file): \(reason). Check that it is there, readable, PEM, and that certificate and key belong "
        + "together."
    case .system(let operation, let code, let reason):
      "The system refused \(operation): \(reason) (\(code))."
    }
  }
}
