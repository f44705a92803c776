import Core
import HTTPMessages

/// `searchCriteria[filter_groups][0][filters][0][field]=…`, with `filterGroups`, `conditionType`, `pageSize` and
/// `currentPage` in either spelling. Groups are joined by AND, the filters of one by OR.
struct AdobeCommerceSearchCriteria {
  private struct Filter: Hashable {
    var field = ""
    var value = ""
    var condition = "eq"
  }

  private var groups: [String: [String: Filter]] = [:]
  private var pageSize: Int?
  private var currentPage = 1

  /// Nil without any.
  init?(_ query: FormFields) {
    var isThere = false
    for pair in query.pairs where pair.name.hasPrefix("searchCriteria") || pair.name.hasPrefix("search_criteria") {
      isThere = true
      let path = pair.name.split { $0 == "[" || $0 == "]" }.dropFirst().map { $0.lowercased().filter { $0 != "_" } }
      switch (path.first, path.count) {
      case ("pagesize", 1): pageSize = Int(pair.value)
      case ("currentpage", 1): currentPage = Int(pair.value) ?? 1
      case ("filtergroups", 5) where path[2] == "filters":
        var filter = groups[path[1]]?[path[3]] ?? Filter()
        switch path[4] {
        case "field": filter.field = pair.value
        case "value": filter.value = pair.value
        case "conditiontype": filter.condition = pair.value
        default: break
        }
        groups[path[1], default: [:]][path[3]] = filter
      default: break
      }
    }
    guard isThere else { return nil }
  }

  func matches(_ item: JSONValue) -> Bool {
    groups.values.allSatisfy { group in group.values.contains { Self.matches($0, item) } }
  }

  func page(of found: [JSONValue]) -> [JSONValue] {
    guard let pageSize, pageSize > 0 else { return found }
    return Array(found.dropFirst(pageSize * (max(1, currentPage) - 1)).prefix(pageSize))
  }

  var json: JSONValue {
    [
      "filter_groups": .array(
        groups.sorted { $0.key < $1.key }.map { group in
          [
            "filters": .array(
              group.value.sorted { $0.key < $1.key }.map {
                [
                  "field": .string($0.value.field), "value": .string($0.value.value),
                  "condition_type": .string($0.value.condition),
                ]
              })
          ]
        }),
      "page_size": pageSize.map { .integer($0) } ?? .null, "current_page": .integer(currentPage),
    ]
  }

  /// The database compares text without regard to case.
  private static func matches(_ filter: Filter, _ item: JSONValue) -> Bool {
    let there = item[filter.field].flatMap { $0.string ?? $0.integer.map { "\($0)" } }?.lowercased()
    let value = filter.value.lowercased()
    switch filter.condition {
    case "eq": return there == value
    case "neq": return there != value
    case "in": return value.split(separator: ",").contains { there == String($0) }
    case "nin": return !value.split(separator: ",").contains { there == String($0) }
    case "like": return there?.contains(value.filter { $0 != "%" }) == true
    case "gt", "gteq", "from": return (there ?? "") > value || filter.condition != "gt" && there == value
    case "lt", "lteq", "to": return (there ?? value) < value || filter.condition != "lt" && there == value
    case "null": return there == nil
    case "notnull": return there != nil
    default: return false
    }
  }
}
