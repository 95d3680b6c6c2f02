#include "compiler/jit/emit.h"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Intrinsics.h>
#include <llvm/Support/ErrorHandling.h>

#include <bit>

#include "compiler/jit/value.h"
#include "compiler/kernel/math.h"
#include "compiler/kernel/op.h"

namespace opsc::jit {
namespace {

using Node = OpscNativeNode;
using kernel::Op;
using kernel::Type;
using llvm::IRBuilder;

// The function while it is being made.
struct Emission {
  const OpscNativeRequest& kernel;
  llvm::LLVMContext& context;
  IRBuilder<>& b;
  std::vector<llvm::Value*> columns;  // pointers, by input
  std::vector<llvm::Value*> values;   // by node: i1, i64, double
  llvm::Value* row = nullptr;
  llvm::Value* fails = nullptr;  // i1 so far
  llvm::MDNode* access = nullptr;

  llvm::Value* Arg(const Node& node, size_t i) { return values[static_cast<size_t>(node.args[i])]; }
};

Op OpOf(const Node& node) {
  return static_cast<Op>(node.op);
}
Type TypeOf(const Node& node) {
  return static_cast<Type>(node.type);
}

llvm::Type* MemoryType(Emission& e, Type type) {
  switch (type) {
    case Type::kBool:
      return e.b.getInt8Ty();
    case Type::kFloat:
      return e.b.getDoubleTy();
    default:
      return e.b.getInt64Ty();
  }
}

// No access of one row has to do with one of another.
template <typename Access>
Access* Independent(Emission& e, Access* access) {
  access->setMetadata(llvm::LLVMContext::MD_access_group, e.access);
  return access;
}

llvm::Value* Load(Emission& e, const Node& node) {
  llvm::Type* type = MemoryType(e, TypeOf(node));
  llvm::Value* at = e.b.CreateInBoundsGEP(type, e.columns[node.index], e.row);
  llvm::Value* value = Independent(e, e.b.CreateLoad(type, at));
  return TypeOf(node) == Type::kBool ? e.b.CreateICmpNE(value, e.b.getInt8(0)) : value;
}

llvm::Value* Constant(Emission& e, const Node& node) {
  switch (TypeOf(node)) {
    case Type::kBool:
      return e.b.getInt1(node.bits != 0);
    case Type::kFloat:
      return llvm::ConstantFP::get(e.b.getDoubleTy(), std::bit_cast<double>(node.bits));
    default:
      return e.b.getInt64(static_cast<uint64_t>(node.bits));
  }
}

// The row fails where `condition` holds and the operation is evaluated.
void FailIf(Emission& e, const Node& node, llvm::Value* condition) {
  if (node.guard >= 0) {
    condition = e.b.CreateAnd(condition, e.values[static_cast<size_t>(node.guard)]);
  }
  e.fails = e.b.CreateOr(e.fails, condition);
}

llvm::Value* Negative(Emission& e, llvm::Value* x) {
  return e.b.CreateICmpSLT(x, e.b.getInt64(0));
}

llvm::Value* Sum(Emission& e, const Node& node) {
  llvm::Value* a = e.Arg(node, 0);
  llvm::Value* c = e.Arg(node, 1);
  llvm::Value* sum = e.b.CreateAdd(a, c);
  FailIf(e, node, Negative(e, e.b.CreateAnd(e.b.CreateXor(a, sum), e.b.CreateXor(c, sum))));
  return sum;
}

llvm::Value* Difference(Emission& e, const Node& node, llvm::Value* a, llvm::Value* c) {
  llvm::Value* rest = e.b.CreateSub(a, c);
  FailIf(e, node, Negative(e, e.b.CreateAnd(e.b.CreateXor(a, c), e.b.CreateXor(a, rest))));
  return rest;
}

// It says that it may fail where the product of doubles comes near the limit: the executor decides.
llvm::Value* Product(Emission& e, const Node& node) {
  llvm::Value* a = e.Arg(node, 0);
  llvm::Value* c = e.Arg(node, 1);
  llvm::Type* real = e.b.getDoubleTy();
  llvm::Value* product = e.b.CreateFMul(e.b.CreateSIToFP(a, real), e.b.CreateSIToFP(c, real));
  llvm::Value* size = e.b.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, product);
  FailIf(e, node, e.b.CreateFCmpUGE(size, llvm::ConstantFP::get(real, 9.2e18)));
  return e.b.CreateMul(a, c);
}

llvm::Value* Quotient(Emission& e, const Node& node) {
  llvm::Value* a = e.Arg(node, 0);
  llvm::Value* by = e.Arg(node, 1);
  const Node& divisor = e.kernel.nodes[node.args[1]];
  bool safe = OpOf(divisor) == Op::kConstant && divisor.bits != 0 && divisor.bits != -1;
  if (!safe) {
    llvm::Value* zero = e.b.CreateICmpEQ(by, e.b.getInt64(0));
    llvm::Value* least = e.b.CreateAnd(e.b.CreateICmpEQ(a, e.b.getInt64(1ull << 63)),
                                       e.b.CreateICmpEQ(by, e.b.getInt64(~0ull)));
    llvm::Value* bad = e.b.CreateOr(zero, least);
    FailIf(e, node, bad);
    by = e.b.CreateSelect(bad, e.b.getInt64(1), by);
  }
  return OpOf(node) == Op::kDivInt ? e.b.CreateSDiv(a, by) : e.b.CreateSRem(a, by);
}

llvm::Value* Absolute(Emission& e, const Node& node) {
  llvm::Value* a = e.Arg(node, 0);
  FailIf(e, node, e.b.CreateICmpEQ(a, e.b.getInt64(1ull << 63)));
  llvm::Value* negated = e.b.CreateSub(e.b.getInt64(0), a);
  return e.b.CreateSelect(Negative(e, a), negated, a);
}

// A float without a fraction as an int64; the row fails where `fits` does not hold.
llvm::Value* WholeOf(Emission& e, const Node& node, llvm::Value* whole, llvm::Value* fits) {
  FailIf(e, node, e.b.CreateNot(fits));
  llvm::Value* safe = e.b.CreateSelect(fits, whole, llvm::ConstantFP::get(e.b.getDoubleTy(), 0.0));
  return e.b.CreateFPToSI(safe, e.b.getInt64Ty());
}

llvm::Value* Rounded(Emission& e, const Node& node, llvm::Intrinsic::ID how) {
  llvm::Value* whole = e.b.CreateUnaryIntrinsic(how, e.Arg(node, 0));
  llvm::Type* real = e.b.getDoubleTy();
  llvm::Value* above =
      e.b.CreateFCmpOGE(whole, llvm::ConstantFP::get(real, -9223372036854775808.0));
  llvm::Value* below = e.b.CreateFCmpOLT(whole, llvm::ConstantFP::get(real, 9223372036854775808.0));
  return WholeOf(e, node, whole, e.b.CreateAnd(above, below));
}

llvm::Value* Scaled(Emission& e, const Node& node) {
  llvm::Type* real = e.b.getDoubleTy();
  llvm::Value* product = e.b.CreateFMul(e.b.CreateSIToFP(e.Arg(node, 0), real), e.Arg(node, 1));
  llvm::Value* whole = e.b.CreateUnaryIntrinsic(llvm::Intrinsic::round, product);
  llvm::Value* size = e.b.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, whole);
  return WholeOf(e, node, whole, e.b.CreateFCmpOLT(size, llvm::ConstantFP::get(real, 9.2e18)));
}

