// `opsc state mv|rm|push|unlock`: the record changes, the world does not.
#include <fmt/format.h>

#include "compiler/driver/project/engine.h"
#include "compiler/driver/project/recorded_entries.h"
#include "compiler/driver/project/targets.h"
#include "runtime/graph/address.h"

namespace opsc {
namespace {

struct LockedJournal {
  std::unique_ptr<StateLock> lock;
  std::unique_ptr<Journal> journal;
};

Result<LockedJournal> OpenLocked(CliSession& session, const Args& args) {
  OPS_ASSIGN(Project project, FindStateProject(*session.env));
  LockedJournal opened;
  OPS_ASSIGN(opened.lock, LockProject(session, args, project));
  OPS_ASSIGN(opened.journal, OpenJournal(project.state_dir));
  return opened;
}

// What to record under another address: one instance, or all in a family or a component.
Result<std::vector<std::pair<std::string, std::string>>> MovesOf(Journal& journal,
                                                                 const std::string& from,
                                                                 const std::string& to) {
  OPS_ASSIGN(Address parsed, Address::Parse(to));
  std::string new_name = parsed.ToText();
  auto old_parsed = Address::Parse(from);
  std::string old_name = old_parsed ? old_parsed->ToText() : from;
  OPS_ASSIGN(auto entries, journal.Entries());
  std::vector<std::pair<std::string, std::string>> moves;
  for (const StateEntry& entry : entries) {
    if (!IsInside(entry.address, old_name)) continue;
    moves.emplace_back(entry.address, new_name + entry.address.substr(old_name.size()));
  }
  OPS_ASSIGN(auto own, journal.Entry(old_name));
  if (own || moves.empty()) {
    OPS_ASSIGN(StateEntry entry, FindEntry(journal, from));
    moves = {{entry.address, new_name}};
  }
  for (const auto& [old_address, address] : moves) {
    OPS_ASSIGN(auto taken, journal.Entry(address));
    if (!taken) continue;
    return Fail(ErrorKind::kInput, fmt::format("`{}` is recorded already", address),
                "move or remove that one first");
  }
  return moves;
}

Result<int> Mv(CliSession& session, const Args& args) {
  OPS_ASSIGN(LockedJournal opened, OpenLocked(session, args));
  OPS_ASSIGN(auto moves, MovesOf(*opened.journal, args.positional[0], args.positional[1]));
  for (const auto& [from, to] : moves) {
    OPS_TRY(opened.journal->Move(from, to));
    WriteOut(fmt::format("{} is now {}\n", from, to));
  }
  return kExitOk;
}

Result<int> Rm(CliSession& session, const Args& args) {
  OPS_ASSIGN(LockedJournal opened, OpenLocked(session, args));
  for (const std::string& word : args.positional) {
    OPS_ASSIGN(StateEntry entry, FindEntry(*opened.journal, word));
    OPS_TRY(opened.journal->Remove(entry.address));
    WriteOut(fmt::format("{} is no longer recorded; it still exists\n", entry.address));
  }
  return kExitOk;
}

Result<int> Push(CliSession& session, const Args& args) {
  OPS_ASSIGN(std::string text, session.env->ReadFile(args.positional.front()));
  OPS_ASSIGN(LockedJournal opened, OpenLocked(session, args));
  OPS_TRY(opened.journal->Import(text));
  OPS_ASSIGN(uint64_t serial, opened.journal->Serial());
  WriteOut(fmt::format("the state is replaced, now at serial {}\n", serial));
  return kExitOk;
}

Result<int> Unlock(CliSession& session, const Args& args) {
  OPS_ASSIGN(Project project, FindStateProject(*session.env));
  OPS_ASSIGN(auto holder, ReadLockHolder(project.state_dir));
  if (!holder) {
    WriteOut("the state is not locked\n");
    return kExitOk;
  }
  UnlockMode mode = args.Flag("force") ? UnlockMode::kForce : UnlockMode::kIfDead;
  OPS_TRY(UnlockState(project.state_dir, mode));
  WriteOut(fmt::format("the lock of {}@{}, process {} is broken\n", holder->user, holder->host,
                       holder->pid));
  return kExitOk;
}

constexpr OptionSpec kUnlockOptions[] = {
    {"--force", "", "although the holder may still be at work"},
};

}  // namespace

extern const Command kStateMvCommand = {.name = "state mv",
                                        .summary = "record an instance under another address",
                                        .example = "opsc state mv web frontend",
                                        .run = Mv,
                                        .positional = {"FROM TO", 2, 2, Completes::kAddresses},
                                        .groups = kLockGroup,
                                        .details =
                                            "In the sources, `moved web to frontend` does "
                                            "the same for everybody."};
extern const Command kStateRmCommand = {
    .name = "state rm",
    .summary = "forget instances; they go on existing",
    .example = "opsc state rm web",
    .run = Rm,
    .positional = {"ADDRESS", 1, kAnyNumber, Completes::kAddresses},
    .groups = kLockGroup};
extern const Command kStatePushCommand = {.name = "state push",
                                          .summary = "replace the state by a pulled one",
                                          .example = "opsc state push backup.json",
                                          .run = Push,
                                          .positional = {"FILE", 1, 1, Completes::kFiles},
                                          .groups = kLockGroup,
                                          .details =
                                              "Refuses a state that is older than the "
                                              "one that is there."};
extern const Command kStateUnlockCommand = {.name = "state unlock",
                                            .summary = "break the lock of a dead process",
                                            .example = "opsc state unlock",
                                            .run = Unlock,
                                            .options = kUnlockOptions};

}  // namespace opsc
