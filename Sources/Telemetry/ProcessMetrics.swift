import Core
import Glibc

extension Metrics {
  /// The process's own figures under the names that every Prometheus client uses, read from `/proc` when asked for.
  package func observeProcess() {
    gauge("process_resident_memory_bytes", help: "Memory of the process that is in RAM.") {
      (ProcessFiles.statistics?.residentPages ?? 0) * Double(sysconf(Int32(_SC_PAGESIZE)))
    }
    gauge("process_virtual_memory_bytes", help: "Address space of the process.") {
      ProcessFiles.statistics?.virtualBytes ?? 0
    }
    counter("process_cpu_seconds_total", help: "Time that the process spent on processors.") {
      (ProcessFiles.statistics?.cpuTicks ?? 0) / ProcessFiles.ticksPerSecond
    }
    gauge("process_start_time_seconds", help: "When the process started, in seconds since 1970.") {
      ProcessFiles.bootSeconds + (ProcessFiles.statistics?.startTicks ?? 0) / ProcessFiles.ticksPerSecond
    }
    gauge("process_open_fds", help: "Open file descriptors.") { ProcessFiles.openDescriptors }
    gauge("process_threads", help: "Threads of the process.") { ProcessFiles.statistics?.threads ?? 0 }
  }
}

private enum ProcessFiles {
  /// Fields of `/proc/self/stat`, proc(5), counted from one.
  struct Statistics {
    let cpuTicks: Double
    let threads: Double
    let startTicks: Double
    let virtualBytes: Double
    let residentPages: Double
  }

  static var ticksPerSecond: Double { Double(sysconf(Int32(_SC_CLK_TCK))) }

  static var statistics: Statistics? {
    // The second field is the name of the program in parentheses, which may hold spaces.
    guard let text = read("/proc/self/stat"), let end = text.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = text[(end + 1)...].split(whereSeparator: { $0 <= 0x20 }).map { Double($0.decimalNumber ?? 0) }
    guard fields.count > 21 else { return nil }
    func field(_ number: Int) -> Double { fields[number - 3] }
    return Statistics(
      cpuTicks: field(14) + field(15), threads: field(20), startTicks: field(22), virtualBytes: field(23),
      residentPages: field(24))
  }

  static let bootSeconds: Double = {
    let lines = read("/proc/stat")?.split(separator: 0x0A) ?? []
    let boot = lines.first { $0.starts(with: "btime ".utf8) }
    return Double(boot?.dropFirst(6).decimalNumber ?? 0)
  }()

  static var openDescriptors: Double {
    guard let folder = opendir("/proc/self/fd") else { return 0 }
    defer { closedir(folder) }
    var count = 0
    while let entry = readdir(folder) {
      if entry.pointee.d_name.0 != CChar(UInt8(ascii: ".")) { count += 1 }
    }
    // Less the one that reads the folder.
    return Double(max(0, count - 1))
  }

  private static func read(_ path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      guard count > 0 else { return output }
      output += chunk[..<count]
    }
  }
}
