#include "runtime/tracking/mirror.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <optional>

#include "runtime/tracking/run_content.h"

namespace opsc {
namespace {

constexpr const char* kState = "opsc.state";
constexpr const char* kModel = "opsc.model";
constexpr const char* kDigest = "opsc.digest";

// Milliseconds since 1970 of "2026-11-23T11:53:00.123Z"; 0: it is none.
int64_t MillisOf(const std::string& time) {
  int year = 0, hour = 0, minute = 0, second = 0, millis = 0;
  unsigned month = 0, day = 0;
  const int read = std::sscanf(time.c_str(), "%d-%u-%uT%d:%d:%d.%dZ", &year, &month, &day, &hour,
                               &minute, &second, &millis);
  if (read < 6) return 0;
  namespace chrono = std::chrono;
  const chrono::year_month_day date{chrono::year(year), chrono::month(month), chrono::day(day)};
  const chrono::milliseconds at = chrono::sys_days(date).time_since_epoch() + chrono::hours(hour) +
                                  chrono::minutes(minute) + chrono::seconds(second);
  return at.count() + (read == 7 ? millis : 0);
}

// As MLflow takes a tag's value.
std::string Shortened(std::string_view text) {
  constexpr size_t kLongest = 4000;
  if (text.size() <= kLongest) return std::string(text);
  return std::string(text.substr(0, kLongest)) + "…";
}

// The run of an artefact, as far as MLflow has it.
Result<MlflowRun> FindOrCreateRun(Mlflow& mlflow, const TrackedModel& model,
                                  const TrackedRun& run) {
  const std::string& wanted = model.tracking.experiment;
  OPS_ASSIGN(const std::string experiment,
             mlflow.Experiment(wanted.empty() ? RegisteredName(model) : wanted));
  const std::string digest = run.artefact.Hex();
  OPS_ASSIGN(const auto found,
             mlflow.FindRuns(experiment, {{kDigest, digest}, {kState, model.state}}));
  for (const MlflowRun& one : found) {
    const auto tag = one.tags.find(kModel);
    if (tag != one.tags.end() && tag->second == model.address) return one;
  }
  return mlflow.CreateRun(experiment,
                          fmt::format("{} {}", RegisteredName(model), run.artefact.Short()),
                          MillisOf(run.at),
                          {{kDigest, digest},
                           {kState, model.state},
                           {kModel, model.address},
                           {"opsc.run", run.run},
                           {"mlflow.source.name", "opsc"},
                           {"mlflow.source.type", "JOB"}});
}

// The files that MLflow gets; nullopt: they are not there any more.
using NamedFiles = std::map<std::string, std::string>;
std::optional<NamedFiles> FilesOf(const Digest& artefact, const ArtefactFiles& files) {
  const auto kept = files(artefact);
  if (!kept) return std::nullopt;
  NamedFiles named;
  auto bytes = (*kept)("model.json");
  if (!bytes) return std::nullopt;
  const auto card = CardFromText(*bytes);
  named["model.json"] = std::move(*bytes);
  if (card && card->script) return named;  // what a script wrote only it can read
  bytes = (*kept)("trees.json");
  if (!bytes) return std::nullopt;
  named["trees.json"] = std::move(*bytes);
  return named;
}

// All that is known of the training, and that it has ended.
Status FillRun(Mlflow& mlflow, const MlflowRun& run, const TrackedRun& tracked,
               const ArtefactFiles& files) {
  auto kept = FilesOf(tracked.artefact, files);
  const auto card =
      CardFromText(tracked.card.empty() && kept ? kept->at("model.json") : tracked.card);
  if (card) {
    OPS_TRY(mlflow.LogParams(run, ParamsOf(*card)));
    OPS_TRY(mlflow.LogMetrics(run, MetricsOf(*card)));
    if (!card->data_digest.empty()) {
      OPS_TRY(mlflow.LogInput(run, card->encoding.features->name, card->data_digest));
    }
  }
  std::string state = "gone before they could be uploaded";
  if (card && kept && Mlflow::TakesUploads(run)) {
    if (!card->script) (*kept)["MLmodel"] = MlmodelText(*card, run.id, tracked.at);
    for (auto& [name, bytes] : *kept) {
      OPS_TRY(mlflow.Upload(run, "model/" + name, std::move(bytes)));
    }
    state = "uploaded";
  } else if (kept) {
    state = "not uploaded: the server does not store artefacts itself";
  }
  OPS_TRY(mlflow.SetRunTags(run, {{"opsc.files", state}}));
  return mlflow.FinishRun(run, MillisOf(tracked.at));
}

Result<MlflowRun> EnsureRun(Mlflow& mlflow, const TrackedModel& model, const TrackedRun& tracked,
                            const ArtefactFiles& files) {
  OPS_ASSIGN(const MlflowRun run, FindOrCreateRun(mlflow, model, tracked));
  if (!run.finished) OPS_TRY(FillRun(mlflow, run, tracked, files));
  return run;
}

Status TellRun(Mlflow& mlflow, const TrackedModel& model, const TrackedRun& tracked,
               const ArtefactFiles& files) {
  OPS_ASSIGN(const MlflowRun run, EnsureRun(mlflow, model, tracked, files));
  return mlflow.SetRunTags(
      run, {{"opsc.gate", tracked.verdict}, {"mlflow.note.content", Shortened(tracked.note)}});
}

// The registered model, made where there is none; somebody else's is left alone.
Result<MlflowModel> EnsureModel(Mlflow& mlflow, const TrackedModel& model) {
  const std::string name = RegisteredName(model);
  const MlflowTags own = {{kState, model.state}, {kModel, model.address}};
  OPS_ASSIGN(auto found, mlflow.FindModel(name));
  if (!found) {
    OPS_TRY(mlflow.CreateModel(name, own));
    return MlflowModel{own, {}};
  }
  for (const auto& [key, value] : own) {
    const auto tag = found->tags.find(key);
    if (tag != found->tags.end() && tag->second == value) continue;
    return Fail(ErrorKind::kConflict,
                fmt::format("its registered model `{}` is not this project's (its tag `{}` is not "
                            "`{}`)",
                            name, key, value),
                "name another one, `mlflow(url, registered: \"…\")`, or set the tag there");
  }
  return std::move(*found);
}

// When and why a version was in charge, the latest first.
std::string PromotionsText(const TrackedRegistry& registry, int64_t version) {
  std::string text;
  for (auto p = registry.promotions.rbegin(); p != registry.promotions.rend(); ++p) {
    if (p->version == version) text += fmt::format("{} {} (run {})\n", p->at, p->reason, p->run);
  }
  return Shortened(text);
}

// MLflow's number of each of our versions. Those that it does not have are made.
using VersionNumbers = std::map<int64_t, MlflowVersion>;
Result<VersionNumbers> EnsureVersions(Mlflow& mlflow, const TrackedModel& model,
                                      const TrackedRegistry& registry, const ArtefactFiles& files) {
  const std::string name = RegisteredName(model);
  OPS_ASSIGN(const auto there, mlflow.Versions(name));
  VersionNumbers numbers;
  for (const TrackedVersion& version : registry.versions) {
    const std::string digest = version.artefact.Hex();
    const auto found = std::ranges::find_if(there, [&](const MlflowVersion& one) {
      const auto tag = one.tags.find(kDigest);
      return tag != one.tags.end() && tag->second == digest;
    });
    if (found != there.end()) {
      numbers[version.version] = *found;
      continue;
    }
    OPS_ASSIGN(const MlflowRun run,
               EnsureRun(mlflow, model,
                         {version.artefact, version.created, version.run, "", "", ""}, files));
    OPS_ASSIGN(
        numbers[version.version],
        mlflow.CreateVersion(name, run,
                             {{kDigest, digest},
                              {"opsc.version", fmt::format("{}", version.version)},
                              {"opsc.run", version.run}},
                             fmt::format("version {} of `{}`", version.version, model.address)));
  }
  return numbers;
}

Status PlaceAlias(Mlflow& mlflow, const std::string& name, const MlflowModel& there,
                  const std::string& alias, const VersionNumbers& numbers, int64_t version) {
  const auto is = there.aliases.find(alias);
  const auto wanted = numbers.find(version);
  if (wanted == numbers.end()) {
    if (is == there.aliases.end()) return {};
    return mlflow.RemoveAlias(name, alias);
  }
  if (is != there.aliases.end() && is->second == wanted->second.version) return {};
  return mlflow.SetAlias(name, alias, wanted->second.version);
}

Status TellRegistry(Mlflow& mlflow, const TrackedModel& model, const TrackedRegistry& registry,
                    const ArtefactFiles& files) {
  const std::string name = RegisteredName(model);
  OPS_ASSIGN(const MlflowModel there, EnsureModel(mlflow, model));
  OPS_ASSIGN(const VersionNumbers numbers, EnsureVersions(mlflow, model, registry, files));
  for (const auto& [version, number] : numbers) {
    const std::string text = PromotionsText(registry, version);
    const auto tag = number.tags.find("opsc.promotions");
    if (text == (tag == number.tags.end() ? "" : tag->second)) continue;
    OPS_TRY(mlflow.SetVersionTag(name, number.version, "opsc.promotions", text));
  }
  OPS_TRY(PlaceAlias(mlflow, name, there, "champion", numbers, registry.champion()));
  return PlaceAlias(mlflow, name, there, "challenger", numbers, registry.challenger);
}

}  // namespace

std::string RegisteredName(const TrackedModel& model) {
  if (!model.tracking.registered.empty()) return model.tracking.registered;
  std::string name;
  for (const char c : model.address) {
    if (c == '/') {
      name += '.';
    } else if (c == ':' || c == '\'' || c == '%') {
      name += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else if (c != '"') {
      name += c;
    }
  }
  return name;
}

Status Tell(Mlflow& mlflow, const TrackingEvent& event, const ArtefactFiles& files) {
  if (const auto* run = std::get_if<TrackedRun>(&event.what)) {
    return TellRun(mlflow, event.model, *run, files);
  }
  return TellRegistry(mlflow, event.model, std::get<TrackedRegistry>(event.what), files);
}

}  // namespace opsc
