import Core
import EventLoop
import HTTPServer
import Identity
import Telemetry

extension Verb {
  static let serve = Verb(
    name: "serve", summary: "Run the server.",
    details: """
      With --dev it needs no set-up: SQLite, simulated vendors in the same process, a client "dev", loopback only.
      SIGHUP reads the configuration again; SIGTERM finishes what is in flight and ends with 0.
      """,
    options: configurationOptions + [
      Option(name: "dev", summary: "For development and tests: simulated vendors, loopback only."),
      Option(name: "listen", value: "HOST:PORT", summary: "Where to listen; port 0 takes a free one."),
      Option(name: "sandbox-listen", value: "HOST:PORT", summary: "With --dev: where the simulated vendors listen."),
      Option(name: "orders", value: "FILE", summary: "With --dev: the orders of the simulated shop."),
      Option(name: "seed", value: "N", summary: "With --dev: the seed of the simulated vendors."),
    ]
  ) { invocation in
    let started = SystemTime().uptime
    let signals = Signals.stream()
    let sandbox = invocation.flag("dev") ? try DevelopmentSandbox.start(invocation) : nil
    let presets = sandbox?.presets ?? [:]
    let configuration = try LiveConfiguration { try LoadedConfiguration.load(invocation, presets: presets) }
    if sandbox != nil { try DevelopmentSandbox.refuseOutside(configuration.current.server.listen, "server.listen") }
    try FlowRules.check(configuration.current.genesys)
    async let client = sandbox?.makeClient(data: configuration.current.data)
    let loops = try configuration.current.server.makeLoops()
    let sink = StandardErrorSink()
    let output = LogOutput(level: configuration.current.log, time: SystemTime()) { sink.write($0) }
    let logger = Logger(output)
    let platform = try await Platform.open(
      configuration.current, databasePassword: { configuration.current.database.password }, logger: logger)
    let instance = try await Instance(
      configuration, loops: loops, platform: platform, isDevelopment: sandbox != nil)
    sandbox?.sendWebhooks(to: instance.server.url)
    let development = try await client
    if let development {
      try await sandbox?.add(development, to: instance.identity.clients, data: configuration.current.data)
    }
    announce(instance, sandbox: sandbox, development, since: started, on: invocation.terminal)
    for await signal in signals {
      switch signal {
      case .reload: reload(configuration, instance, output, logger)
      case .terminate:
        let drained = await instance.stop(drainTime: configuration.current.server.drainTime)
        await sandbox?.stop()
        logger.info("stopped", ["drained": .bool(drained)])
        sink.close()
        return .success
      }
    }
    return .success
  }

  private static func announce(
    _ instance: Instance, sandbox: DevelopmentSandbox?, _ client: DevelopmentSandbox.Client?, since started: Duration,
    on terminal: Terminal
  ) {
    let milliseconds = (SystemTime().uptime - started).wholeMilliseconds
    terminal.say("serving     \(instance.server.url)")
    var record: [JSONValue.Member] = [.init("event", "ready"), .init("url", .string(instance.server.url))]
    if let sandbox, let client {
      terminal.say("vendors     simulated at \(sandbox.server.url)   inbox \(sandbox.server.url)/_inbox")
      terminal.say("client      \(client.id)   secret \(client.secret.reveal())")
      terminal.say("try         ringback call genesys/flows/order-status.yaml")
      record += [
        .init("sandbox_url", .string(sandbox.server.url)), .init("client_id", .string(client.id)),
        .init("client_secret", .string(client.secret.reveal())),
      ]
    }
    record.append(.init("startup_ms", .integer(milliseconds)))
    terminal.record(.object(record))
  }

  private static func reload(
    _ configuration: LiveConfiguration, _ instance: Instance, _ output: LogOutput, _ logger: Logger
  ) {
    do {
      let needRestart = try configuration.reload(instance.apply)
      output.level = configuration.current.log
      logger.info("configuration read again", ["needs_restart": .array(needRestart.map { .string($0) })])
    } catch let problems as ConfigurationProblems {
      logger.error(
        "the configuration is wrong and stays as it was",
        ["problems": .array(problems.problems.map { .string($0.line) })])
    } catch let failure as CommandFailure {
      logger.error("the configuration stays as it was", ["reason": .string(failure.lines.joined(separator: " "))])
    } catch {
      logger.error("the configuration stays as it was", ["reason": .string("\(error)")])
    }
  }
}
