import Core
import Glibc
import Security
import Storage
import Synchronization

/// `ringback` from `argv` to the exit code.
package enum Program {
  static let verbs: [Verb] = [
    .serve, .sandbox, .call, .demo, .doctor, .configCheck, .configShow, .clientsAdd, .clientsList, .clientsRevoke,
    .jobsList, .jobsShow, .jobsRetry, .jobsCancel, .deadLettersList, .deadLettersShow, .deadLettersRetry,
    .deadLettersDiscard, .returnsList, .returnsShow, .returnsMove, .inboxList, .inboxShow, .webhookSign,
    .eventsSubscribers, .eventsEnable, .eventsTail, .rulesCheck, .rulesAdd, .rulesList, .rulesShow, .rulesTest,
    .rewardsList, .rewardsShow, .rewardsAdd, .rewardsEdit, .rewardsStock, .rewardsCodes, .ledgerVerify,
    .ledgerCheckpoint, .ledgerClose, .ledgerImport, .migrate, .version,
  ]

  /// Runs what the command line asks for and waits for it. Synchronous: an `async main` would sit on the main executor,
  /// where each hop between tasks costs a thread wake-up.
  package static func run(arguments: [String], environment: [String: String]) -> Int32 {
    // Before any thread starts, so that all of them leave these signals to the one that waits for them.
    Signals.block()
    let terminal = Terminal(isJSON: arguments.contains("--json"), environment: environment)
    do {
      switch try CommandLineParser(verbs: verbs).parse(arguments) {
      case .help(let verb):
        let page = Help(verbs: verbs).page(for: verb)
        terminal.say(page)
        terminal.record(["event": "help", "text": .string(page)])
        return ExitCode.success.rawValue
      case .run(let verb, let arguments, let options):
        return try wait(
          for: verb,
          Invocation(
            verb: verb, arguments: arguments, options: options, environment: environment, terminal: terminal)
        ).rawValue
      }
    } catch {
      terminal.fail(error)
      return error.code.rawValue
    }
  }

  private static func wait(for verb: Verb, _ invocation: Invocation) throws(CommandFailure) -> ExitCode {
    let outcome = Mutex<Result<ExitCode, CommandFailure>?>(nil)
    let finished = Signals.Latch()
    Task {
      let result: Result<ExitCode, CommandFailure>
      do {
        result = .success(try await verb.run(invocation))
      } catch let failure as CommandFailure {
        result = .failure(failure)
      } catch let problems as ConfigurationProblems {
        result = .failure(problems.failure)
      } catch let error as DatabaseError {
        result = .failure(CommandFailure(error))
      } catch is CryptographyError {
        result = .failure(.wrongKeys)
      } catch {
        result = .failure(CommandFailure(.failure, "\(error)"))
      }
      outcome.withLock { $0 = result }
      finished.open()
    }
    finished.wait()
    guard let result = outcome.withLock({ $0 }) else { return .failure }
    return try result.get()
  }
}

extension Program {
  /// The environment as names and values.
  package static var environment: [String: String] {
    var result: [String: String] = [:]
    var next = environ
    while let entry = next.pointee {
      let pair = String(cString: entry).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if pair.count == 2 { result[String(pair[0])] = String(pair[1]) }
      next += 1
    }
    return result
  }
}
