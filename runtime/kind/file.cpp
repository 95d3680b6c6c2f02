// `file`: a file with the given content and mode. What is recorded:
//   { digest: hex, salt: hex or "" (of a secret content), mode: octal }
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "runtime/base/check.h"
#include "runtime/kind/builtin.h"
#include "runtime/kind/file_content.h"
#include "runtime/kind/project_path.h"
#include "runtime/value/encode.h"
#include "runtime/value/fields.h"

namespace opsc {
namespace {

constexpr uint32_t kDefaultMode = 0644;

// 16 random bytes.
std::string RandomHex() {
  std::array<unsigned char, 16> bytes{};
  OPS_CHECK(getentropy(bytes.data(), bytes.size()) == 0, "the kernel has no random bytes");
  return fmt::format("{:02x}", fmt::join(bytes, ""));
}

// A file as it stands on disk.
struct FoundFile {
  FileStat stat;
  std::string bytes;
};

Result<FoundFile> ReadFound(Env& env, const std::string& path) {
  FoundFile found{.stat = env.Stat(path), .bytes = {}};
  if (found.stat.type == FileType::kFile) {
    OPS_ASSIGN(found.bytes, env.ReadFile(path));
  }
  return found;
}

// What takes the place of the content where there is no plain file.
Value ShowOther(FileType type) {
  switch (type) {
    case FileType::kDirectory:
      return Value::String("(a directory)");
    case FileType::kSymlink:
      return Value::String("(a symbolic link)");
    default:
      return Value::String("(not a file)");
  }
}

Observed MakeObserved(const FoundFile& found, const Value& path, Value content, const Value& mode) {
  Observed observed;
  observed.exists = found.stat.type != FileType::kMissing;
  if (!observed.exists) {
    observed.digest = Sha256("missing");
    return observed;
  }
  const bool same_mode =
      mode.is(ValueKind::kString) && ParseMode(mode.AsString(), kDefaultMode) == found.stat.mode;
  observed.fields = Value::Record(
      {{Symbol("path"), path},
       {Symbol("content"), std::move(content)},
       {Symbol("mode"), same_mode ? mode : Value::String(PrintMode(found.stat.mode))}});
  observed.digest = Hasher()
                        .Part(static_cast<uint64_t>(found.stat.type))
                        .Part(found.stat.mode)
                        .Part(found.bytes)
                        .Finish();
  return observed;
}

// Removes what a process that was killed while writing `path` has left beside it.
Status RemoveHalfWritten(const KindContext& context, const std::string& path) {
  const std::string directory(DirName(path));
  if (context.env->Stat(directory).type != FileType::kDirectory) return {};
  const std::string prefix = std::string(BaseName(path)) + ".opsc-";
  OPS_ASSIGN(const std::vector<DirEntry> entries, context.env->List(directory));
  for (const DirEntry& entry : entries) {
    if (!entry.name.starts_with(prefix)) continue;
    const bool ours = std::ranges::all_of(entry.name.substr(prefix.size()), [](unsigned char c) {
      return std::isdigit(c) != 0 || c == '-';
    });
    if (ours) OPS_TRY(context.env->Remove(JoinPath(directory, entry.name)));
  }
  return {};
}

// A parent may vanish in between, when another file's deletion finds it empty: then once more.
Status WriteWithParents(const KindContext& context, const std::string& path, std::string_view bytes,
                        uint32_t mode) {
  for (int attempt = 0;; ++attempt) {
    OPS_TRY(MakeParents(context, path));
    Status written = context.env->WriteFile(path, bytes, mode, Durability::kCached);
    const bool parent_gone =
        context.env->Stat(std::string(DirName(path))).type == FileType::kMissing;
    if (written || attempt == 3 || !parent_gone) return written;
  }
}

class FileKind : public Kind {
 public:
  std::string_view name() const override { return "file"; }
  bool Replaces(std::string_view path) const override { return path == "path"; }
  std::vector<std::string> ClaimsOf(const KindContext& context,
                                    const Value& fields) const override {
    return PathClaims(context, TextField(fields, "path"));
  }

