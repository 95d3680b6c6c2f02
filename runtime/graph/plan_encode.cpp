#include <nlohmann/json.hpp>
#include <random>

#include "runtime/graph/base64.h"
#include "runtime/graph/diff.h"
#include "runtime/graph/plan.h"
#include "runtime/value/encode.h"
#include "runtime/value/json.h"

namespace opsc {
namespace {

using Json = nlohmann::ordered_json;

bool IsAscii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Does JSON alone say exactly what this is?
bool SaysItself(const Value& value) {
  if (value.has_secret() || value.has_pending()) return false;
  switch (value.kind()) {
    case ValueKind::kNull:
    case ValueKind::kBool:
    case ValueKind::kInt:
      return true;
    case ValueKind::kString:
      return IsAscii(value.AsString());
    case ValueKind::kList:
      return std::ranges::all_of(value.AsList(), SaysItself);
    case ValueKind::kRecord:
      return std::ranges::all_of(value.AsRecord(), [](const Field& field) {
        return IsAscii(field.first.text()) && SaysItself(field.second);
      });
    default:
      return false;
  }
}

// A salt that nobody knows: what is hashed under it can be neither guessed nor compared.
std::string RandomSalt() {
  std::random_device device;
  std::string salt;
  for (int i = 0; i < 8; ++i) {
    uint32_t word = device();
    for (int byte = 0; byte < 4; ++byte) salt += static_cast<char>(word >> (8 * byte));
  }
  return salt;
}

// Writes the parts of one plan.
class PlanWriter {
 public:
  PlanWriter() : salt_(RandomSalt()) {}

  // `out[name]` for people and, where that loses something, `out["exact"][name]`.
  void PutValue(Json& out, const char* name, const Value& value) const {
    Json readable;
    ToJson(value, SecretPolicy::kRedact, readable);
    out[name] = std::move(readable);
    if (!SaysItself(value)) out["exact"][name] = EncodeBase64(EncodeValue(value, salt_));
  }

  Json Diff(const std::vector<FieldDiff>& diff) const {
    Json list = Json::array();
    for (const FieldDiff& field : diff) {
      Json item = {{"path", field.path}};
      PutValue(item, "before", field.before);
      PutValue(item, "after", field.after);
      if (field.replaces) item["replaces"] = true;
      if (field.pending) item["pending"] = true;
      if (field.secret) item["sensitive"] = true;
      list.push_back(std::move(item));
    }
    return list;
  }

  Json OneChange(const Change& change) const {
    Json out = {{"address", change.address},
                {"type", change.type},
                {"action", ActionName(change.action)},
                {"reason", change.reasons.empty() ? "" : PrintReason(change.reasons.front())},
                {"reasons", Reasons(change.reasons)}};
    PutValue(out, "before", change.before);
    PutValue(out, "after", change.after);
    out["pending"] = PendingPaths(change.after);
    out["sensitive"] = SecretPaths(change.after);
    out["diff"] = Diff(change.diff);
    out["depends_on"] = change.depends_on;
    out["origin"] = Origin(change.origin);
    if (!change.doc.empty()) out["doc"] = change.doc;
    if (change.expected_ns) out["expected_ns"] = *change.expected_ns;
    if (!change.observed.empty()) out["observed"] = change.observed.Hex();
    if (!change.key.empty()) out["key"] = change.key.Hex();
    if (!change.moved_from.empty()) out["moved_from"] = change.moved_from;
    return out;
  }

  Json Named(const auto& pairs) const {
    Json list = Json::array();
    for (const auto& [name, value] : pairs) {
      Json item = {{"name", name}};
      PutValue(item, "value", value);
      list.push_back(std::move(item));
    }
    return list;
  }

  static Json Origin(const SourceLocation& origin) {
    return {{"file", origin.file}, {"line", origin.line}, {"column", origin.column}};
  }

 private:
  static Json Reasons(const std::vector<Reason>& reasons) {
    Json list = Json::array();
    for (const Reason& reason : reasons) {
      list.push_back({{"kind", ReasonName(reason.kind)}, {"detail", reason.detail}});
    }
    return list;
  }

  std::string salt_;
};

Json Checks(const std::vector<GraphCheck>& checks) {
  Json list = Json::array();
  for (const GraphCheck& check : checks) {
    list.push_back({{"address", check.address},
                    {"message", check.message},
                    {"failed", check.failed},
                    {"pending", check.pending},
                    {"warning", check.warning},
                    {"origin", PlanWriter::Origin(check.origin)}});
  }
  return list;
}

}  // namespace

std::string EncodePlan(const Plan& plan) {
  PlanWriter writer;
  Json out = {{"format", "opsc.plan/1"}, {"state_serial", plan.state_serial}};
  out["destroy"] = plan.destroy;
  out["targets"] = plan.targets;
  out["excludes"] = plan.excludes;
  out["sources"] = Json::object();
  for (const auto& [path, digest] : plan.sources) out["sources"][path] = digest.Hex();
  out["params"] = writer.Named(plan.params);
  out["changes"] = Json::array();
  for (const Change& change : plan.changes) out["changes"].push_back(writer.OneChange(change));
  out["drift"] = Json::array();
  for (const Drift& drift : plan.drift) {
    out["drift"].push_back(
        {{"address", drift.address}, {"gone", drift.gone}, {"diff", writer.Diff(drift.diff)}});
  }
  out["checks"] = Checks(plan.checks);
  out["outs"] = writer.Named(plan.outs);
  out["notes"] = plan.notes;
  return out.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace opsc