llvm::Value* PartOfTime(Emission& e, const Node& node) {
  constexpr int64_t kMinute = 60'000'000'000;
  Int time{&e.b, e.Arg(node, 0)};
  Float like{&e.b, llvm::ConstantFP::get(e.b.getDoubleTy(), 0.0)};
  auto floor = [&](const Int& t, int64_t by) { return kernel::math::FloorDiv(t, by, like); };
  Int days = floor(time, 24 * 60 * kMinute);
  if (OpOf(node) == Op::kHour) {
    return (floor(time, 60 * kMinute) - days * Whole(like, 24)).value;
  }
  if (OpOf(node) == Op::kMinute) {
    return (floor(time, kMinute) - floor(time, 60 * kMinute) * Whole(like, 60)).value;
  }
  Int shifted = days + Whole(like, 3);  // 1970-01-01 was a Thursday
  return (shifted - floor(shifted, 7) * Whole(like, 7) + Whole(like, 1)).value;
}

llvm::Value* EmitTruth(Emission& e, const Node& node) {
  switch (OpOf(node)) {
    case Op::kAnd:
      return e.b.CreateAnd(e.Arg(node, 0), e.Arg(node, 1));
    case Op::kOr:
      return e.b.CreateOr(e.Arg(node, 0), e.Arg(node, 1));
    case Op::kNot:
      return e.b.CreateNot(e.Arg(node, 0));
    case Op::kEqBool:
      return e.b.CreateICmpEQ(e.Arg(node, 0), e.Arg(node, 1));
    case Op::kSelectBool:
    case Op::kSelectInt:
    case Op::kSelectFloat:
      return e.b.CreateSelect(e.Arg(node, 0), e.Arg(node, 1), e.Arg(node, 2));
    case Op::kRequire:
      FailIf(e, node, e.b.CreateNot(e.Arg(node, 0)));
      return e.Arg(node, 0);
    default:
      return nullptr;
  }
}

