/// The data actions that a flow may call: the exports of one folder.
struct DataActionCatalogue: Sendable {
  private(set) var actions: [DataAction] = []
  /// What is wrong with the exports, by file.
  private(set) var problems: [FlowProblem] = []
  let folder: String

  init(folder: String, files: [(name: String, text: String)]) {
    self.folder = folder
    for (name, text) in files.sorted(by: { $0.name < $1.name }) {
      let (action, found) = DataActionReader.read(file: name, text: text)
      problems += found
      guard let action else { continue }
      if let twin = actions.first(where: { $0.name == action.name && $0.category == action.category }) {
        problems.append(
          JSONSource(file: name, text: text).problem(
            atKey: "name", "\"\(action.name)\" is also the name of \(twin.file)"))
      }
      actions.append(action)
    }
  }

  /// Exports written by current versions carry no category; they answer to every one.
  func action(named name: String, category: String) -> DataAction? {
    let named = actions.filter { $0.name == name && !$0.isAuthentication }
    return named.first { $0.category == category } ?? named.first { $0.category == nil }
  }

  func authentication(for action: DataAction) -> DataAction? {
    let candidates = actions.filter(\.isAuthentication)
    return candidates.first { $0.category == action.category } ?? candidates.first
  }

  var names: [String] { actions.filter { !$0.isAuthentication }.map(\.name) }
}
