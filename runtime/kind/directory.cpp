// `directory`: a directory with a mode. What is recorded:
//   { made: true where opsc made it, and so may delete it }
#include <fmt/format.h>

#include "runtime/kind/builtin.h"
#include "runtime/kind/project_path.h"
#include "runtime/value/fields.h"

namespace opsc {
namespace {

constexpr uint32_t kDefaultMode = 0755;

uint32_t ModeOf(const Value& fields) {
  return ParseMode(TextField(fields, "mode"), kDefaultMode);
}

Applied MakeApplied(bool made) {
  return {.outs = Value::Record({}),
          .recorded = Value::Record({{Symbol("made"), Value::Bool(made)}})};
}

Result<Observed> See(const KindContext& context, const Value& fields) {
  const Value path_field = FieldOf(fields, "path");
  if (!path_field.is(ValueKind::kString)) return Observed{};
  OPS_ASSIGN(const std::string path, ResolvePath(context, path_field.AsString()));
  const FileStat stat = context.env->Stat(path);
  Observed observed;
  observed.exists = stat.type != FileType::kMissing;
  observed.digest = Hasher().Part(static_cast<uint64_t>(stat.type)).Part(stat.mode).Finish();
  if (!observed.exists) return observed;
  Value mode = FieldOf(fields, "mode");
  if (stat.type != FileType::kDirectory) {
    mode = Value::String("of something that is no directory");
  } else if (stat.mode != ModeOf(fields)) {
    mode = Value::String(PrintMode(stat.mode));
  }
  observed.fields =
      Value::Record({{Symbol("path"), path_field}, {Symbol("mode"), std::move(mode)}});
  return observed;
}

class DirectoryKind : public Kind {
 public:
  std::string_view name() const override { return "directory"; }
  bool Replaces(std::string_view path) const override { return path == "path"; }
  std::vector<std::string> ClaimsOf(const KindContext& context,
                                    const Value& fields) const override {
    return PathClaims(context, TextField(fields, "path"));
  }

  Result<Observed> Observe(const KindContext& context, const StateEntry& prior) override {
    return See(context, prior.fields);
  }
  Result<Observed> Lookup(const KindContext& context, const std::string&,
                          const Value& fields) override {
    return See(context, fields);
  }
  Result<Applied> Create(const KindContext& context, const ApplyRequest& request) override {
    OPS_ASSIGN(const std::string path, ResolvePath(context, TextField(request.fields, "path")));
    OPS_TRY(RefuseSamePlace(context, request, path));
    return MakeTrue(context, request.fields, false);
  }
  Result<Applied> Update(const KindContext& context, const ApplyRequest& request) override {
    return MakeTrue(context, request.fields,
                    request.prior && BoolField(request.prior->recorded, "made"));
  }

  Status Delete(const KindContext& context, const StateEntry& prior, const std::string&) override {
    OPS_ASSIGN(const std::string path, ResolvePath(context, TextField(prior.fields, "path")));
    const bool there = context.env->Stat(path).type == FileType::kDirectory;
    if (there && !BoolField(prior.recorded, "made")) return {};  // it was there before opsc
    if (there) {
      OPS_ASSIGN(const std::vector<DirEntry> entries, context.env->List(path));
      if (!entries.empty()) {
        context.Say(Event::Type::kLog, prior.address,
                    fmt::format("`{}` stays as long as it holds files", path));
        return NoteMade(context, path);  // goes with the last file of ours in it
      }
      OPS_TRY(context.env->Remove(path));
    }
    return RemoveMadeParents(context, path);
  }

  Result<std::optional<Applied>> Recover(const KindContext& context,
                                         const OpenIntent& intent) override {
    OPS_ASSIGN(const std::string path, ResolvePath(context, TextField(intent.fields, "path")));
    const FileStat stat = context.env->Stat(path);
    if (intent.action == "delete") {
      if (stat.type == FileType::kMissing) return Applied{};
      return std::nullopt;
    }
    if (stat.type != FileType::kDirectory) return std::nullopt;
    // An intent to create is written only where a plan found nothing: so it was made by us.
    const bool made = intent.action == "create" || BoolField(intent.recorded, "made");
    if (stat.mode != ModeOf(intent.fields)) {
      OPS_TRY(context.env->SetMode(path, ModeOf(intent.fields)));
    }
    return MakeApplied(made);
  }

  std::unique_ptr<Watch> WatchEntries(const KindContext& context,
                                      std::span<const StateEntry> entries,
                                      std::function<void()> changed) override {
    return WatchPathsOf(context, entries, std::move(changed));
  }

 private:
  static Result<Applied> MakeTrue(const KindContext& context, const Value& fields, bool made) {
    OPS_ASSIGN(const std::string path, ResolvePath(context, TextField(fields, "path")));
    const FileStat stat = context.env->Stat(path);
    if (stat.type != FileType::kDirectory && stat.type != FileType::kMissing) {
      return Fail(ErrorKind::kConflict, fmt::format("`{}` exists and is not a directory", path),
                  "move it away and apply again");
    }
    if (stat.type == FileType::kMissing) {
      OPS_TRY(MakeParents(context, path));
      OPS_TRY(context.env->MakeDirs(path));
      made = true;
    }
    // A file below it may have been faster: from now on the directory is kept for its own sake.
    OPS_ASSIGN(const bool noted, TakeBackNote(context, path));
    made = made || noted;
    const uint32_t mode = ModeOf(fields);
    if (context.env->Stat(path).mode != mode) OPS_TRY(context.env->SetMode(path, mode));
    return MakeApplied(made);
  }
};

}  // namespace

std::unique_ptr<Kind> MakeDirectoryKind() {
  return std::make_unique<DirectoryKind>();
}

}  // namespace opsc