llvm::Value* EmitInts(Emission& e, const Node& node) {
  switch (OpOf(node)) {
    case Op::kAddInt:
      return Sum(e, node);
    case Op::kSubInt:
      return Difference(e, node, e.Arg(node, 0), e.Arg(node, 1));
    case Op::kNegInt:
      return Difference(e, node, e.b.getInt64(0), e.Arg(node, 0));
    case Op::kMulInt:
      return Product(e, node);
    case Op::kDivInt:
    case Op::kModInt:
      return Quotient(e, node);
    case Op::kAbsInt:
      return Absolute(e, node);
    case Op::kEqInt:
      return e.b.CreateICmpEQ(e.Arg(node, 0), e.Arg(node, 1));
    case Op::kLtInt:
      return e.b.CreateICmpSLT(e.Arg(node, 0), e.Arg(node, 1));
    case Op::kLeInt:
      return e.b.CreateICmpSLE(e.Arg(node, 0), e.Arg(node, 1));
    case Op::kWeekday:
    case Op::kHour:
    case Op::kMinute:
      return PartOfTime(e, node);
    default:
      return nullptr;
  }
}

llvm::Value* EmitFloats(Emission& e, const Node& node) {
  switch (OpOf(node)) {
    case Op::kAdd:
      return e.b.CreateFAdd(e.Arg(node, 0), e.Arg(node, 1));
    case Op::kSub:
      return e.b.CreateFSub(e.Arg(node, 0), e.Arg(node, 1));
    case Op::kMul:
      return e.b.CreateFMul(e.Arg(node, 0), e.Arg(node, 1));
    case Op::kDiv:
      return e.b.CreateFDiv(e.Arg(node, 0), e.Arg(node, 1));
    case Op::kNeg:
      return e.b.CreateFNeg(e.Arg(node, 0));
    case Op::kAbs:
      return e.b.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, e.Arg(node, 0));
    case Op::kEq:
      return e.b.CreateFCmpOEQ(e.Arg(node, 0), e.Arg(node, 1));
    case Op::kLt:
      return e.b.CreateFCmpOLT(e.Arg(node, 0), e.Arg(node, 1));
    case Op::kLe:
      return e.b.CreateFCmpOLE(e.Arg(node, 0), e.Arg(node, 1));
    case Op::kIsNan:
      return e.b.CreateFCmpUNO(e.Arg(node, 0), e.Arg(node, 0));
    case Op::kIsFinite: {
      llvm::Value* size = e.b.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, e.Arg(node, 0));
      return e.b.CreateFCmpOLT(size, llvm::ConstantFP::getInfinity(e.b.getDoubleTy()));
    }
    default:
      return nullptr;
  }
}

llvm::Value* EmitFunctions(Emission& e, const Node& node) {
  switch (OpOf(node)) {
    case Op::kToFloat:
      return e.b.CreateSIToFP(e.Arg(node, 0), e.b.getDoubleTy());
    case Op::kFloor:
      return Rounded(e, node, llvm::Intrinsic::floor);
    case Op::kCeil:
      return Rounded(e, node, llvm::Intrinsic::ceil);
    case Op::kRound:
      return Rounded(e, node, llvm::Intrinsic::round);
    case Op::kScale:
      return Scaled(e, node);
    case Op::kSqrt:
      return e.b.CreateUnaryIntrinsic(llvm::Intrinsic::sqrt, e.Arg(node, 0));
    case Op::kLog:
      return kernel::math::Log(Float{&e.b, e.Arg(node, 0)}).value;
    case Op::kLog1p:
      return kernel::math::Log1p(Float{&e.b, e.Arg(node, 0)}).value;
    case Op::kExp:
      return kernel::math::Exp(Float{&e.b, e.Arg(node, 0)}).value;
    default:
      return nullptr;
  }
}

llvm::Value* EmitNode(Emission& e, const Node& node) {
  if (OpOf(node) == Op::kColumn) return Load(e, node);
  if (OpOf(node) == Op::kConstant) return Constant(e, node);
  for (auto* part : {EmitTruth, EmitInts, EmitFloats, EmitFunctions}) {
    if (llvm::Value* value = part(e, node)) return value;
  }
  llvm_unreachable("an operation that the compiler of kernels does not know");
}

void Store(Emission& e, llvm::Value* pointer, Type type, llvm::Value* value) {
  llvm::Type* memory = MemoryType(e, type);
  if (type == Type::kBool) value = e.b.CreateZExt(value, memory);
  Independent(e, e.b.CreateStore(value, e.b.CreateInBoundsGEP(memory, pointer, e.row)));
}

