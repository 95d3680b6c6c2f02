#include "runtime/ml/artefact.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "runtime/ml/card_json.h"

namespace opsc {
namespace {

constexpr std::string_view kTestMagic = "OPSCTST1";

template <typename T>
void Append(std::string& out, const T* values, size_t count) {
  out.append(reinterpret_cast<const char*>(values), count * sizeof(T));
}

std::string TestText(const TestRowsKept& test) {
  std::string out(kTestMagic);
  const uint64_t sizes[] = {test.features.rows, test.features.columns};
  Append(out, sizes, 2);
  Append(out, test.features.values.data(), test.features.values.size());
  Append(out, test.truth.data(), test.truth.size());
  Append(out, test.score.data(), test.score.size());
  return out;
}

// Takes values from the front of some bytes.
template <typename T>
void Take(std::string_view& bytes, std::vector<T>& values, size_t count) {
  values.resize(count);
  std::memcpy(values.data(), bytes.data(), count * sizeof(T));
  bytes.remove_prefix(count * sizeof(T));
}

std::unexpected<Error> Damaged(std::string_view file) {
  return Fail(ErrorKind::kCorrupt, fmt::format("{} of a model is damaged", file),
              "train the model again: `opsc apply --replace MODEL`");
}

}  // namespace

Status WriteModel(const std::string& dir, const TrainedModel& model, Env& env) {
  if (!model.card.script) {
    OPS_TRY(env.WriteFile(JoinPath(dir, "trees.json"), model.trees, 0644, Durability::kCached));
  }
  OPS_TRY(
      env.WriteFile(JoinPath(dir, "test.bin"), TestText(model.test), 0644, Durability::kCached));
  return env.WriteFile(JoinPath(dir, "model.json"), CardText(model.card), 0644,
                       Durability::kCached);
}

ModelFiles FilesIn(std::string dir, Env& env) {
  return [dir = std::move(dir), &env](std::string_view name) {
    return env.ReadFile(JoinPath(dir, name));
  };
}

Result<ModelCard> ReadCard(const ModelFiles& files) {
  OPS_ASSIGN(const std::string text, files("model.json"));
  return CardFromText(text);
}

Result<TreeEnsemble> ReadTrees(const ModelFiles& files, const ModelCard& card) {
  if (card.script) {
    return Fail(ErrorKind::kInput,
                fmt::format("{} was trained by {}, which alone can ask it", card.name,
                            card.script->spec.script),
                "predict with a `batch`; endpoints serve models of `xgboost(…)`");
  }
  OPS_ASSIGN(const std::string text, files("trees.json"));
  OPS_ASSIGN(TreeEnsemble trees, ParseXgboost(text));
  if (trees.features != card.encoding.columns.size() || trees.objective != card.objective) {
    return Damaged("trees.json");
  }
  return trees;
}

Result<TestRowsKept> ReadTestRows(const ModelFiles& files, const ModelCard& card) {
  OPS_ASSIGN(const std::string text, files("test.bin"));
  std::string_view bytes(text);
  if (!bytes.starts_with(kTestMagic)) return Damaged("test.bin");
  bytes.remove_prefix(kTestMagic.size());
  const uint64_t rows = card.test_rows, columns = card.encoding.columns.size();
  if (bytes.size() !=
      2 * sizeof(uint64_t) + rows * (columns * sizeof(float) + 2 * sizeof(double))) {
    return Damaged("test.bin");
  }
  std::vector<uint64_t> sizes;
  Take(bytes, sizes, 2);
  if (sizes[0] != rows || sizes[1] != columns) return Damaged("test.bin");
  TestRowsKept test{{rows, columns, {}}, {}, {}};
  Take(bytes, test.features.values, rows * columns);
  Take(bytes, test.truth, rows);
  Take(bytes, test.score, rows);
  return test;
}

std::string CardText(const ModelCard& card) {
  return ToJson(card).dump(1) + "\n";
}

Result<ModelCard> CardFromText(std::string_view text) {
  const auto json = nlohmann::ordered_json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return Fail(ErrorKind::kCorrupt, "a model card is JSON");
  return CardFromJson(json);
}

}  // namespace opsc
