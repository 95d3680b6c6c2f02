#include "compiler/driver/show/junit.h"

#include <algorithm>

#include <fmt/format.h>

namespace opsc {
namespace {

// XML 1.0 has no way to write most control characters; they become U+FFFD.
std::string Escape(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\n':
        out += "&#10;";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 && c != '\t') {
          out += "\xEF\xBF\xBD";
        } else {
          out += c;
        }
    }
  }
  return out;
}

std::string CaseXml(const std::string& suite, const JUnitCase& test) {
  std::string head = fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3f}\"",
                                 Escape(suite), Escape(test.name), test.seconds);
  switch (test.result) {
    case JUnitCase::Result::kOk:
      return head + "/>\n";
    case JUnitCase::Result::kSkipped:
      return fmt::format("{}><skipped message=\"{}\"/></testcase>\n", head, Escape(test.message));
    case JUnitCase::Result::kFailed:
      return fmt::format("{}>\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n", head,
                         Escape(test.message), Escape(test.output));
  }
  return head + "/>\n";
}

}  // namespace

std::string JUnitXml(const std::string& suite, const std::vector<JUnitCase>& cases) {
  auto count = [&](JUnitCase::Result result) {
    return std::count_if(cases.begin(), cases.end(),
                         [&](const JUnitCase& test) { return test.result == result; });
  };
  double seconds = 0;
  for (const JUnitCase& test : cases) seconds += test.seconds;
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  xml += fmt::format(
      "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\" time=\"{:.3f}\">\n",
      Escape(suite), cases.size(), count(JUnitCase::Result::kFailed),
      count(JUnitCase::Result::kSkipped), seconds);
  for (const JUnitCase& test : cases) xml += CaseXml(suite, test);
  return xml + "  </testsuite>\n</testsuites>\n";
}

std::string JUnitOfRun(const ApplyResult& result, const std::vector<FailedNode>& failures) {
  std::vector<JUnitCase> cases;
  for (const StepRecord& step : result.steps) {
    JUnitCase test{step.address, static_cast<double>(step.duration_ns) / 1e9,
                   JUnitCase::Result::kOk, step.message, ""};
    if (step.result == "failed") test.result = JUnitCase::Result::kFailed;
    if (step.result == "skipped" || step.result == "cancelled") {
      test.result = JUnitCase::Result::kSkipped;
    }
    for (const FailedNode& failure : failures) {
      if (failure.address == step.address) {
        test.output = fmt::format("{}", fmt::join(failure.last_lines, "\n"));
      }
    }
    cases.push_back(std::move(test));
  }
  return JUnitXml("opsc", cases);
}

}  // namespace opsc