  Result<Observed> Observe(const KindContext& context, const StateEntry& prior) override {
    OPS_ASSIGN(const std::string path, ResolvePath(context, TextField(prior.fields, "path")));
    OPS_ASSIGN(const FoundFile found, ReadFound(*context.env, path));
    const Value intended = FieldOf(prior.fields, "content");
    Value content = intended;
    const std::string salt = TextField(prior.recorded, "salt");
    if (found.stat.type != FileType::kFile) {
      content = ShowOther(found.stat.type);
    } else if (!HoldsRecorded(found, prior)) {
      content = salt.empty() ? ShowBytes(found.bytes) : Value::String("(changed)").WithSecret();
    }
    return MakeObserved(found, FieldOf(prior.fields, "path"), std::move(content),
                        FieldOf(prior.fields, "mode"));
  }

  Result<Observed> Lookup(const KindContext& context, const std::string&,
                          const Value& fields) override {
    const Value path_field = FieldOf(fields, "path");
    if (!path_field.is(ValueKind::kString)) return Observed{};
    OPS_ASSIGN(const std::string path, ResolvePath(context, path_field.AsString()));
    OPS_ASSIGN(const FoundFile found, ReadFound(*context.env, path));
    const Value desired = FieldOf(fields, "content");
    Value content =
        found.stat.type == FileType::kFile ? ShowBytes(found.bytes) : ShowOther(found.stat.type);
    if (found.stat.type == FileType::kFile && !desired.has_pending()) {
      const Result<FileContent> wanted = ReadContent(context, desired);
      if (wanted && wanted->bytes == found.bytes)
        content = desired;
      else if (wanted && wanted->secret)
        content = Value::String("(other content)").WithSecret();
    }
    return MakeObserved(found, path_field, std::move(content), FieldOf(fields, "mode"));
  }

  // Of a change in place: the text that stands there against the text that would.
  Result<Forecast> Preview(const KindContext& context, const ApplyRequest& request) override {
    if (!request.prior) return Forecast{};
    const Value path_field = FieldOf(request.fields, "path");
    OPS_ASSIGN(const std::string path, ResolvePath(context, TextField(request.fields, "path")));
    OPS_ASSIGN(const FoundFile found, ReadFound(*context.env, path));
    OPS_ASSIGN(const FileContent content, ReadContent(context, FieldOf(request.fields, "content")));
    const bool secret = content.secret || !TextField(request.prior->recorded, "salt").empty();
    if (secret || found.stat.type != FileType::kFile) return Forecast{};
    const Value mode = FieldOf(request.fields, "mode");
    return Forecast{.known = true,
                    .before = MakeObserved(found, path_field, ShowBytes(found.bytes), mode).fields,
                    .after = WithField(request.fields, "content", ShowBytes(content.bytes))};
  }

  Result<Applied> Create(const KindContext& context, const ApplyRequest& request) override {
    OPS_ASSIGN(const std::string path, ResolvePath(context, TextField(request.fields, "path")));
    OPS_TRY(RefuseSamePlace(context, request, path));
    OPS_ASSIGN(const FoundFile found, ReadFound(*context.env, path));
    OPS_ASSIGN(const FileContent content, ReadContent(context, FieldOf(request.fields, "content")));
    const bool free = found.stat.type == FileType::kMissing ||
                      (found.stat.type == FileType::kFile && found.bytes == content.bytes);
    if (!free) {
      return Fail(ErrorKind::kConflict,
                  fmt::format("`{}` exists already and opsc did not make it", path),
                  "move it away, or write its content into the source so that it is adopted");
    }
    return Write(context, path, found, content, request.fields);
  }

  Result<Applied> Update(const KindContext& context, const ApplyRequest& request) override {
    OPS_ASSIGN(const std::string path, ResolvePath(context, TextField(request.fields, "path")));
    OPS_ASSIGN(const FoundFile found, ReadFound(*context.env, path));
    if (found.stat.type == FileType::kDirectory || found.stat.type == FileType::kOther) {
      return Fail(ErrorKind::kConflict, fmt::format("`{}` is no longer a file", path),
                  "move away what stands there and apply again");
    }
    OPS_ASSIGN(const FileContent content, ReadContent(context, FieldOf(request.fields, "content")));
    return Write(context, path, found, content, request.fields);
  }

