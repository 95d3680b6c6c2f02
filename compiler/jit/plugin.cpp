// libopsc_jit.so: compiles kernels with LLVM. What opsc calls is declared in kernel/native_abi.h.
#include <llvm/Analysis/TargetTransformInfo.h>
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Verifier.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>
#include <llvm/Support/SHA256.h>
#include <llvm/Support/SmallVectorMemoryBuffer.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/TargetParser/Host.h>

#include <mutex>

#include "compiler/jit/emit.h"
#include "compiler/kernel/native_abi.h"

namespace opsc::jit {
namespace {

using Object = std::unique_ptr<llvm::MemoryBuffer>;

std::string TextOf(llvm::Error error) {
  return llvm::toString(std::move(error));
}

void Initialise() {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
  });
}

// The processor here, with floating-point operations kept apart.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>> MachineHere(bool optimise) {
  auto builder = llvm::orc::JITTargetMachineBuilder::detectHost();
  if (!builder) return builder.takeError();
  builder->getOptions().AllowFPOpFusion = llvm::FPOpFusion::Strict;
  builder->setCodeGenOptLevel(optimise ? llvm::CodeGenOptLevel::Aggressive
                                       : llvm::CodeGenOptLevel::None);
  return builder->createTargetMachine();
}

void Optimise(llvm::Module& module, llvm::TargetMachine& machine) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager graph;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder passes(&machine);
  passes.registerModuleAnalyses(modules);
  passes.registerCGSCCAnalyses(graph);
  passes.registerFunctionAnalyses(functions);
  passes.registerLoopAnalyses(loops);
  passes.crossRegisterProxies(loops, functions, graph, modules);
  passes.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3).run(module, modules);
}

llvm::Expected<Object> Compile(const OpscNativeRequest& request) {
  bool optimise = request.optimise != 0;
  auto machine = MachineHere(optimise);
  if (!machine) return machine.takeError();
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> module = Emit(request, context);
  module->setDataLayout((*machine)->createDataLayout());
  module->setTargetTriple((*machine)->getTargetTriple().str());
  for (llvm::Function& f : *module) {
    f.addFnAttr("target-cpu", (*machine)->getTargetCPU());
    f.addFnAttr("target-features", (*machine)->getTargetFeatureString());
  }
  if (llvm::verifyModule(*module)) {
    return llvm::createStringError("the kernel's code is not sound");
  }
  if (optimise) Optimise(*module, **machine);
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager emit;
  if ((*machine)->addPassesToEmitFile(emit, stream, nullptr, llvm::CodeGenFileType::ObjectFile)) {
    return llvm::createStringError("this processor has no object files");
  }
  emit.run(*module);
  return std::make_unique<llvm::SmallVectorMemoryBuffer>(std::move(bytes), "kernel",
                                                         /*RequiresNullTerminator=*/false);
}

// Names what decides the code: the kernel, the processor, the compiler.
std::string NameInCache(const OpscNativeRequest& request) {
  llvm::SHA256 hash;
  hash.update(llvm::StringRef(request.digest));
  std::string machine = std::to_string(kOpscNativeVersion) + " " + LLVM_VERSION_STRING + " " +
                        llvm::sys::getHostCPUName().str();
  for (const auto& feature : llvm::sys::getHostCPUFeatures()) {
    if (feature.second) machine += " " + feature.first().str();
  }
  hash.update(machine);
  auto digest = hash.final();
  std::string name = request.optimise != 0 ? "fast-" : "quick-";
  for (uint8_t byte : digest) {
    constexpr char kHex[] = "0123456789abcdef";
    name += kHex[byte >> 4];
    name += kHex[byte & 15];
  }
  return name + ".o";
}

// A cache that cannot be written is none.
void Keep(const llvm::Twine& path, const llvm::MemoryBuffer& object) {
  llvm::consumeError(llvm::writeToOutput(path.str(), [&](llvm::raw_ostream& out) {
    out << object.getBuffer();
    return llvm::Error::success();
  }));
}

llvm::Expected<Object> ObjectFor(const OpscNativeRequest& request) {
  llvm::SmallString<256> path(request.cache);
  bool cached = !path.empty() && !llvm::sys::fs::create_directories(path);
  llvm::sys::path::append(path, NameInCache(request));
  if (cached) {
    auto known = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, false);
    if (known) return std::move(*known);
  }
  auto object = Compile(request);
  if (object && cached) Keep(path, **object);
  return object;
}

llvm::Expected<std::unique_ptr<llvm::orc::LLJIT>> Load(Object object) {
  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit) return jit.takeError();
  if (auto error = (*jit)->addObjectFile(std::move(object))) return error;
  return std::move(*jit);
}

int Run(const OpscNativeRequest& request, OpscNativeResult& result) {
  auto fail = [&](const std::string& text) {
    snprintf(result.error, sizeof result.error, "%s", text.c_str());
    return 1;
  };
  Initialise();
  auto object = ObjectFor(request);
  if (!object) return fail(TextOf(object.takeError()));
  auto jit = Load(std::move(*object));
  if (!jit) return fail(TextOf(jit.takeError()));
  auto entry = (*jit)->lookup(kEntry);
  if (!entry) return fail(TextOf(entry.takeError()));
  result.run = entry->toPtr<OpscNativeRun>();
  result.code = jit->release();
  return 0;
}

}  // namespace
}  // namespace opsc::jit

extern "C" {

__attribute__((visibility("default"))) int opsc_native_version() {
  return kOpscNativeVersion;
}

__attribute__((visibility("default"))) int opsc_native_compile(const OpscNativeRequest* request,
                                                               OpscNativeResult* result) {
  return opsc::jit::Run(*request, *result);
}

__attribute__((visibility("default"))) void opsc_native_free(void* code) {
  delete static_cast<llvm::orc::LLJIT*>(code);
}

}  // extern "C"
