// swift-tools-version: 6.2
import PackageDescription

// Rooms are listed from the bottom up: a room may import only rooms above it in this file, and only those it names
// here. `scripts/check-imports` holds both rules (docs/decisions/0001-rooms.md).

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  // An async function runs where its caller does: a request stays on its loop without asking at every call.
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

func library(_ name: String, pkgConfig: String? = nil, apt: String) -> Target {
  .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

/// A room: a Swift target together with the tests that mirror it.
///
/// - Parameter data: folders of the tests that hold no code.
func room(_ name: String, _ imports: [String] = [], tests: [String] = [], data: [String] = []) -> [Target] {
  let target = Target.target(
    name: name, dependencies: imports.map { .byName(name: $0) }, swiftSettings: settings)
  let mirror = Target.testTarget(
    name: "\(name)Tests",
    dependencies: ([name, "Core"] + imports + tests).uniqued().map { .byName(name: $0) }, exclude: data,
    swiftSettings: settings)
  return [target, mirror]
}

extension [String] {
  func uniqued() -> [String] {
    reduce(into: []) { seen, next in if !seen.contains(next) { seen.append(next) } }
  }
}

let cLibraries: [Target] = [
  library("CEvent", apt: "libevent-dev"),
  library("COpenSSL", apt: "libssl-dev"),
  library("CCurl", apt: "libcurl4-openssl-dev"),
  library("CSQLite", apt: "libsqlite3-dev"),
  library("CPostgres", pkgConfig: "libpq", apt: "libpq-dev"),
  library("CHiredis", apt: "libhiredis-dev"),
  library("CYAML", apt: "libyaml-dev"),
]

let platform: [[Target]] = [
  room("Core"),
  room("YAML", ["Core", "CYAML"]),
  room("Privacy", ["Core"]),
  room("Telemetry", ["Core", "Privacy"]),
  room("EventLoop", ["Core", "CEvent"]),
  room("HTTPMessages", ["Core"]),
  room("Resilience", ["Core"]),
  room(
    "HTTPClient", ["Core", "EventLoop", "HTTPMessages", "Resilience", "Telemetry", "CEvent", "CCurl"],
    tests: ["HTTPServer"]),
  room("HTTPServer", ["Core", "EventLoop", "HTTPMessages", "Privacy", "Telemetry", "CEvent", "COpenSSL"]),
  room("Security", ["Core", "COpenSSL"], data: ["Vectors"]),
  room("Storage", ["Core", "Security"], tests: ["SQLiteStorage", "PostgresStorage", "DatabaseTesting"]),
  room("SQLiteStorage", ["Core", "EventLoop", "Storage", "CSQLite"], tests: ["DatabaseTesting"]),
  room("PostgresStorage", ["Core", "EventLoop", "Storage", "CPostgres"], tests: ["DatabaseTesting"]),
  [
    .target(
      name: "DatabaseTesting",
      dependencies: ["Core", "EventLoop", "Storage", "SQLiteStorage", "PostgresStorage", "CPostgres"],
      path: "Tests/DatabaseTesting", swiftSettings: settings)
  ],
  room("Cache", ["Core", "EventLoop", "Resilience", "Telemetry", "CHiredis"]),
  room(
    "Identity",
    [
      "Core", "EventLoop", "HTTPMessages", "HTTPClient", "HTTPServer", "Resilience", "Security", "Storage", "Telemetry",
    ],
    tests: ["SQLiteStorage", "DatabaseTesting"], data: ["Vectors"]),
  room(
    "Jobs", ["Core", "Privacy", "Resilience", "Security", "Storage", "Telemetry"],
    tests: ["EventLoop", "SQLiteStorage", "DatabaseTesting"]),
  room(
    "Idempotency", ["Core", "HTTPMessages", "HTTPServer", "Security", "Storage"],
    tests: ["EventLoop", "SQLiteStorage", "DatabaseTesting"]),
  room(
    "Webhooks", ["Core", "HTTPMessages", "HTTPServer", "Jobs", "Privacy", "Security", "Storage", "Telemetry"],
    tests: ["SQLiteStorage", "DatabaseTesting"]),
  room(
    "Events",
    [
      "Core", "HTTPMessages", "HTTPClient", "HTTPServer", "Jobs", "Resilience", "Security", "Storage", "Telemetry",
    ],
    tests: ["EventLoop", "SQLiteStorage", "DatabaseTesting", "Sandbox"]),
]

let outsideWorld: [[Target]] = [
  room(
    "Orders",
    [
      "Core", "Cache", "HTTPMessages", "HTTPServer", "Jobs", "Privacy", "Resilience", "Security", "Storage",
      "Telemetry",
    ], tests: ["DatabaseTesting", "Idempotency", "SQLiteStorage"]),
  room(
    "Loyalty",
    [
      "Core", "Cache", "HTTPMessages", "HTTPServer", "Idempotency", "Jobs", "Privacy", "Resilience", "Security",
      "Storage", "Telemetry", "YAML",
    ], tests: ["DatabaseTesting", "EventLoop", "LedgerModel", "PostgresStorage", "SQLiteStorage"]),
  [
    .target(
      name: "LedgerModel", dependencies: ["Core", "Loyalty", "Security", "Storage"], path: "Tests/LedgerModel",
      swiftSettings: settings)
  ],
  room(
    "Recording", ["Core", "HTTPMessages", "HTTPServer", "Jobs", "Storage", "Telemetry"],
    tests: ["DatabaseTesting", "Security"]),
  room(
    "GenesysCloud",
    ["Core", "HTTPMessages", "HTTPClient", "Loyalty", "Orders", "Privacy", "Recording", "Resilience", "Telemetry"],
    tests: ["EventLoop", "HTTPServer", "Sandbox"]),
  room(
    "CommercePlatforms", ["Core", "HTTPMessages", "HTTPClient", "Orders", "Resilience", "Security", "Telemetry"],
    tests: ["EventLoop", "HTTPServer", "Sandbox"]),
  room(
    "ArchitectFlows", ["Core", "HTTPMessages", "HTTPClient", "Privacy", "YAML"], tests: ["EventLoop", "HTTPServer"],
    data: ["Flows"]),
  room(
    "Sandbox", ["Core", "HTTPMessages", "HTTPClient", "HTTPServer", "Security", "Telemetry", "YAML"],
    tests: ["EventLoop"]),
]

let program: [Target] =
  room(
    "App",
    [
      "Core", "YAML", "Privacy", "Telemetry", "EventLoop", "HTTPMessages", "HTTPClient", "HTTPServer", "Resilience",
      "Security", "Storage", "SQLiteStorage", "PostgresStorage", "Cache", "Identity", "Jobs", "Idempotency", "Webhooks",
      "Events", "Orders", "Loyalty", "Recording", "GenesysCloud", "CommercePlatforms", "ArchitectFlows", "Sandbox",
    ], tests: ["DatabaseTesting"])
  + [.executableTarget(name: "ringback", dependencies: ["App"], swiftSettings: settings)]

/// What `scripts/bench` runs beside the program.
let benchmarks: [Target] = [
  .executableTarget(
    name: "jobs-benchmark", dependencies: ["Core", "Telemetry", "Security", "Storage", "SQLiteStorage", "Jobs"],
    path: "benchmarks/jobs", swiftSettings: settings),
  .executableTarget(
    name: "ledger-benchmark", dependencies: ["Core", "Loyalty", "Security", "SQLiteStorage", "Storage"],
    path: "benchmarks/ledger", swiftSettings: settings),
  .executableTarget(
    name: "ledger-model", dependencies: ["Core", "DatabaseTesting", "LedgerModel", "Loyalty", "Storage"],
    path: "benchmarks/model", swiftSettings: settings),
]

let package = Package(
  name: "ringback",
  targets: cLibraries + platform.flatMap { $0 } + outsideWorld.flatMap { $0 } + program
    + benchmarks
)