  Status Delete(const KindContext& context, const StateEntry& prior, const std::string&) override {
    OPS_ASSIGN(const std::string path, ResolvePath(context, TextField(prior.fields, "path")));
    OPS_TRY(RemoveHalfWritten(context, path));
    OPS_ASSIGN(const FoundFile found, ReadFound(*context.env, path));
    if (found.stat.type != FileType::kMissing) {
      if (found.stat.type != FileType::kFile || !HoldsRecorded(found, prior)) {
        return Fail(ErrorKind::kConflict,
                    fmt::format("`{}` is not what opsc wrote there, so it is not deleted", path),
                    fmt::format("remove it by hand if nobody needs it, or let opsc forget it: "
                                "opsc state rm '{}'",
                                prior.address));
      }
      OPS_TRY(context.env->Remove(path));
    }
    return RemoveMadeParents(context, path);
  }

  Result<std::optional<Applied>> Recover(const KindContext& context,
                                         const OpenIntent& intent) override {
    OPS_ASSIGN(const std::string path, ResolvePath(context, TextField(intent.fields, "path")));
    OPS_TRY(RemoveHalfWritten(context, path));
    OPS_ASSIGN(const FoundFile found, ReadFound(*context.env, path));
    if (intent.action == "delete") {
      if (found.stat.type != FileType::kMissing) return std::nullopt;
      OPS_TRY(RemoveMadeParents(context, path));
      return Applied{};
    }
    const Value desired = FieldOf(intent.fields, "content");
    // A recorded secret cannot be compared: writing it again does no harm.
    if (found.stat.type != FileType::kFile || desired.secret()) return std::nullopt;
    const Result<FileContent> content = ReadContent(context, desired);
    if (!content || content->bytes != found.bytes || found.stat.mode != ModeOf(intent.fields)) {
      return std::nullopt;
    }
    return MakeApplied(*content, intent.fields);
  }

  std::unique_ptr<Watch> WatchEntries(const KindContext& context,
                                      std::span<const StateEntry> entries,
                                      std::function<void()> changed) override {
    return WatchPathsOf(context, entries, std::move(changed));
  }

 private:
  static uint32_t ModeOf(const Value& fields) {
    return ParseMode(TextField(fields, "mode"), kDefaultMode);
  }

  static bool HoldsRecorded(const FoundFile& found, const StateEntry& prior) {
    const std::string digest = TextField(prior.recorded, "digest");
    if (!digest.empty()) {
      return ContentDigest(found.bytes, TextField(prior.recorded, "salt")) == digest;
    }
    const Value content = FieldOf(prior.fields, "content");  // adopted: no notes of ours
    return content.is(ValueKind::kString) && content.AsString() == found.bytes;
  }

  static Applied MakeApplied(const FileContent& content, const Value& fields) {
    const std::string salt = content.secret ? RandomHex() : "";
    const Value digest = Value::String(ContentDigest(content.bytes, salt));
    return {
        .outs = Value::Record({{Symbol("digest"), digest}}),
        .recorded = Value::Record({{Symbol("digest"), digest},
                                   {Symbol("salt"), Value::String(salt)},
                                   {Symbol("mode"), Value::String(PrintMode(ModeOf(fields)))}})};
  }

  static Result<Applied> Write(const KindContext& context, const std::string& path,
                               const FoundFile& found, const FileContent& content,
                               const Value& fields) {
    const uint32_t mode = ModeOf(fields);
    const bool same_bytes = found.stat.type == FileType::kFile && found.bytes == content.bytes;
    if (!same_bytes) {
      OPS_TRY(WriteWithParents(context, path, content.bytes, mode));
    } else if (found.stat.mode != mode) {
      OPS_TRY(context.env->SetMode(path, mode));
    }
    return MakeApplied(content, fields);
  }
};

}  // namespace

std::unique_ptr<Kind> MakeFileKind() {
  return std::make_unique<FileKind>();
}

}  // namespace opsc
