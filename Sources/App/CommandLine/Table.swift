import Core

/// Lines of columns, at most a hundred characters wide.
struct Table {
  struct Column {
    let title: String
    /// What is longer is cut, with `…`.
    let width: Int
  }

  static let width = 100

  let columns: [Column]
  var rows: [[String]] = []

  init(_ columns: (title: String, width: Int)...) {
    self.columns = columns.map { Column(title: $0.title, width: $0.width) }
  }

  /// The heading and the rows; columns are no wider than what is in them.
  var lines: [String] {
    let cells = ([columns.map(\.title)] + rows).map { row in zip(row, columns).map { $0.cut(to: $1.width) } }
    let widths = columns.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
    return cells.map { row in
      let line = zip(row, widths).map { $0.padding(to: $1) }.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed()).cut(to: Self.width)
    }
  }
}

extension String {
  func cut(to width: Int) -> String { count <= width ? self : prefix(max(0, width - 1)) + "…" }
}

extension Duration {
  /// As a person says it, in one unit or two: `9 s`, `12 min`, `1 h 50`, `3 d 4 h`.
  var spoken: String {
    let seconds = max(0, components.seconds)
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60)
    if days > 0 { return hours > 0 ? "\(days) d \(hours) h" : "\(days) d" }
    if hours > 0 { return "\(hours) h \(minutes.padded(to: 2))" }
    return minutes > 0 ? "\(minutes) min" : "\(seconds) s"
  }
}
