// What a revision says there should be, as if it had been applied: the prior side of a comparison.
#pragma once

#include <memory>

#include "compiler/driver/project/load.h"
#include "compiler/driver/revision/revision_tasks.h"
#include "runtime/graph/state.h"

namespace opsc {

// A journal of the resources of `program`, which is evaluated. What is known only after an apply
// stands for itself: equal keys have equal results, in this comparison and in the next. Nothing can
// be written to it.
Result<std::unique_ptr<Journal>> MakeGraphJournal(LoadedProgram& program, RevisionTasks& tasks);

}  // namespace opsc
