#include "compiler/driver/ml/kernels.h"

#include "compiler/driver/cli/command.h"
#include "compiler/driver/project/lasting.h"
#include "compiler/kernel/row_kernel.h"

namespace opsc {

KernelLoader& Kernels() {
  static KernelLoader& loader = Lasting([] {
    kernel::NativeOptions options;
    options.say = [](const std::string& why) { WriteErr("note: " + why + "\n"); };
    return kernel::MakeNativeLoader(std::move(options));
  }());
  return loader;
}

}  // namespace opsc
