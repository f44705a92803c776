import Core

extension FlowFunction {
  static let timeFunctions: [FlowFunction] =
    [
      FlowFunction("GetCurrentDateTimeUtc", [], gives: .dateTime) { _, time throws(FlowFault) in .dateTime(time.now) },
      FlowFunction("ToDateTime", [[.string, .dateTime], [.string, .word]], optional: 1, gives: .dateTime) {
        values, _ throws(FlowFault) in
        .dateTime(try values.time(0, of: "ToDateTime"))
      },
      FlowFunction("DateTimeDiff", [[.dateTime], [.dateTime]], gives: .duration) { values, _ throws(FlowFault) in
        .duration(try values.time(0, of: "DateTimeDiff") - values.time(1, of: "DateTimeDiff"))
      },
      FlowFunction(
        "MakeDuration", [[.integer], [.integer], [.integer], [.integer], [.integer]], optional: 1, gives: .duration
      ) {
        values, _ throws(FlowFault) in
        var seconds: Int64 = 0
        for (index, unit) in [86_400, 3_600, 60, 1].enumerated() {
          seconds += Int64(try values.bounded(index, of: "MakeDuration") * unit)
        }
        let milliseconds = values.count == 5 ? try values.bounded(4, of: "MakeDuration") : 0
        return .duration(.seconds(seconds) + .milliseconds(milliseconds))
      },
      FlowFunction("MakeDateTime", Array(repeating: [.integer], count: 6), optional: 3, gives: .dateTime) {
        values, _ throws(FlowFault) in
        var parts = [0, 0, 0, 0, 0, 0]
        for index in values.indices { parts[index] = try values.bounded(index, of: "MakeDateTime") }
        guard let date = CalendarDate(year: parts[0], month: parts[1], day: parts[2]), (0..<24).contains(parts[3]),
          (0..<60).contains(parts[4]), (0..<60).contains(parts[5])
        else { throw FlowFault("function MakeDateTime: there is no such date and time") }
        let seconds = date.daysSince1970 * 86_400 + Int64(parts[3] * 3_600 + parts[4] * 60 + parts[5])
        return .dateTime(Timestamp(seconds: seconds))
      },
    ]
    + [("AddDays", 86_400), ("AddHours", 3_600), ("AddMinutes", 60), ("AddSeconds", 1)].map { name, unit in
      FlowFunction(name, [[.dateTime], [.integer]], gives: .dateTime) { values, _ throws(FlowFault) in
        .dateTime(try values.time(0, of: name) + .seconds(try values.bounded(1, of: name) * unit))
      }
    }
    + ["Year", "Month", "Day", "Hour", "Minute", "Second", "DayOfWeek"].map { name in
      FlowFunction(name, [[.dateTime]], gives: .integer) { values, _ throws(FlowFault) in
        .integer(Int64(part(name, of: try values.time(0, of: name))))
      }
    }

  private static func part(_ name: String, of time: Timestamp) -> Int {
    let days = Int64((Double(time.seconds) / 86_400).rounded(.down))
    let rest = Int(time.seconds - days * 86_400)
    let date = CalendarDate(daysSince1970: days)
    switch name {
    case "Year": return date.year
    case "Month": return date.month
    case "Day": return date.day
    case "Hour": return rest / 3_600
    case "Minute": return rest / 60 % 60
    case "Second": return rest % 60
    // Sunday is 1, as in the vendor's table of functions.
    default: return (date.weekday + 1) % 7 + 1
    }
  }
}

extension [FlowValue] {
  /// Numbers of time units: within what arithmetic on microseconds can hold.
  fileprivate func bounded(_ index: Int, of function: String) throws(FlowFault) -> Int {
    let number = try integer(index, of: function)
    guard (-1_000_000...1_000_000).contains(number) else {
      throw FlowFault("function \(function): argument \(index + 1) is too large")
    }
    return number
  }
}

extension FlowFunction {
  /// Things of the organisation. The runner has no organisation: each is found under the name that was asked for.
  static let resourceFunctions: [FlowFunction] = [
    ("FindQueue", "queue"), ("FindQueueById", "queue"), ("FindUser", "user"), ("FindUserById", "user"),
    ("FindSkill", "skill"), ("FindLanguageSkill", "languageSkill"), ("FindGroup", "group"),
    ("FindEmergencyGroup", "emergencyGroup"), ("FindSchedule", "schedule"), ("FindScheduleGroup", "scheduleGroup"),
    ("ToScheduleGroup", "scheduleGroup"), ("FindUserPrompt", "userPrompt"),
  ].map { name, kind in
    FlowFunction(name, [[.string, .resource(kind)]], gives: .resource(kind)) { values, _ throws(FlowFault) in
      .resource(kind: kind, name: values.text(0))
    }
  }
}
