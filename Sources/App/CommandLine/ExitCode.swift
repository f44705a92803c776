/// What `ringback` exits with; documented in docs/reference/command-line.md.
package enum ExitCode: Int32, Sendable {
  case success = 0
  /// It was done and the answer is no: a problem found, a thing not there.
  case failure = 1
  /// The command line, or a file it names, is wrong.
  case usage = 2
  /// The configuration is wrong.
  case configuration = 3
  /// Something that is needed cannot be reached: the server, the database, a port.
  case unreachable = 4
  /// Credentials were refused.
  case unauthorized = 5
  /// It contradicts what is there already.
  case conflict = 6
  /// Worth trying again later (`EX_TEMPFAIL` of sysexits).
  case retryLater = 75
}

/// Ends a verb: what happened, why, and what to do next, one line each.
struct CommandFailure: Error {
  let code: ExitCode
  let lines: [String]

  init(_ code: ExitCode, _ lines: String...) {
    self.code = code
    self.lines = lines
  }

  init(_ code: ExitCode, lines: [String]) {
    self.code = code
    self.lines = lines
  }
}
