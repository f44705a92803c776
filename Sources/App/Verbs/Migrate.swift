import Core
import Storage
import Telemetry

extension Verb {
  static let migrate = Verb(
    name: "migrate", summary: "Bring the database's tables up to this version.",
    details: "`serve` does it by itself at its start. With several instances, run it once before they are replaced.",
    options: configurationOptions + [Option(name: "dry-run", summary: "Only say what would be done.")]
  ) { invocation in
    let platform = try await Platform.open(try LoadedConfiguration.load(invocation).configuration, logger: .none)
    let terminal = invocation.terminal
    let isDryRun = invocation.flag("dry-run")
    let steps = isDryRun ? try await platform.plannedMigrations() : try await platform.migrate()
    await platform.close()
    for step in steps {
      terminal.say("\(isDryRun ? "would apply" : "applied") \(step)")
      terminal.record(["event": .string(isDryRun ? "planned" : "applied"), "step": .string(step)])
    }
    terminal.say(steps.isEmpty ? "The tables are up to date." : "\(steps.count) step\(steps.count == 1 ? "" : "s").")
    terminal.record(["event": "migrated", "steps": .integer(steps.count)])
    return .success
  }
}
