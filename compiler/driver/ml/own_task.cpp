#include "compiler/driver/ml/own_task.h"

#include <fmt/format.h>

namespace opsc {

Result<int> WithOwnSpec(const std::vector<std::string>& words,
                        const std::function<Result<int>(const nlohmann::ordered_json&)>& work) {
  std::string text;
  for (const std::string& word : words) text += word;
  try {
    return work(nlohmann::ordered_json::parse(text));
  } catch (const nlohmann::json::exception& e) {
    return Fail(ErrorKind::kCorrupt, fmt::format("this is no spec of a task: {}", e.what()));
  }
}

}  // namespace opsc
