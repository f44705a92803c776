import HTTPMessages

/// A search for what has one value in one field, in the query language of Adobe Commerce's REST API.
struct AdobeCommerceSearch {
  let field: String
  let value: String
  var pageSize: Int

  /// Brackets are encoded, as a URL may not hold them and proxies differ in what they make of them.
  var query: String {
    let filter = "searchCriteria[filterGroups][0][filters][0]"
    return FormFields.encode([
      "\(filter)[field]": field, "\(filter)[value]": value, "\(filter)[conditionType]": "eq",
      "searchCriteria[pageSize]": "\(pageSize)",
    ])
  }
}