// Nulls are 0, and all that is no number is one NaN.
void StoreOutput(Emission& e, const OpscNativeOutput& output, llvm::Value* values,
                 llvm::Value* presence) {
  llvm::Value* value = e.values[static_cast<size_t>(output.value)];
  Type type = TypeOf(e.kernel.nodes[output.value]);
  if (type == Type::kFloat) {
    llvm::Value* nan = llvm::ConstantFP::getNaN(e.b.getDoubleTy());
    value = e.b.CreateSelect(e.b.CreateFCmpORD(value, value), value, nan);
  }
  if (output.present >= 0) {
    llvm::Value* present = e.values[static_cast<size_t>(output.present)];
    value = e.b.CreateSelect(present, value, llvm::Constant::getNullValue(value->getType()));
    Store(e, presence, Type::kBool, present);
  }
  Store(e, values, type, value);
}

std::vector<llvm::Value*> LoadPointers(IRBuilder<>& b, llvm::Value* from, size_t count) {
  std::vector<llvm::Value*> pointers;
  for (size_t i = 0; i < count; ++i) {
    llvm::Value* at = b.CreateConstInBoundsGEP1_64(b.getPtrTy(), from, i);
    pointers.push_back(b.CreateLoad(b.getPtrTy(), at));
  }
  return pointers;
}

llvm::MDNode* LoopOf(llvm::LLVMContext& context, llvm::MDNode* access) {
  auto name = [&](const char* text) { return llvm::MDString::get(context, text); };
  auto* parallel = llvm::MDNode::get(context, {name("llvm.loop.parallel_accesses"), access});
  auto* yes = llvm::ConstantAsMetadata::get(llvm::ConstantInt::getTrue(context));
  auto* vectorize = llvm::MDNode::get(context, {name("llvm.loop.vectorize.enable"), yes});
  auto* loop = llvm::MDNode::getDistinct(context, {nullptr, parallel, vectorize});
  loop->replaceOperandWith(0, loop);
  return loop;
}

void EmitBody(Emission& e, const std::vector<llvm::Value*>& outputs) {
  for (size_t i = 0; i < e.kernel.node_count; ++i) {
    e.values.push_back(EmitNode(e, e.kernel.nodes[i]));
  }
  for (size_t i = 0; i < e.kernel.output_count; ++i) {
    StoreOutput(e, e.kernel.outputs[i], outputs[2 * i], outputs[2 * i + 1]);
  }
}

}  // namespace

std::unique_ptr<llvm::Module> Emit(const OpscNativeRequest& kernel, llvm::LLVMContext& context) {
  auto module = std::make_unique<llvm::Module>("kernel", context);
  IRBuilder<> b(context);
  auto* type = llvm::FunctionType::get(b.getInt8Ty(), {b.getPtrTy(), b.getPtrTy(), b.getInt64Ty()},
                                       /*isVarArg=*/false);
  auto* entry = llvm::Function::Create(type, llvm::Function::ExternalLinkage, kEntry, *module);
  entry->setDoesNotThrow();
  auto* head = llvm::BasicBlock::Create(context, "head", entry);
  auto* loop = llvm::BasicBlock::Create(context, "loop", entry);
  auto* done = llvm::BasicBlock::Create(context, "done", entry);
  b.SetInsertPoint(head);
  auto* access = llvm::MDNode::getDistinct(context, {});
  Emission e{kernel, context, b, LoadPointers(b, entry->getArg(0), kernel.column_count), {}};
  auto outputs = LoadPointers(b, entry->getArg(1), 2 * kernel.output_count);
  llvm::Value* rows = entry->getArg(2);
  b.CreateCondBr(b.CreateICmpSGT(rows, b.getInt64(0)), loop, done);

  b.SetInsertPoint(loop);
  auto* row = b.CreatePHI(b.getInt64Ty(), 2, "row");
  auto* failed = b.CreatePHI(b.getInt1Ty(), 2, "failed");
  row->addIncoming(b.getInt64(0), head);
  failed->addIncoming(b.getFalse(), head);
  e.row = row;
  e.fails = b.getFalse();
  e.access = access;
  EmitBody(e, outputs);
  llvm::Value* fails = b.CreateOr(failed, e.fails);
  llvm::Value* next = b.CreateNUWAdd(row, b.getInt64(1));
  row->addIncoming(next, loop);
  failed->addIncoming(fails, loop);
  auto* back = b.CreateCondBr(b.CreateICmpSLT(next, rows), loop, done);
  back->setMetadata(llvm::LLVMContext::MD_loop, LoopOf(context, access));

  b.SetInsertPoint(done);
  auto* result = b.CreatePHI(b.getInt1Ty(), 2);
  result->addIncoming(b.getFalse(), head);
  result->addIncoming(fails, loop);
  b.CreateRet(b.CreateZExt(result, b.getInt8Ty()));
  return module;
}

}  // namespace opsc::jit
